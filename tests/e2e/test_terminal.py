"""What a person at a terminal sees while a command works."""

import contextlib
import os
import pty

import pytest
from gate import Gate
from processes import LIMIT


@pytest.fixture
def held(studio):
    """Two descriptions, and a server that does not answer yet."""
    studio.remote({"hero": None, "reef": "Reef\n"})
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    gate = Gate(studio.app, method="GET", holds=2)
    studio.stage.app = gate
    return studio, gate


def shown(studio, gate, *words):
    """All that a terminal was sent by the command, which waits for the server meanwhile."""
    outer, inner = pty.openpty()
    terminal = {"stdin": inner, "stdout": inner, "stderr": inner}
    screen = b""
    with studio.running(*words, **terminal) as process, os.fdopen(outer, "rb", 0) as output:
        os.close(inner)
        assert gate.full.wait(LIMIT)
        gate.opened.set()
        with contextlib.suppress(OSError):  # how Linux says that the other end is closed
            while read := output.read(4096):
                screen += read
        assert process.wait(timeout=LIMIT) == 0
    return screen.decode()


def test_a_bar_shows_how_far_it_is_and_goes(held, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    screen = shown(*held, "plan")
    bar, report = screen.index("production: reading"), screen.index("2 descriptions at")
    assert bar < report
    assert "\x1b[2K" in screen[bar:report]
    assert "\x1b[32m+ create" in screen


def test_a_person_who_says_that_this_is_no_ci_job_sees_a_bar(held, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("CI", "false")
    assert "production: reading" in shown(*held, "plan")


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_no_colour_gets_none(held, monkeypatch, name, value):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(name, value)
    screen = shown(*held, "plan", "--quiet")
    assert "+ create" in screen
    assert "\x1b" not in screen


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("JENKINS_URL", "https://ci.example")])
def test_without_people_there_is_no_bar(held, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    screen = shown(*held, "plan", "--color", "never")
    assert "reading" not in screen
    assert "\x1b" not in screen


def test_what_a_terminal_cannot_show_is_shown_by_its_number(studio, monkeypatch):
    studio.remote({"hero": None})
    studio.commit({"hero.md": "Hero ünd 🐚\n"})
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    with studio.running("plan") as process:
        out, err = process.communicate(timeout=LIMIT)
    assert (process.returncode, err) == (0, "")
    assert r"+ Hero \xfcnd \U0001f41a" in out


def test_the_question_names_the_target_the_project_and_the_acts(studio, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    studio.configure(prune=True, project_id="proj_saltlight")
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n", "old.md": "Old\n"})
    studio.remove("old.md")
    studio.commit({"hero.md": "A hero\n", "new.md": "New\n"})
    studio.remote({"hero": "Hero\n", "reef": "Reef\n", "old": "Old\n", "new": None})
    outer, inner = pty.openpty()
    terminal = {"stdin": inner, "stdout": inner, "stderr": inner}
    with studio.running("apply", **terminal) as process, os.fdopen(outer, "r+b", 0) as screen:
        os.close(inner)
        seen = b""
        while b"[y/N]" not in seen:
            seen += screen.read(4096)
        screen.write(b"n\n")
        with contextlib.suppress(OSError):
            while read := screen.read(4096):
                seen += read
        assert process.wait(timeout=LIMIT) != 0
    text = seen.decode()
    question = "Apply to production (proj_saltlight): create 1, update 1, delete 1? [y/N]"
    assert question in text
    assert "\x1b[31m1 to delete\x1b[0m" in text
    assert studio.texts == {"hero": "Hero\n", "reef": "Reef\n", "old": "Old\n"}


def test_who_wants_to_see_nothing_and_is_not_asked_sees_no_plan(studio, monkeypatch):
    """What was written is told once, by the report."""
    monkeypatch.setenv("TERM", "dumb")
    studio.remote({"hero": "Hero\n"})
    studio.commit({"hero.md": "Hero\n"})
    studio.commit({"hero.md": "A hero\n"})
    outer, inner = pty.openpty()
    terminal = {"stdin": inner, "stdout": inner, "stderr": inner}
    command = ("apply", "--yes", "--quiet")
    with studio.running(*command, **terminal) as process, os.fdopen(outer, "rb", 0) as screen:
        os.close(inner)
        seen = b""
        with contextlib.suppress(OSError):
            while read := screen.read(4096):
                seen += read
        assert process.wait(timeout=LIMIT) == 0
    assert b"updated" in seen
    assert b"to update" not in seen
    assert seen.count(b"hero.md") == 1
