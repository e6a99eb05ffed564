"""Snapshots that travel with a git remote, so that machines that come and go lose nothing."""

import pytest
from repositories import Repo
from studio import REF

EDITED = "Edited in the web app,\r\nkept nowhere else"


@pytest.fixture
def origin(studio, tmp_path):
    """Where the studio's repository is cloned from, and its snapshots are pushed to."""
    studio.configure(config={"snapshots": {"push": "origin"}})
    studio.remote({"hero": EDITED, "reef": None})
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    studio.repo.git("config", "protocol.file.allow", "always")
    bare = studio.repo.clone(tmp_path / "origin.git", "--bare")
    studio.repo.git("remote", "add", "origin", str(bare.path))
    return bare


def machine(studio, path, *, origin):
    """A fresh clone, as of a CI job, in which the next commands run."""
    studio.repo = origin.clone(path)
    studio.repo.git("config", "protocol.file.allow", "always")


def tip(repo):
    return repo.git("rev-parse", REF).strip()


def test_a_machine_that_is_gone_left_its_snapshots_behind(studio, origin, tmp_path):
    machine(studio, tmp_path / "job", origin=origin)
    assert studio.apply("--on-drift", "overwrite").code == 0
    assert tip(origin) == tip(studio.repo)

    machine(studio, tmp_path / "another", origin=origin)
    studio.store.write_text("hero", EDITED)
    assert studio.plan().states == {"hero": "update", "reef": "in_sync"}
    assert studio.apply().code == 0
    assert studio.rollback().code == 0
    assert studio.texts["hero"] == EDITED


def test_two_machines_that_wrote_at_once_are_merged(studio, origin, tmp_path):
    machine(studio, tmp_path / "one", origin=origin)
    one = studio.repo
    machine(studio, tmp_path / "two", origin=origin)
    two = studio.repo
    two.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    assert "warning: production:" in studio.apply("reef.md").err
    studio.repo = one
    assert studio.apply("hero.md", "--on-drift", "overwrite").code == 0
    studio.repo = two
    two.git("remote", "set-url", "origin", str(origin.path))
    assert studio.apply().code == 0
    assert studio.apply().err == ""
    studio.repo = one
    assert len(studio.sync("history", "--format", "json").json["runs"]) == 2
    assert studio.plan("--exit-code").code == 0
    assert not studio.lacks({EDITED})


def test_a_push_that_fails_is_a_warning_with_the_way_to_repeat_it(studio, origin, tmp_path):
    machine(studio, tmp_path / "job", origin=origin)
    studio.repo.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    ran = studio.apply("reef.md")
    assert (ran.code, ran.results) == (0, {"reef": "applied"})
    assert "could not be pushed to origin" in ran.err
    assert f"git push origin {REF}:{REF}" in ran.err
    assert Repo(origin.path).git("for-each-ref", REF) == ""


def test_what_could_not_be_pushed_is_pushed_by_a_run_with_nothing_to_write(
    studio, origin, tmp_path
):
    machine(studio, tmp_path / "job", origin=origin)
    studio.repo.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    studio.apply("reef.md")
    studio.repo.git("remote", "set-url", "origin", str(origin.path))
    ran = studio.apply("reef.md")
    assert (ran.results, ran.err) == ({"reef": "unchanged"}, "")
    assert tip(origin) == tip(studio.repo)


def test_a_partial_clone_gets_the_texts_of_the_snapshots(studio, origin, tmp_path):
    machine(studio, tmp_path / "job", origin=origin)
    studio.apply("--on-drift", "overwrite")
    origin.git("config", "uploadpack.allowFilter", "true")
    studio.repo = origin.clone(tmp_path / "partial", "--filter=blob:none")
    studio.repo.git("config", "protocol.file.allow", "always")
    ran = studio.rollback()
    assert (ran.code, ran.results["hero"]) == (0, "applied")
    assert studio.texts["hero"] == EDITED


def test_a_plan_pushes_nothing(studio, origin, tmp_path):
    machine(studio, tmp_path / "job", origin=origin)
    assert studio.plan("--on-drift", "overwrite").code == 0
    assert origin.git("for-each-ref", REF) == ""


def test_history_knows_the_runs_of_other_machines(studio, origin, tmp_path):
    machine(studio, tmp_path / "job", origin=origin)
    studio.apply("reef.md")
    machine(studio, tmp_path / "another", origin=origin)
    assert len(studio.sync("history", "--format", "json").json["runs"]) == 1
