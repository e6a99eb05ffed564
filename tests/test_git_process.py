"""One run of git: what is not the repository's business."""

import socket

from sync.git.process import Git


def test_a_server_that_never_answers_is_given_up(tmp_path):
    git = Git(tmp_path, patience=0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        answer = git.answer("ls-remote", f"http://127.0.0.1:{port}/x.git", online=True)
    assert answer.status != 0
    assert answer.complaint == "no answer within 0.3 s"


def test_only_git_that_asks_a_server_has_to_hurry(tmp_path):
    answer = Git(tmp_path, patience=0.01).answer("-c", "alias.x=!sleep 0.2; echo done", "x")
    assert (answer.status, answer.out) == (0, b"done\n")
