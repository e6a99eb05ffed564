"""Signals, locks and two runs at once: an orderly end, and no work done twice."""

import os
import pty
import shutil
import signal
import subprocess
import sys
import time

import pytest
from gate import Gate
from processes import LIMIT
from studio import REF, ended, until

import sync

NAMES = [f"m{number}" for number in range(5)]
OLD = {name: f"Old {name}\n" for name in NAMES}
WANTED = {name: f"{name}\n" for name in NAMES}
ALL_MAY_CHANGE = {"limits": {"max_change_percent": 100}}


@pytest.fixture
def five(studio):
    """Five updates to be written, two at a time."""
    studio.remote(OLD)
    studio.configure(concurrency=2, config=ALL_MAY_CHANGE)
    for texts in (OLD, WANTED):
        studio.commit({f"{name}.md": text for name, text in texts.items()})
    return studio


def written(studio):
    """Return the texts that a run has written."""
    return {name: text for name, text in studio.texts.items() if text != OLD[name]}


def held_up(studio, *, method="PUT", holds=1):
    """Let the server hold up what it is sent from now on."""
    gate = Gate(studio.app, method=method, holds=holds)
    studio.stage.app = gate
    return gate


APPLY = ("apply", "--yes", "--format", "json")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_run_in_order_with_a_report(five, number):
    gate = held_up(five, holds=2)
    with five.running(*APPLY) as process:
        assert gate.full.wait(LIMIT)
        process.send_signal(number)
        until(process, "Stopping after the current requests")
        gate.opened.set()
        ran = ended(process)
    assert ran.code == 130
    assert "Traceback" not in ran.err
    assert sorted(ran.results.values()) == ["applied"] * 2 + ["not_attempted"] * 3
    assert ran.json["interrupted"] is True
    assert ran.json["snapshot"]["after"] == five.repo.git("rev-parse", REF).strip()
    assert len(written(five)) == 2
    assert all(five.snapshot(name).decode() == text for name, text in written(five).items())
    converges(five, writes=3)


def converges(studio, *, writes):
    """The next run writes what is missing, and the one after it nothing."""
    studio.serve()
    assert studio.apply().code == 0
    assert studio.requests == {
        "GET": 5 + writes,
        "PUT": writes,
    }  # each is read before it is written
    assert studio.texts == WANTED
    assert studio.plan("--exit-code").code == 0


def abandoned(process, gate):
    """End a run by two signals while its requests are held up."""
    assert gate.full.wait(LIMIT)
    process.send_signal(signal.SIGINT)
    until(process, "Press Ctrl-C again to abandon them")
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    gate.opened.set()
    return ran


def test_a_second_signal_abandons_what_is_under_way(five):
    gate = held_up(five, holds=2)
    with five.running(*APPLY) as process:
        ran = abandoned(process, gate)
    assert ran.code == 130
    assert "Traceback" not in ran.err
    assert "applied" not in ran.results.values()
    assert ran.json["snapshot"]["after"] == five.repo.git("rev-parse", REF).strip()
    five.serve()
    assert five.apply().code == 0
    assert five.texts == WANTED


@pytest.fixture
def unpulled(studio):
    """Five texts without a file, to be read two at a time."""
    studio.remote(WANTED)
    studio.configure(concurrency=2)
    studio.repo.commit()
    return studio


PULL = ("pull", "--all", *(word for name in NAMES for word in ("--model", name)))


def pulled(studio):
    folder = studio.repo.path / "descriptions"
    return {path.name: path.read_text() for path in folder.glob("*")}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_a_pull_finish_what_is_under_way(unpulled, number):
    gate = held_up(unpulled, method="GET", holds=2)
    with unpulled.running(*PULL, "--format", "json") as process:
        assert gate.full.wait(LIMIT)
        process.send_signal(number)
        until(process, "Stopping after the current requests")
        gate.opened.set()
        ran = ended(process)
    assert (ran.code, ran.json["interrupted"], ran.json["summary"]) == (130, True, {"created": 2})
    assert len(pulled(unpulled)) == 2
    unpulled.serve()
    assert unpulled.sync(*PULL).code == 0
    assert pulled(unpulled) == {
        f"{name}.md": f"---\nmodel: {name}\n---\n\n{text}" for name, text in WANTED.items()
    }
    assert unpulled.requests == {"POST": 1, "GET": 3}


