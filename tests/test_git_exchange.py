from dataclasses import replace
from datetime import timedelta

import pytest
from repositories import Repo, make_hermetic
from test_git_snapshots import (
    LATER,
    RUN,
    TARGET,
    held_files,
    recorded,
    snapshots_of,
    update,
    written,
)

from sync.errors import GitError
from sync.git import SnapshotStore, WrittenText, fetch_snapshots, push_snapshots


@pytest.fixture(autouse=True)
def _hermetic(monkeypatch):
    make_hermetic(monkeypatch)


@pytest.fixture
def origin(tmp_path):
    return Repo.create(tmp_path / "origin", "--bare")


@pytest.fixture
def machines(origin, tmp_path):
    """Two repositories that share a remote named origin."""
    repos = [Repo.create(tmp_path / name) for name in ("one", "two")]
    for repo in repos:
        repo.git("remote", "add", "origin", str(origin.path))
    return repos


def tips(*repos):
    return {snapshots_of(repo).find_tip() for repo in repos}


def test_snapshots_travel_through_the_remote(machines):
    one, two = map(snapshots_of, machines)
    fetch_snapshots(two, "origin")
    push_snapshots(two, "origin")
    assert two.find_tip() is None
    one.record_before(RUN, [update("a", "old\r\n", "new")])
    push_snapshots(one, "origin")
    fetch_snapshots(two, "origin")
    one.record_after(RUN, {"a": written("new")})
    push_snapshots(one, "origin")
    fetch_snapshots(two, "origin")
    assert two.list_runs() == one.list_runs()
    assert two.read_run(RUN.id) == one.read_run(RUN.id)


def test_what_both_recorded_is_merged_not_lost(machines):
    one, two = map(snapshots_of, machines)
    one.record_before(RUN, [update(model, "old", "new") for model in "abc"])
    push_snapshots(one, "origin")
    fetch_snapshots(two, "origin")
    one.record_after(
        RUN, {"a": written("one"), "b": WrittenText("one", "altered"), "c": written("")}
    )
    two.record_after(LATER, {"b": written("two"), "d": written("two")})
    push_snapshots(one, "origin")
    push_snapshots(two, "origin")
    fetch_snapshots(one, "origin")
    assert len(tips(*machines)) == 1
    for repo in machines:
        assert held_files(repo) == {
            "texts/a.md": b"one",
            "texts/b.md": b"two",
            "texts/d.md": b"two",
        }
    assert one.find_last_writes() == two.find_last_writes()
    assert one.find_last_writes() == {
        "a": recorded("one"),
        "b": recorded("two"),
        "c": recorded(""),
        "d": recorded("two"),
    }


def test_of_two_texts_the_newer_stays_whichever_side_merges(machines):
    one, two = map(snapshots_of, machines)
    one.record_after(LATER, {"a": WrittenText("newer", "altered")})
    two.record_after(RUN, {"a": written("older"), "b": written("only here")})
    push_snapshots(one, "origin")
    push_snapshots(two, "origin")
    assert held_files(machines[1]) == {
        "texts/a.md": b"altered",
        "sent/a.md": b"newer",
        "texts/b.md": b"only here",
    }


def test_three_machines_end_with_the_same_history(origin, machines, tmp_path):
    repos = [*machines, Repo.create(tmp_path / "three")]
    repos[2].git("remote", "add", "origin", str(origin.path))
    for number, repo in enumerate(repos):
        run = replace(RUN, id=f"run-{number}", time=RUN.time + timedelta(minutes=number))
        snapshots_of(repo).record_before(run, [update("a", f"text {number}", "new")])
        push_snapshots(snapshots_of(repo), "origin")
    for repo in repos:
        fetch_snapshots(snapshots_of(repo), "origin")
    assert len(tips(*repos)) == 1
    ids = [run.id for run in snapshots_of(repos[0]).list_runs()]
    assert ids == ["run-2", "run-1", "run-0"]


