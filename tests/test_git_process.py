"""One run of git: what is not the repository's business."""

import socket

from sync.git.process import Git


def test_a_server_that_never_answers_is_given_up(tmp_path):
    git = Git(tmp_path, network_timeout=0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        answer = git.run_command("ls-remote", f"http://127.0.0.1:{port}/x.git", online=True)
    assert answer.exit_code != 0
    assert answer.stderr == "no answer within 0.3 s"


def test_only_git_that_asks_a_server_has_to_hurry(tmp_path):
    answer = Git(tmp_path, network_timeout=0.01).run_command(
        "-c", "alias.x=!sleep 0.2; echo done", "x"
    )
    assert (answer.exit_code, answer.stdout) == (0, b"done\n")


def test_a_git_that_complains_at_length_is_read_all_the_same(tmp_path):
    noisy = "alias.x=!head -c 300000 /dev/zero | tr '\\0' x >&2; printf 'a\\0b\\0'"
    assert list(Git(tmp_path).stream_fields("-c", noisy, "x")) == [b"a", b"b"]


def test_who_needs_no_more_of_an_answer_ends_it(tmp_path):
    fields = Git(tmp_path).stream_fields(
        "-c", "alias.x=!printf 'a\\0%.0s' $(seq 100000); sleep 60", "x"
    )
    assert next(fields) == b"a"
    fields.close()
