"""Several targets in one run: side by side, each with its own lock, throttle and snapshots."""

import pytest
from sandbox_files import SandboxFile
from studio import ended

SANDBOXES = ("north", "south")
BOTH = ("--target", "north", "--target", "south")


@pytest.fixture
def two(studio):
    """Two embedded projects beside one on a server that nobody can reach."""
    targets = {name: {"sandbox": f"{name}.sqlite3"} for name in SANDBOXES}
    targets["away"] = {"base_url": "http://127.0.0.1:9", "retries": 0}
    studio.configure(config={"targets": targets})
    studio.repo.write(".gitignore", "*.sqlite3\n")
    studio.commit({"hero.md": "Hero\n"})
    for name in SANDBOXES:
        sandbox(studio, name).fill({"hero": None})
    return studio


def sandbox(studio, name):
    return SandboxFile(studio.repo.path / f"{name}.sqlite3")


def held(studio, name):
    return sandbox(studio, name).texts


def test_one_report_tells_of_all(two):
    ran = two.plan(*BOTH, "--exit-code")
    assert ran.code == 3
    assert [each["target"]["name"] for each in ran.json["targets"]] == ["north", "south"]
    assert all(each["summary"] == {"create": 1} for each in ran.json["targets"])


@pytest.mark.parametrize("command", ["plan", "status", "history", "doctor"])
def test_one_page_tells_of_all(two, command):
    ran = two.sync(command, *BOTH, "--format", "html")
    assert (ran.code, ran.out.count("<!doctype html>")) == (0, 1)
    assert [f'aria-label="{name}"' in ran.out for name in SANDBOXES] == [True, True]


def test_one_page_tells_of_all_that_was_written(two):
    two.apply(*BOTH, "--report", "html=done.html")
    page = (two.repo.path / "done.html").read_text(encoding="utf-8")
    assert page.count("<h1>1 created.</h1>") == 2


def test_a_comment_for_all_is_no_longer_than_one_may_be(two):
    many = {f"{number}.md": "Text\n" * 60 for number in range(99)}
    two.commit(many)
    ran = two.sync("plan", *BOTH, "--format", "markdown", "--max-characters", "4000")
    assert ran.out.count("**Shortened to fit.**") == 2
    assert len(ran.out) <= 4000


def test_all_targets_are_planned_for_where_asked(two):
    ran = two.plan("--all-targets")
    assert ran.code == 1
    assert [(each["target"]["name"], each["kind"]) for each in ran.json["targets"]] == [
        ("north", "plan"),
        ("south", "plan"),
        ("away", "failure"),
    ]
    assert "Cannot connect" in ran.json["targets"][-1]["error"]
    assert "away: " in ran.err


def test_all_targets_and_one_by_name_contradict_each_other(two):
    ran = two.plan("--all-targets", "--target", "north")
    assert (ran.code, ran.out) == (2, "")
    assert "--all-targets and --target contradict each other" in ran.err


@pytest.mark.parametrize("words", [("pull",), ("rollback", "--yes"), ("plan", "--out", "p.json")])
def test_what_is_of_one_target_names_none_for_many(two, words):
    ran = two.sync(*words, "--all-targets")
    assert (ran.code, ran.out) == (2, "")
    assert "Name one with --target." in ran.err


def test_each_is_written_and_remembered_on_its_own(two):
    ran = two.apply(*BOTH)
    assert ran.code == 0
    assert [each["snapshot"]["ref"] for each in ran.json["targets"]] == [
        "refs/description-sync/north",
        "refs/description-sync/south",
    ]
    assert held(two, "north") == held(two, "south") == {"hero": "Hero\n"}
    assert two.plan(*BOTH, "--exit-code").code == 0


def test_what_fails_for_one_does_not_stop_another(two):
    ran = two.apply("--target", "away", "--target", "north")
    assert ran.code == 1
    assert [each["kind"] for each in ran.json["targets"]] == ["apply", "failure"]
    assert "away: " in ran.err
    assert held(two, "north") == {"hero": "Hero\n"}


def test_drift_in_one_is_the_exit_code_of_all(two):
    sandbox(two, "south").write("hero", "Edited in the web app\n")
    assert two.apply(*BOTH).code == 5
    assert held(two, "north") == {"hero": "Hero\n"}
    assert held(two, "south") == {"hero": "Edited in the web app\n"}


def test_two_runs_with_the_targets_the_other_way_round_both_end(two):
    with (
        two.running("apply", "--yes", *BOTH) as one,
        two.running("apply", "--yes", *BOTH[2:], *BOTH[:2]) as other,
    ):
        assert [ended(one).code, ended(other).code] == [0, 0]
