"""A rollback holds: what it took out of Scenario comes back only on purpose."""

import json

import pytest
from repositories import Repo
from studio import Studio

OLD = {"hero": "Old hero\n", "reef": "Old reef\n"}
NEW = {"hero": "Hero\n", "reef": "Reef\n", "oar": "Oar\n"}


def one_line(text):
    return " ".join(text.split())


@pytest.fixture
def rolled_back(studio):
    """Two texts replaced and a third made by one run, which was then undone."""
    studio.commit({"hero.md": "Old hero\n", "reef.md": "Old reef\n"})
    studio.commit({f"{name}.md": text for name, text in NEW.items()})
    studio.remote({"hero": "Old hero\n", "reef": "Old reef\n", "oar": None})
    assert studio.apply().code == 0
    assert studio.rollback().code == 0
    studio.serve()
    return studio


HELD = {"hero": "held", "oar": "held", "reef": "held"}


def test_the_next_run_does_not_write_the_text_again(rolled_back):
    assert rolled_back.plan("--exit-code").code == 0
    ran = rolled_back.apply()
    assert (ran.code, ran.results) == (0, dict.fromkeys(HELD, "unchanged"))
    assert rolled_back.texts == OLD
    assert "PUT" not in rolled_back.requests


def test_a_plan_shows_both_texts_and_how_to_write_it_again(rolled_back):
    plan = rolled_back.plan()
    assert plan.states == HELD
    assert (plan.change("hero")["before"], plan.change("hero")["after"]) == (
        "Old hero\n",
        "Hero\n",
    )
    text = rolled_back.sync("plan").out
    assert "· held  hero.md" in text
    assert "3 held after a rollback" in text
    checks = json.loads(rolled_back.sync("doctor", "--format", "json").out)["checks"]
    (following,) = (check for check in checks if check["subject"] == "next apply")
    assert (following["level"], "--resume" in following["advice"]) == ("warn", True)
    assert "`description-sync apply hero.md oar.md reef.md --target production --resume`" in text


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
def test_every_report_and_the_status_name_it(rolled_back, form):
    assert "held" in rolled_back.sync("plan", "--format", form).out
    assert "held" in rolled_back.sync("status", "--format", form).out


def test_the_metrics_count_it(rolled_back, tmp_path):
    file = tmp_path / "metrics.prom"
    rolled_back.apply("--metrics", file)
    assert 'state="held"} 3' in file.read_text()


def test_resume_writes_it_again(rolled_back):
    assert rolled_back.apply("--resume", "hero.md").results == {"hero": "applied"}
    assert rolled_back.texts == {**OLD, "hero": "Hero\n"}
    assert rolled_back.plan().states == {**HELD, "hero": "in_sync"}


def test_a_file_that_changes_is_written(rolled_back):
    rolled_back.commit({"hero.md": "Better hero\n"})
    assert rolled_back.plan().states == {**HELD, "hero": "update"}
    assert rolled_back.apply().code == 0
    assert rolled_back.texts == {**OLD, "hero": "Better hero\n"}


def test_a_file_that_was_reverted_and_brought_back_is_written(rolled_back):
    rolled_back.commit({"hero.md": "Old hero\n"})
    assert rolled_back.plan().states == {**HELD, "hero": "in_sync"}
    rolled_back.commit({"hero.md": "Hero\n"})
    assert rolled_back.plan().states == {**HELD, "hero": "update"}


def test_other_commits_and_a_new_path_change_nothing(rolled_back):
    rolled_back.commit({"other.md": "---\nmodels: {staging: x}\n---\nOther\n"})
    (rolled_back.repo.path / "descriptions/hero.md").unlink()
    rolled_back.commit({"heroes/a.md": "---\nmodel: hero\n---\nHero\n"})
    assert rolled_back.plan().states == HELD


def test_a_text_that_was_undone_twice_is_held_no_longer(rolled_back):
    assert rolled_back.rollback().code == 0
    assert rolled_back.texts == NEW
    assert rolled_back.plan().states == dict.fromkeys(HELD, "in_sync")
    rolled_back.commit({"hero.md": "Old hero\n"})
    assert rolled_back.plan().change("hero")["state"] == "update"


def test_two_runs_that_are_undone_one_after_the_other_are_both_held(studio):
    studio.remote({"hero": "Zero\n"})
    studio.commit({"hero.md": "Zero\n"})
    runs = []
    for text in ("One\n", "Two\n"):
        studio.commit({"hero.md": text})
        runs.append(studio.apply().json["snapshot"]["run"])
    for run in reversed(runs):
        assert studio.rollback(run).code == 0
    assert studio.texts == {"hero": "Zero\n"}
    assert studio.plan().states == {"hero": "held"}