def test_a_second_signal_abandons_what_a_pull_still_reads(unpulled):
    gate = held_up(unpulled, method="GET", holds=2)
    with unpulled.running(*PULL, "--format", "json") as process:
        ran = abandoned(process, gate)
    assert (ran.code, ran.json["interrupted"], ran.json["summary"]) == (130, True, {})
    assert "Traceback" not in ran.err
    assert pulled(unpulled) == {}


def test_the_report_of_an_interrupted_run_is_readable(five):
    gate = held_up(five, holds=2)
    with five.running("apply", "--yes") as process:
        assert gate.full.wait(LIMIT)
        process.send_signal(signal.SIGINT)
        until(process, "Stopping")
        gate.opened.set()
        ran = ended(process)
    assert ran.code == 130
    assert "2 updated" in ran.out
    assert "3 not attempted" in ran.out


def git_that_waits(folder):
    """A git that makes a fifo named `ready`, and its second commit once somebody has read it."""
    os.mkfifo(folder / "ready")
    script = folder / "git"
    script.write_text(
        f"""#!/bin/sh
        case " $* " in *" fast-import "*)
            echo >> "{folder}/commits"
            if [ $(wc -l < "{folder}/commits") -eq 2 ]; then echo > "{folder}/ready"; fi
        esac
        exec "{shutil.which("git")}" "$@"
        """
    )
    script.chmod(0o755)
    return folder


def test_ctrl_c_at_a_terminal_does_not_cut_off_the_snapshot_that_git_is_at(five, tmp_path):
    folder = git_that_waits(tmp_path)
    with (
        five.running(*APPLY, first=folder, start_new_session=True) as process,
        (folder / "ready").open(),  # until the end: git would die of a pipe that is closed
    ):
        os.killpg(process.pid, signal.SIGINT)
        ran = ended(process)
    assert (ran.code, set(ran.results.values())) == (0, {"applied"})
    assert ran.json["snapshot"]["after"] == five.repo.git("rev-parse", REF).strip()
    assert "warning" not in ran.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("words", [("plan",), ("apply", "--yes"), ("pull", "--all")])
def test_a_signal_while_reading_ends_at_once_with_a_word(five, words, number):
    gate = held_up(five, method="GET", holds=2 if words[0] != "pull" else 1)
    with five.running(*words) as process:
        assert gate.full.wait(LIMIT)
        process.send_signal(number)
        ran = ended(process)
        gate.opened.set()
    assert (ran.code, ran.out, ran.err.strip()) == (130, "", "Interrupted.")


@pytest.fixture
def in_the_background():
    """Ignore SIGINT, as a shell does for the children that a script starts with `&`."""
    was = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, was)


@pytest.mark.usefixtures("in_the_background")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_job_in_the_background_is_ended_in_order_and_by_a_second_signal_at_once(five, number):
    gate = held_up(five, holds=2)
    with five.running(*APPLY) as process:
        assert gate.full.wait(LIMIT)
        process.send_signal(signal.SIGINT)  # is ignored
        process.send_signal(number)
        until(process, "Press Ctrl-C again to abandon them")
        process.send_signal(number)
        ran = ended(process)
        gate.opened.set()
    assert (ran.code, ran.json["interrupted"]) == (130, True)
    assert "Traceback" not in ran.err


