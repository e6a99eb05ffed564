"""Nothing that only POSIX has is needed: `tests/like_windows.py` takes it away."""

import os
import re
import signal
from pathlib import Path

import httpx
import pytest
from gate import Gate
from like_windows import CALLS, MODULES, NOT_ON_WINDOWS, SIGNALS
from processes import LIMIT
from studio import ended, until

PROGRAM = ("-X", "warn_default_encoding", str(Path(__file__).parent.parent / "like_windows.py"))
BREAK = signal.SIGUSR2  # stands for SIGBREAK: Ctrl-Break, or a console that is closed
TEXT = "A lantern — “hand-painted”, 手描き.\n"


@pytest.fixture
def ran(studio):
    """Run the command like Windows would."""

    def run(*words):
        with studio.running(*words, program=PROGRAM, encoding="utf-8") as process:
            answer = ended(process)
        assert "Traceback" not in answer.err
        return answer

    return run


def test_what_is_taken_away_is_there_otherwise():
    """So that the list does not go stale."""
    assert {"killpg", "fork", "geteuid"} <= {name for name in CALLS if hasattr(os, name)}
    assert {"SIGHUP", "SIGKILL"} <= {name for name in SIGNALS if hasattr(signal, name)}
    assert "fcntl" in MODULES


def test_the_tests_that_windows_cannot_import_are_left_out_there():
    tests = Path(__file__).parents[1]
    names = "|".join(name for name in SIGNALS if name.startswith("SIG"))
    needs = re.compile(
        rf"^(import|from) ({'|'.join(MODULES)})\b|^[@A-Z][^#\n]*\bsignal\.({names})\b", re.MULTILINE
    )
    found = [each for each in tests.rglob("test_*.py") if needs.search(each.read_text())]
    assert {each.relative_to(tests).as_posix() for each in found} == set(NOT_ON_WINDOWS)


def test_check_plan_apply_pull_and_rollback_go_through(studio, ran):
    for key in ("core.autocrlf", "core.ignorecase"):  # as Git for Windows has them
        studio.repo.git("config", key, "true")
    studio.remote({"lantern": "An old one.\n", "reef": "A reef.\n", "hero": None})
    studio.commit({"lantern.md": "An old one.\r\n", "hero.md": TEXT})
    studio.commit({"lantern.md": TEXT.replace("\n", "\r\n")})
    plan, page = (studio.repo.path / f"plan.{kind}" for kind in ("json", "html"))

    assert ran("check").code == 0
    planned = ran("plan", "--out", str(plan), "--report", f"html={page}")
    assert (planned.code, planned.err) == (0, "")
    assert "手描き" in planned.out  # UTF-8 in a pipe, whatever the code page
    assert "手描き" in page.read_text(encoding="utf-8")

    applied = ran("apply", "--plan", str(plan), "--yes")
    assert applied.code == 0
    assert studio.texts == {"lantern": TEXT, "hero": TEXT, "reef": "A reef.\n"}

    assert ran("pull", "--all").code == 0
    assert "A reef." in (studio.repo.path / "descriptions/reef.md").read_text(encoding="utf-8")
    assert not list((studio.repo.path / ".git/description-sync").glob("*pull*"))  # its journal

    assert ran("rollback", "--yes").code == 0
    assert studio.texts["lantern"] == "An old one.\n"


def test_a_file_on_another_drive_is_no_description_and_no_crash(studio, ran, tmp_path):
    studio.commit({"lantern.md": TEXT})
    other = tmp_path / "drive_d" / "x.md"
    other.parent.mkdir()
    other.write_text("x", encoding="utf-8")
    answer = ran("plan", str(other))
    assert (answer.code, answer.out) == (2, "")
    assert "x.md" in answer.err


def test_paths_with_backslashes_are_those_with_slashes(studio, ran):
    studio.remote({"reef": None, "oar": None})
    studio.commit({"worlds/reef.md": "---\nmodel: reef\n---\n{asset: x}\n", "oar.md": "Oar.\n"})
    (studio.repo.path / "out").mkdir()
    words = ("--format", "json", "--report", "html=out\\page.html")
    planned = ran("plan", "descriptions\\worlds", "--out", "out\\plan.json", *words).json
    assert [each["path"] for each in planned["changes"]] == ["worlds/reef.md"]
    assert (studio.repo.path / "out/page.html").exists()
    checked = ran("check", "descriptions\\worlds\\reef.md", "--format", "json").json
    assert {each["path"] for each in checked["findings"]} == {"descriptions/worlds/reef.md"}
    applied = ran("apply", "--plan", "out\\plan.json", "--yes")
    assert "worlds/reef.md" in applied.out
    assert "\\" not in applied.out


def test_a_preview_is_served_until_ctrl_c(studio):
    studio.commit({"worlds/reef.md": TEXT})
    words = ("preview", "descriptions\\worlds\\reef.md", "--no-open")
    with studio.running(*words, program=PROGRAM, encoding="utf-8") as process:
        url = process.stdout.readline().removeprefix("listening on ").strip()
        assert "手描き" in httpx.get(url).text
        process.send_signal(signal.SIGINT)
        ended_preview = ended(process)
    assert (ended_preview.code, ended_preview.err) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, BREAK])
def test_ctrl_c_and_ctrl_break_end_a_run_in_order(studio, number):
    names = [f"m{each}" for each in range(3)]
    studio.remote(dict.fromkeys(names))
    studio.configure(concurrency=1)
    studio.commit({f"{name}.md": f"{name}\n" for name in names})
    gate = Gate(studio.app, method="PUT", holds=1)
    studio.stage.app = gate
    words = ("apply", "--yes", "--format", "json")
    with studio.running(*words, program=PROGRAM) as process:
        assert gate.full.wait(LIMIT)
        process.send_signal(number)
        until(process, "Stopping after the current requests")
        gate.opened.set()
        answer = ended(process)
    assert (answer.code, answer.json["interrupted"]) == (130, True)
    assert sorted(answer.results.values()) == ["applied", "not_attempted", "not_attempted"]
    assert studio.apply().code == 0


def test_ctrl_c_while_reading_ends_at_once(studio):
    studio.remote({"lantern": "Old.\n"})
    studio.commit({"lantern.md": TEXT})
    gate = Gate(studio.app, method="GET", holds=1)
    studio.stage.app = gate
    with studio.running("plan", program=PROGRAM) as process:
        assert gate.full.wait(LIMIT)
        process.send_signal(signal.SIGINT)
        answer = ended(process)
        gate.opened.set()
    assert (answer.code, answer.out, answer.err.strip()) == (130, "", "Interrupted.")