def test_a_run_from_an_older_checkout_can_undo_it_and_it_holds_in_the_newer_one(studio):
    older = studio.commit({"hero.md": "Old hero\n"})
    newer = studio.commit({"hero.md": "Hero\n"})
    studio.remote({"hero": "Old hero\n"})
    studio.apply()
    studio.repo.git("checkout", "--quiet", older)
    assert studio.rollback().code == 0
    studio.repo.git("checkout", "--quiet", newer)
    assert studio.plan().states == {"hero": "held"}


def test_the_form_that_the_server_made_of_a_text_is_held(studio):
    studio.commit({"hero.md": "Old hero\n"})
    studio.commit({"hero.md": "Hero <b>bold</b>\n"})
    studio.remote({"hero": "Old hero\n"})
    studio.serve("PUT:strip-html")
    assert studio.apply().results == {"hero": "altered"}
    studio.serve()
    assert studio.rollback().code == 0
    assert studio.plan().states == {"hero": "held"}


def test_a_deletion_that_was_undone_is_not_made_again(studio):
    studio.configure(prune=True)
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    studio.remote({"hero": "Hero\n", "reef": "Reef\n"})
    studio.remove("hero.md")
    assert studio.apply().code == 0
    assert studio.rollback().code == 0
    assert studio.plan().states == {"hero": "held", "reef": "in_sync"}
    studio.apply()
    assert studio.texts == {"hero": "Hero\n", "reef": "Reef\n"}
    assert studio.apply("--resume").code == 0
    assert studio.texts == {"reef": "Reef\n"}


def test_an_edit_since_is_drift_that_the_config_does_not_overwrite(rolled_back):
    rolled_back.store.write_text("hero", "Edited in the web app\n")
    assert rolled_back.plan().change("hero")["state"] == "drift"
    rolled_back.configure(on_drift="overwrite")
    assert rolled_back.plan().change("hero")["state"] == "held"


def test_a_copy_from_another_target_is_held_too(studio):
    config = {"targets": {n: {"base_url": studio.url} for n in ("staging", "production")}}
    studio.configure(config=config)
    studio.commit({"hero.md": "---\nmodels: {staging: one, production: two}\n---\nHero\n"})
    studio.remote({"one": "Hero\n", "two": None})
    copy = ("--from-target", "staging", "--target", "production")
    assert studio.apply(*copy).code == 0
    assert studio.rollback("--target", "production").code == 0
    assert studio.plan(*copy).states == {"two": "held"}
    assert studio.plan(*copy, "--resume").states == {"two": "create"}


def test_a_plan_that_was_saved_before_the_rollback_is_stale(studio, tmp_path):
    studio.commit({"hero.md": "Old hero\n"})
    studio.commit({"hero.md": "Hero\n"})
    studio.remote({"hero": "Old hero\n"})
    saved = tmp_path / "plan.json"
    studio.plan("--out", saved)
    studio.apply()
    studio.rollback()
    ran = studio.apply("--plan", saved)
    assert (ran.code, ran.results) == (5, {"hero": "refused"})
    assert "rolled back by run" in ran.reasons["hero"]


def test_a_fresh_clone_that_shares_the_record_holds_it(studio, tmp_path):
    bare = tmp_path / "origin.git"
    studio.repo.git("init", "--quiet", "--bare", str(bare))
    studio.repo.git("remote", "add", "origin", str(bare))
    studio.configure(config={"snapshots": {"push": "origin"}})
    studio.commit({"hero.md": "Old hero\n"})
    studio.commit({"hero.md": "Hero\n"})
    studio.repo.git("push", "--quiet", "origin", "main")
    studio.remote({"hero": "Old hero\n"})
    studio.apply()
    ran = studio.sync("rollback", "--yes")
    assert "Every clone that shares snapshots with origin knows this." in one_line(ran.out)
    clone = Studio(
        Repo(bare).clone(tmp_path / "clone", "--branch", "main"), studio.url, studio.stage
    )
    clone.store, clone.app = studio.store, studio.app
    clone.serve()
    clone.configure(config={"snapshots": {"push": "origin"}})
    assert clone.plan().states == {"hero": "held"}
    shallow = Repo(bare).clone(tmp_path / "shallow", "--branch", "main", "--depth=1")
    clone.repo = shallow
    clone.configure(config={"snapshots": {"push": "origin"}})
    assert clone.plan().states == {"hero": "held"}


# --- what a rollback says ------------------------------------------------------------------------


def test_a_rollback_names_the_files_and_the_commit_to_revert(studio):
    studio.commit({"hero.md": "Old hero\n"})
    brought = studio.commit({"hero.md": "Hero\n"})
    studio.commit({"other.md": "---\nmodels: {staging: x}\n---\nOther\n"})
    studio.remote({"hero": "Old hero\n"})
    studio.apply()
    ran = studio.sync("rollback", "--yes")
    assert "hero.md: still has the text that was rolled back." in ran.out
    assert "Only this clone knows this" in one_line(ran.out)
    assert f"`git revert {brought[:7]}`" in ran.out
    assert "--branch NAME --target production`" in ran.out


