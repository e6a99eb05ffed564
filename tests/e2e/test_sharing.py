"""Snapshots that travel with a git remote, so that machines that come and go lose nothing."""

import sys

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
    assert studio.apply("reef.md").code == 1
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


# --- what is claimed before a run ---


@pytest.mark.usefixtures("origin")
def test_a_plan_and_a_pull_say_that_the_snapshots_of_others_could_not_be_fetched(studio, tmp_path):
    assert studio.plan().json["notes"] == []
    studio.repo.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    page = tmp_path / "plan.md"
    plan = studio.plan("--report", f"markdown={page}")
    (note,) = plan.json["notes"]
    assert "could not be fetched from origin" in note
    assert note in page.read_text()
    assert studio.sync("pull", "--format", "json").json["notes"] == [note]


@pytest.mark.parametrize(
    ("snapshots", "depth", "place"),
    [
        ({"snapshots": {"push": "origin"}}, "9", ", here and on origin."),
        ({}, "9", ", in this clone only."),
        ({}, "1", ", in this clone only, which is temporary."),
    ],
)
def test_a_plan_says_where_a_replaced_text_will_be_kept(studio, origin, snapshots, depth, place):
    studio.configure(config=snapshots)
    studio.commit()
    studio.repo.git("push", "--quiet", "origin", "main")
    studio.repo = origin.clone(origin.path.with_name("clone"), f"--depth={depth}")
    studio.repo.git("config", "protocol.file.allow", "always")
    out = " ".join(studio.sync("plan", "--on-drift", "overwrite").out.split())
    assert f"will be kept on `{REF}`{place}" in out


# --- a remote that does not take the snapshots ---

V1, V2 = "Rope, first text\n", "Rope, second text\n"


HOOKS = {
    "rejecting everything": ("pre-receive", "exit 1"),
    "protecting the ref": ("update", 'case "$1" in refs/description-sync/*) exit 1;; esac'),
    "keeping nothing": ("post-receive", "while read _ _ ref; do git update-ref -d $ref; done"),
}


@pytest.fixture(params=["unreachable", *HOOKS])
def job(request, studio, origin, tmp_path):
    """A CI job's clone whose remote does not take the snapshots, and three texts to be replaced.

    `hero` was edited in the web app, `reef` has no text, `rope` has the text of an older commit.
    """
    studio.remote({"hero": EDITED, "reef": None, "rope": V1})
    studio.repo = origin.clone(tmp_path / "author")
    studio.commit({"rope.md": V1})
    studio.commit({"rope.md": V2})
    studio.repo.git("push", "--quiet", "origin", "main")
    machine(studio, tmp_path / "job", origin=origin)
    if request.param == "unreachable":
        studio.repo.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    else:
        name, script = HOOKS[request.param]
        origin.write(f"hooks/{name}", f"#!/bin/sh\n{script}\n").chmod(0o755)
    return studio


def test_only_a_text_that_shared_history_has_is_replaced_if_sharing_fails(job, tmp_path):
    metrics, page = tmp_path / "run.prom", tmp_path / "run.md"
    ran = job.apply(
        *("--on-drift", "overwrite", "--metrics", metrics, "--report", f"markdown={page}")
    )
    assert ran.code == 5
    assert ran.results == {"hero": "refused", "reef": "applied", "rope": "applied"}
    assert job.texts == {"hero": EDITED, "reef": "Reef\n", "rope": V2}
    assert "--allow-unshared" in ran.reasons["hero"]
    kept = ran.json["kept"]
    assert (kept["ref"], kept["shared"], kept["remote"]) == (REF, False, "origin")
    assert "could not be pushed to origin" in kept["failure"]
    assert "could not be pushed to origin" in page.read_text()
    measured = metrics.read_text()
    assert 'results{command="apply",target="production",result="refused"} 1' in measured
    assert 'snapshots_shared{command="apply",target="production"} 0' in measured
    assert "last_success" not in measured


def test_a_remote_that_takes_no_push_is_warned_of_once_and_not_said_to_be_unread(studio, origin):
    name, script = HOOKS["rejecting everything"]
    origin.write(f"hooks/{name}", f"#!/bin/sh\n{script}\n").chmod(0o755)
    for note in (False, True):
        ran = studio.sync("apply", "--yes", "reef.md")
        assert ran.code == 1
        assert ran.err.count("could not be pushed to origin") == 1
        said = " ".join(ran.out.split())
        assert ("what earlier runs recorded in this clone could not be pushed" in said) == note
        assert "could not be fetched" not in said


def test_a_text_that_was_refused_is_no_safe_one_to_replace_later(job):
    job.apply("--on-drift", "overwrite")
    assert job.plan("hero.md").change("hero")["state"] == "drift"