def test_a_shallow_clone_gets_the_whole_history_of_the_snapshots(origin, machines, tmp_path):
    machines[0].committed({"descriptions/a.md": "A\n"})
    machines[0].committed({"descriptions/a.md": "B\n"})
    machines[0].git("push", "--quiet", "origin", "main")
    one = snapshots_of(machines[0])
    one.record_before(RUN, [update("a", "old", "new")])
    one.record_after(RUN, {"a": written("new")})
    push_snapshots(one, "origin")
    shallow = snapshots_of(origin.clone(tmp_path / "shallow", "--depth=1"))
    fetch_snapshots(shallow, "origin")
    assert shallow.read_run(RUN.id) == one.read_run(RUN.id)
    shallow.record_before(LATER, [update("a", "new", "newer")])
    push_snapshots(shallow, "origin")
    fetch_snapshots(one, "origin")
    assert one.list_runs() == shallow.list_runs()


def test_each_target_is_exchanged_on_its_own(machines):
    one, two = map(snapshots_of, machines)
    staging = SnapshotStore(one.repository, replace(TARGET, name="staging"))
    staging.record_before(replace(RUN, target="staging"), [update("a", "old", "new")])
    push_snapshots(staging, "origin")
    fetch_snapshots(two, "origin")
    assert two.find_tip() is None


@pytest.mark.parametrize("remote", ["nowhere", "--upload-pack=touch stolen"])
def test_a_remote_that_cannot_be_reached_is_an_error_with_the_command(machines, remote):
    snapshots = snapshots_of(machines[0])
    snapshots.record_before(RUN, [update("a", "old", "new")])
    for exchange, done in ((push_snapshots, "pushed to"), (fetch_snapshots, "fetched from")):
        with pytest.raises(GitError, match=f"could not be {done}") as caught:
            exchange(snapshots, remote)
        assert f"`git push {remote} {snapshots.ref}:{snapshots.ref}`" in caught.value.hint
    assert not (machines[0].path / "stolen").exists()


def test_a_remote_that_refuses_is_an_error_and_nothing_is_lost(origin, machines):
    hook = origin.write("hooks/pre-receive", "#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    snapshots = snapshots_of(machines[0])
    before = snapshots.record_before(RUN, [update("a", "old", "new")])
    with pytest.raises(GitError, match="pre-receive hook declined"):
        push_snapshots(snapshots, "origin")
    assert snapshots.find_tip() == before


def lock(repo, folder=""):
    repo.git("config", "core.filesRefLockTimeout", "0")
    repo.write(f"{folder}refs/description-sync/production.lock", "")


def test_a_remote_whose_ref_stays_locked_is_given_up(origin, machines):
    snapshots = snapshots_of(machines[0])
    before = snapshots.record_before(RUN, [update("a", "old", "new")])
    lock(origin)
    with pytest.raises(GitError, match=r"\[remote rejected\] \(failed to update ref\)"):
        push_snapshots(snapshots, "origin")
    assert snapshots.find_tip() == before


def test_a_ref_of_ours_that_stays_locked_is_given_up(machines):
    one, two = map(snapshots_of, machines)
    one.record_before(RUN, [update("a", "old", "new")])
    push_snapshots(one, "origin")
    lock(machines[1], ".git/")
    with pytest.raises(GitError, match="could not be merged with that of origin"):
        fetch_snapshots(two, "origin")
    assert two.find_tip() is None


def test_a_damaged_remote_is_an_error(origin, machines):
    one, two = map(snapshots_of, machines)
    one.record_before(RUN, [update("a", "old", "new")])
    push_snapshots(one, "origin")
    tree = origin.git("rev-parse", f"{one.ref}^{{tree}}").strip()
    (origin.path / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(GitError, match="could not be fetched from origin"):
        fetch_snapshots(two, "origin")


def test_a_password_in_the_remote_s_address_is_not_shown(machines):
    snapshots = snapshots_of(machines[0])
    url = "https://ada:secret@127.0.0.1:1/repo.git"
    machines[0].git("remote", "set-url", "origin", url)
    with pytest.raises(GitError) as caught:
        fetch_snapshots(snapshots, "origin")
    assert "secret" not in caught.value.message + caught.value.hint


# --- settings and servers that get in the way ---

MIRROR_FETCH = "+refs/description-sync/*:refs/description-sync/*"


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"remote.origin.fetch": MIRROR_FETCH}, id="a refspec that forces our ref"),
        pytest.param({"remote.origin.fetch": "+refs/*:refs/*"}, id="a refspec for every ref"),
        pytest.param({"remote.origin.mirror": "true"}, id="a mirror"),
        pytest.param({"remote.origin.prune": "true", "fetch.prune": "true"}, id="pruning"),
        pytest.param({"push.recurseSubmodules": "only"}, id="pushing submodules only"),
        pytest.param({"push.followTags": "true", "push.default": "nothing"}, id="other defaults"),
    ],
)
def test_no_setting_of_a_clone_makes_two_machines_lose_a_run(machines, settings):
    for repo in machines:
        for key, value in settings.items():
            repo.git("config", "--add", key, value)
    one, two = map(snapshots_of, machines)
    one.record_before(RUN, [update("a", "old", "new")])
    two.record_before(LATER, [update("b", "old", "new")])
    push_snapshots(one, "origin")
    mine = two.find_tip()
    assert fetch_snapshots(two, "origin")
    assert {run.id for run in two.list_runs()} == {RUN.id, LATER.id}
    assert machines[1].git("merge-base", "--is-ancestor", mine, two.ref) == ""
    push_snapshots(two, "origin")
    assert not fetch_snapshots(one, "origin")
    assert {run.id for run in one.list_runs()} == {RUN.id, LATER.id}
    assert len(tips(*machines)) == 1