@pytest.mark.parametrize("other", ["reef.md", "../notes.txt"])
def test_a_revert_that_would_change_more_is_not_advised(studio, other):
    studio.commit({"hero.md": "Old hero\n"})
    brought = studio.commit({"hero.md": "Hero\n", other: "More\n"})
    studio.remote({"hero": "Old hero\n"})
    studio.apply()
    ran = studio.sync("rollback", "--yes", "--model", "hero")
    assert "git revert" not in ran.out
    assert f"came with {brought[:7]}" in one_line(ran.out)


def test_a_revert_that_would_not_bring_back_the_restored_text_is_not_advised(studio):
    studio.commit({"hero.md": "Oldest hero\n"})
    studio.commit({"hero.md": "Old hero\n"})
    brought = studio.commit({"hero.md": "Hero\n"})
    studio.remote({"hero": "Oldest hero\n"})
    studio.apply()
    ran = studio.sync("rollback", "--yes")
    assert "git revert" not in ran.out
    assert f"came with {brought[:7]}" in one_line(ran.out)


def test_the_json_of_a_rollback_has_the_files_and_the_commits(studio):
    studio.commit({"hero.md": "Old hero\n", "reef.md": "Old reef\n"})
    brought = studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    studio.remote({"hero": "Old hero\n", "reef": "Old reef\n"})
    studio.apply()
    studio.commit({"reef.md": "Newer reef\n"})
    files = studio.rollback().json["files"]
    assert (files["held"], files["commits"], files["other"]) == (
        ["hero.md"],
        [brought],
        ["reef.md"],
    )
    assert studio.plan().json["summary"] == {"held": 1, "update": 1}


# --- the branch ----------------------------------------------------------------------------------


def test_the_restored_texts_are_committed_to_a_branch(studio):
    studio.commit({"hero.md": "---\nmodel: hero\n# kept\n---\n\nOld hero\n"})
    head = studio.commit({"hero.md": "---\nmodel: hero\n# kept\n---\n\nHero\n", "oar.md": "Oar\n"})
    studio.remote({"hero": "Old hero\n", "oar": None})
    studio.apply()
    ran = studio.rollback("--branch", "restore")
    assert ran.code == 0
    files = ran.json["files"]
    assert (files["branch"], files["restored"]) == ("restore", ["hero.md", "oar.md"])
    assert studio.repo.git("rev-parse", "restore").strip() == files["commit"]
    assert studio.repo.git("rev-parse", "restore^").strip() == head
    shown = studio.repo.git("show", "restore:descriptions/hero.md")
    assert shown == "---\nmodel: hero\n# kept\n---\n\nOld hero\n"
    assert studio.repo.git("status", "--porcelain") == ""
    studio.repo.merge("restore")
    assert studio.plan().states == {"hero": "in_sync"}


def test_the_branch_can_be_made_after_the_rollback(rolled_back):
    runs = rolled_back.sync("history", "--format", "json").json["runs"]
    ran = rolled_back.rollback(runs[-1]["run"], "--branch", "restore")
    assert (ran.code, set(ran.results.values())) == (0, {"unchanged"})
    assert ran.json["files"]["restored"] == ["hero.md", "oar.md", "reef.md"]
    assert "PUT" not in rolled_back.requests


def test_a_removed_file_comes_back_on_the_branch(studio):
    studio.configure(prune=True)
    studio.commit({"cast/hero.md": "---\nmodel: hero\n---\nHero\n", "reef.md": "Reef\n"})
    studio.remote({"hero": "Hero\n", "reef": "Reef\n"})
    studio.remove("cast/hero.md")
    removed = studio.repo.head()
    studio.apply()
    files = studio.rollback("--branch", "restore").json["files"]
    assert files["commits"] == [removed]
    shown = studio.repo.git("show", "restore:descriptions/cast/hero.md")
    assert shown == "---\nmodel: hero\n---\nHero\n"


def test_a_branch_that_is_there_stops_the_rollback_before_it_writes(studio):
    studio.commit({"hero.md": "Old hero\n"})
    studio.commit({"hero.md": "Hero\n"})
    studio.remote({"hero": "Old hero\n"})
    studio.apply()
    studio.repo.git("branch", "restore")
    ran = studio.sync("rollback", "--yes", "--branch", "restore")
    assert (ran.code, studio.texts) == (2, {"hero": "Hero\n"})


def test_a_file_that_changed_since_is_not_on_the_branch(studio):
    studio.commit({"hero.md": "Old hero\n"})
    studio.commit({"hero.md": "Hero\n"})
    studio.remote({"hero": "Old hero\n"})
    studio.apply()
    studio.commit({"hero.md": "Newer hero\n"})
    ran = studio.rollback("--branch", "restore")
    assert (ran.code, ran.json["files"]["commit"]) == (0, None)
    assert "restore" not in studio.repo.git("branch", "--list")