@pytest.mark.usefixtures("in_the_background")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_job_in_the_background_can_be_ended_while_it_reads_or_waits_for_a_lock(five, number):
    gate = held_up(five, method="GET", holds=2)
    with five.running(*APPLY) as first:
        assert gate.full.wait(LIMIT)
        with five.running(*APPLY) as second:
            until(second, "Another run is using")
            second.send_signal(number)
            waiting = ended(second)
        first.send_signal(number)
        reading = ended(first)
        gate.opened.set()
    assert (waiting.code, waiting.err.strip()) == (130, "Interrupted.")
    assert (reading.code, reading.err.strip()) == (130, "Interrupted.")


@pytest.fixture
def hanging_remote(five, tmp_path):
    """A git remote that takes a connection and never answers: to fetch, or to push."""
    five.repo.git("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    five.repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    five.configure(config={"snapshots": {"push": "origin"}, **ALL_MAY_CHANGE})
    was_asked = tmp_path / "was-asked"

    def hang(service):
        five.repo.git("config", f"remote.origin.{service}", f"echo >{was_asked}; sleep 600; true")
        return was_asked

    return hang


def wait_for(path):
    while not path.exists():
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_second_signal_ends_git_that_pushes(five, hanging_remote, number):
    was_asked = hanging_remote("receivepack")
    with five.running(*APPLY) as process:
        wait_for(was_asked)
        process.send_signal(number)
        until(process, "Press Ctrl-C again to abandon them")
        process.send_signal(number)
        ran = ended(process)
    assert (ran.code, ran.json["interrupted"]) == (130, True)
    assert {*ran.results.values()} == {"refused"}  # no other place has the texts to be replaced
    assert ran.json["kept"]["shared"] is False
    assert written(five) == {}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("words", [APPLY, ["plan"], ["doctor"]], ids=lambda words: words[0])
def test_a_signal_to_the_command_alone_ends_git_that_fetches(five, hanging_remote, words, number):
    was_asked = hanging_remote("uploadpack")
    with five.running(*words) as process:
        wait_for(was_asked)
        process.send_signal(number)
        ran = ended(process)
    assert (ran.code, ran.err.strip()) == (130, "Interrupted.")
    assert written(five) == {}


def test_under_nohup_a_run_outlives_its_terminal(five):
    gate = held_up(five, holds=2)
    ignored = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # which a child inherits
    try:
        with five.running(*APPLY) as process:
            assert gate.full.wait(LIMIT)
            process.send_signal(signal.SIGHUP)
            gate.opened.set()
            ran = ended(process)
    finally:
        signal.signal(signal.SIGHUP, ignored)
    assert (ran.code, set(ran.results.values())) == (0, {"applied"})


def test_a_run_whose_terminal_is_closed_ends_in_order(five):
    gate = held_up(five, holds=2)
    ours, theirs = pty.openpty()
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with five.running(*APPLY, **streams) as process:
        os.close(theirs)
        assert gate.full.wait(LIMIT)
        os.close(ours)
        process.send_signal(signal.SIGHUP)
        gate.opened.set()
        process.wait(timeout=LIMIT)
    assert (
        five.repo.git("log", "-1", "--format=%(trailers:key=Phase)", REF).strip() == "Phase: after"
    )
    assert all(five.snapshot(name).decode() == text for name, text in written(five).items())
    converges(five, writes=5 - len(written(five)))


# --- one run at a time ---------------------------------------------------------------------------


def test_two_runs_at_once_write_every_change_once(five):
    gate = held_up(five)
    with five.running(*APPLY) as first:
        assert gate.full.wait(LIMIT)
        with five.running(*APPLY) as second:
            until(second, "Another run is using production; waiting for it to end.")
            gate.opened.set()
            ran, later = ended(first), ended(second)
    assert (ran.code, set(ran.results.values())) == (0, {"applied"})
    assert (later.code, set(later.results.values())) == (0, {"unchanged"})
    assert five.requests == {"GET": 15, "PUT": 5}
    assert five.texts == WANTED


def test_who_waits_too_long_for_another_run_is_told_and_nothing_is_lost(five):
    gate = held_up(five)
    with five.running(*APPLY) as first:
        assert gate.full.wait(LIMIT)
        ran = five.apply("--lock-timeout", "0.1")
        assert five.plan().code == 0
        gate.opened.set()
        assert ended(first).code == 0
    assert (ran.code, ran.out) == (75, "")
    assert "another run still holds the lock of production" in ran.err
    assert "--lock-timeout SECONDS" in ran.err
    assert five.texts == WANTED


def test_ctrl_c_ends_the_wait_for_another_run_at_once(five):
    gate = held_up(five)
    with five.running(*APPLY) as first:
        assert gate.full.wait(LIMIT)
        with five.running(*APPLY) as second:
            until(second, "Another run is using")
            second.send_signal(signal.SIGINT)
            ran = ended(second)
        gate.opened.set()
        assert ended(first).code == 0
    assert (ran.code, ran.out, ran.err.strip()) == (130, "", "Interrupted.")


def test_a_second_snapshot_that_fails_does_not_hide_what_was_done(five):
    gate = held_up(five)
    lock = five.repo.path / ".git" / f"{REF}.lock"
    with five.running(*APPLY) as process:
        assert gate.full.wait(LIMIT)
        lock.touch()
        gate.opened.set()
        ran = ended(process)
    assert (ran.code, set(ran.results.values())) == (0, {"applied"})
    assert ran.json["snapshot"]["after"] is None
    assert "warning: production: the texts that Scenario has now could not be recorded." in ran.err
    assert str(lock) in ran.err
    lock.unlink()
    assert five.plan("--exit-code").code == 0
    assert five.rollback().code == 0
    assert written(five) == {}


def test_without_the_first_snapshot_nothing_is_written(five):
    lock = five.repo.path / ".git" / f"{REF}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    ran = five.apply()
    assert (ran.code, ran.out, written(five)) == (1, "", {})
    assert str(lock) in ran.err


def test_a_lock_goes_with_the_process_that_held_it(five):
    gate = held_up(five)
    with five.running(*APPLY) as process:
        assert gate.full.wait(LIMIT)
        process.kill()
        process.wait()
    gate.opened.set()
    five.serve()
    assert five.apply("--lock-timeout", "0").code == 0
    assert five.texts == WANTED


SIGNAL_AT_IMPORT = """
import os, signal, sys

class SendSignal:
    def find_spec(self, name, *_):
        if name == "sync.cli":
            loses_exceptions = SendSignal()

    def __del__(self):
        os.kill(os.getpid(), signal.{name})

sys.meta_path.insert(0, SendSignal())
from sync.__main__ import main
sys.exit(main())
"""
SIGNAL_IN_A_CLASS = """
import os, signal, sys

class Field:
    def __set_name__(self, *_):
        os.kill(os.getpid(), signal.{name})

class SendSignal:
    def find_spec(self, name, *_):
        if name == "sync.cli.commands.completion":
            type("Model", (), {{"field": Field()}})

sys.meta_path.insert(0, SendSignal())
sys.argv = ["description-sync", "completion", "fish"]
from sync.__main__ import main
sys.exit(main())
"""
SIGNAL_AT_EXIT = """
import atexit, os, signal, sys
from sync.__main__ import main

atexit.register(os.kill, os.getpid(), signal.{name})
sys.argv = ["description-sync", "--version"]
sys.exit(main())
"""


def run_script(script):
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=LIMIT
    )


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("script", [SIGNAL_AT_IMPORT, SIGNAL_IN_A_CLASS])
def test_a_signal_while_the_command_is_imported_ends_it_without_a_traceback(name, script):
    ended = run_script(script.format(name=name))
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "\nInterrupted.\n")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_after_the_last_word_of_the_command_leaves_its_exit_code(name):
    ended = run_script(SIGNAL_AT_EXIT.format(name=name))
    assert (ended.returncode, ended.stdout, ended.stderr) == (
        0,
        f"description-sync {sync.__version__}\n",
        "",
    )