def test_a_run_whose_snapshots_could_not_be_shared_fails_though_all_was_written(job):
    ran = job.apply("reef.md")
    assert (ran.code, ran.results) == (1, {"reef": "applied"})
    assert ran.json["kept"]["shared"] is False
    assert f"git push origin {REF}:{REF}" in ran.json["kept"]["failure"]
    again = job.apply("reef.md")
    assert (again.code, again.results) == (1, {"reef": "unchanged"})
    assert again.json["kept"]["shared"] is False


def test_texts_are_replaced_without_a_lasting_copy_if_that_is_asked_for(job):
    ran = job.apply("--on-drift", "overwrite", "--allow-unshared")
    assert (ran.code, ran.results["hero"]) == (1, "applied")
    assert job.snapshot("hero").decode() == "Hero\n"
    assert job.snapshot("hero", commit=f"{REF}~1").decode() == EDITED


def test_a_rollback_replaces_only_what_shared_history_has(job):
    job.apply("--on-drift", "overwrite", "--allow-unshared")
    job.store.write_text("reef", "Reef, edited since\n")
    ran = job.rollback("--on-drift", "overwrite")
    assert ran.results == {"hero": "applied", "reef": "refused", "rope": "applied"}
    assert job.texts == {"hero": EDITED, "reef": "Reef, edited since\n", "rope": V1}


def test_a_text_of_a_commit_that_nobody_has_pushed_is_not_replaced(job):
    mine = "Written here, never pushed\n"
    job.commit({"rope.md": mine})
    job.store.write_text("rope", mine)
    job.commit({"rope.md": V2})
    assert job.plan("rope.md").states == {"rope": "update"}
    assert job.apply("rope.md").results == {"rope": "refused"}
    assert job.texts["rope"] == mine


def test_doctor_tries_a_push(job):
    checks = job.sync("doctor", "--format", "json").json["checks"]
    (push,) = [each for each in checks if each["subject"] == "snapshots.push"]
    assert push["level"] == "fail"
    assert "origin" in push["message"]


def test_doctor_tries_no_text_on_a_model_whose_own_text_could_not_be_shared(job):
    ran = job.sync("doctor", "--model", "hero", "--yes", "--format", "json")
    assert ran.code == 1
    assert job.requests.get("PUT", 0) == 0
    assert job.texts["hero"] == EDITED


def test_doctor_is_content_with_a_remote_that_takes_a_push(studio, origin, tmp_path):
    machine(studio, tmp_path / "job", origin=origin)
    checks = studio.sync("doctor", "--format", "json").json["checks"]
    assert [each["level"] for each in checks if each["subject"] == "snapshots.push"] == ["ok"]
    assert tip(origin) == tip(studio.repo)
    assert studio.sync("history", "--format", "json").json["runs"] == []


def test_a_replaced_text_is_on_the_remote_before_the_first_write(studio, origin, tmp_path):
    machine(studio, tmp_path / "job", origin=origin)
    seen = []
    write = studio.store.write_text

    def write_and_look(model, text, **field):
        seen.append(origin.git("cat-file", "blob", f"{REF}:texts/hero.md"))
        write(model, text, **field)

    studio.store.write_text = write_and_look
    ran = studio.apply("hero.md", "--on-drift", "overwrite")
    assert seen == [EDITED]
    assert (ran.code, ran.json["kept"]["shared"]) == (0, True)


# --- a clone that does not last ---


@pytest.fixture(params=["a CI job", "a shallow clone"])
def fleeting(request, studio, tmp_path, monkeypatch):
    """A clone that does not last, without `snapshots.push`."""
    studio.remote({"hero": EDITED, "reef": None})
    studio.commit({"hero.md": "Hero, at first\n", "reef.md": "Reef\n"})
    studio.commit({"hero.md": "Hero\n"})
    options = ["--depth=1"] if request.param == "a shallow clone" else []
    studio.repo = studio.repo.clone(tmp_path / "clone", *options)
    if not options:
        monkeypatch.setenv("CI", "true")
    return studio


def test_drift_is_not_overwritten_on_the_strength_of_a_clone_that_disappears(fleeting):
    ran = fleeting.apply("--on-drift", "overwrite")
    assert (ran.code, ran.results) == (5, {"hero": "refused", "reef": "applied"})
    assert fleeting.texts == {"hero": EDITED, "reef": "Reef\n"}
    assert "--allow-unshared" in ran.reasons["hero"]
    assert ran.json["kept"]["shared"] is None
    ran = fleeting.apply("--on-drift", "overwrite", "--allow-unshared")
    assert (ran.code, ran.results["hero"]) == (0, "applied")


def test_nothing_is_promised_that_a_clone_that_disappears_cannot_keep(fleeting):
    created = fleeting.sync("apply", "--yes", "reef.md").out
    assert "rollback" not in created
    assert "eplaced" not in created
    options = ("--on-drift", "overwrite", "--allow-unshared")
    replaced = " ".join(fleeting.sync("apply", "--yes", "hero.md", *options).out.split())
    assert "rollback" not in replaced
    assert "in this clone only, which is temporary" in replaced


