"""One run of git: what is not the repository's business."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from processes import LIMIT

from sync.abandonment import abandonable_network_commands
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


def test_a_git_that_waits_for_a_server_ends_with_its_helpers_when_it_is_abandoned(tmp_path):
    """The helper holds the streams of git open, and does not end by itself."""
    marker = tmp_path / "helper"
    alias = f"alias.x=!echo $$ >{marker}; sleep 600; true"
    with abandonable_network_commands() as abandon, ThreadPoolExecutor(1) as aside:
        waiting = aside.submit(Git(tmp_path).run_command, "-c", alias, "x", online=True)
        while not (marker.exists() and marker.read_text().strip()):
            time.sleep(0.01)
        abandon()
        answer = waiting.result(timeout=LIMIT)
    assert (answer.exit_code != 0, answer.stderr) == (True, "interrupted")
    assert not is_alive(int(marker.read_text()))


def is_alive(pid):
    """Return True if there is such a process, and not only its exit code."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