def test_a_remote_that_says_yes_and_keeps_nothing_is_an_error(origin, machines):
    hook = origin.write(
        "hooks/post-receive", "#!/bin/sh\nwhile read _ _ ref; do git update-ref -d $ref; done\n"
    )
    hook.chmod(0o755)
    snapshots = snapshots_of(machines[0])
    before = snapshots.record_before(RUN, [update("a", "old", "new")])
    with pytest.raises(GitError, match="not there afterwards"):
        push_snapshots(snapshots, "origin")
    assert snapshots.find_tip() == before


def test_what_another_machine_pushed_right_after_us_does_not_hide_our_commits(origin, machines):
    one, two = map(snapshots_of, machines)
    one.record_before(RUN, [update("a", "old", "new")])
    git = f"git -C {machines[1].path}"
    hook = origin.write(
        "hooks/post-receive",
        "#!/bin/sh\nunset $(git rev-parse --local-env-vars)\nrm hooks/post-receive\n"
        f"{git} fetch --quiet origin {two.ref}\n"
        f"tree=$({git} rev-parse FETCH_HEAD^{{tree}})\n"
        f"more=$({git} commit-tree -p FETCH_HEAD -m more $tree)\n"
        f"{git} push --quiet origin $more:{two.ref}\n",
    )
    hook.chmod(0o755)
    push_snapshots(one, "origin")
    assert origin.git("log", "-1", "--format=%s", one.ref) == "more\n"
    assert one.list_runs()[0].id == RUN.id


def test_commits_are_looked_for_where_they_were_pushed_to(origin, machines, tmp_path):
    elsewhere = Repo.create(tmp_path / "elsewhere", "--bare")
    machines[0].git("remote", "set-url", "--push", "origin", str(elsewhere.path))
    snapshots = snapshots_of(machines[0])
    before = snapshots.record_before(RUN, [update("a", "old", "new")])
    push_snapshots(snapshots, "origin")
    assert elsewhere.git("rev-parse", snapshots.ref).strip() == before
    assert origin.git("for-each-ref", snapshots.ref) == ""


def test_what_a_remote_brought_is_in_the_reflog_of_the_ref(machines):
    one, two = map(snapshots_of, machines)
    one.record_before(RUN, [update("a", "old", "new")])
    push_snapshots(one, "origin")
    fetch_snapshots(two, "origin")
    assert (
        machines[1].git("reflog", "show", "--format=%gs", two.ref) == "description-sync: fetched\n"
    )