def test_an_older_text_is_replaced_in_a_ci_job_without_a_word(studio, tmp_path, monkeypatch):
    studio.remote({"hero": "Hero, at first\n"})
    studio.commit({"hero.md": "Hero, at first\n"})
    studio.commit({"hero.md": "Hero\n"})
    studio.repo = studio.repo.clone(tmp_path / "clone")
    monkeypatch.setenv("CI", "true")
    assert (studio.apply().code, studio.texts["hero"]) == (0, "Hero\n")


def test_a_report_says_where_the_replaced_texts_are(studio, origin, tmp_path):
    machine(studio, tmp_path / "job", origin=origin)
    ran = studio.sync("apply", "--yes", "hero.md", "--on-drift", "overwrite")
    assert "here and on origin" in " ".join(ran.out.split())
    assert "no text to replace" not in ran.out
    studio.configure()
    studio.store.write_text("hero", "Edited again")
    ran = studio.sync("apply", "--yes", "hero.md", "--on-drift", "overwrite", "--allow-dirty")
    assert "in this clone only" in " ".join(ran.out.split())
    assert "rollback" in ran.out


# --- machines that race ---


@pytest.mark.parametrize("moment", ["pre-receive", "post-receive"])
def test_racing_machines_with_a_fetch_refspec_for_the_ref_lose_no_run(
    studio, origin, tmp_path, moment
):
    for name in ("two", "one"):
        machine(studio, tmp_path / name, origin=origin)
        studio.repo.git(
            *("config", "--add", "remote.origin.fetch"),
            "+refs/description-sync/*:refs/description-sync/*",
        )
    # While one shares what it is about to replace, two does a whole run.
    script = (
        f"#!/bin/sh\nrm hooks/{moment}\n"
        "unset GIT_QUARANTINE_PATH $(git rev-parse --local-env-vars)\n"
        f"cd {tmp_path / 'two'} && {sys.executable} -m sync apply --yes reef.md >&2\n"
    )
    origin.write(f"hooks/{moment}", script).chmod(0o755)
    ran = studio.apply("hero.md", "--on-drift", "overwrite")
    assert (ran.code, ran.json["kept"]["shared"]) == (0, True)
    assert studio.texts == {"hero": "Hero\n", "reef": "Reef\n"}
    for repo in (Repo(tmp_path / "two"), studio.repo, origin.clone(tmp_path / "three")):
        studio.repo = repo
        runs = studio.sync("history", "--format", "json").json["runs"]
        assert [bool(run["snapshot"]["after"]) for run in runs] == [True, True]
        assert not studio.lacks({EDITED})


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


# --- a ref that others move ---


def told_of_dropped_runs(studio):
    """What history and doctor say of runs that the ref lacks, which is the same."""
    note = [each for each in studio.sync("history").out.split("\n  · ") if "lacks" in each]
    checks = studio.sync("doctor", "--format", "json").json["checks"]
    found = [each for each in checks if each["subject"] == "dropped runs"]
    assert len(note) == len(found)
    return found[0] if found else None


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("fetch", "--quiet", "origin", f"+{REF}:{REF}"), id="forced fetch"),
        pytest.param(("fetch", "--quiet", "origin", "+refs/*:refs/*", "-u"), id="mirror"),
    ],
)
def test_runs_that_a_forced_fetch_dropped_are_named_and_can_be_restored(
    studio, origin, tmp_path, words
):
    machine(studio, tmp_path / "one", origin=origin)
    studio.apply("reef.md")
    studio.repo.git("remote", "set-url", "--push", "origin", str(tmp_path / "nowhere"))
    run = studio.apply("--on-drift", "overwrite", "--allow-unshared").json["snapshot"]["run"]
    assert told_of_dropped_runs(studio) is None
    studio.repo.git(*words)
    told = told_of_dropped_runs(studio)
    assert run in told["message"]
    assert studio.lacks({EDITED})
    studio.repo.git(*told["advice"].split("`")[1].split()[1:])
    assert told_of_dropped_runs(studio) is None
    assert studio.rollback(run, "--allow-unshared").code in (0, 1)
    assert studio.texts["hero"] == EDITED


def test_runs_of_a_ref_that_was_deleted_are_named(studio):
    studio.remote({"reef": None})
    studio.commit({"reef.md": "Reef\n"})
    run = studio.apply().json["snapshot"]["run"]
    studio.repo.git("update-ref", "-d", REF)
    assert run in told_of_dropped_runs(studio)["message"]


def test_runs_for_another_project_are_not_called_dropped(studio):
    studio.remote({"reef": None})
    studio.commit({"reef.md": "Reef\n"})
    assert studio.apply().code == 0
    studio.configure(project_id="proj_saltlight")
    studio.commit()
    assert told_of_dropped_runs(studio) is None
