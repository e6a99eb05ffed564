from dataclasses import replace
from datetime import timedelta

import pytest
from repositories import Repo, make_hermetic
from test_git_snapshots import LATER, RUN, held_files, recorded, snapshots_of, update, written

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
    staging = SnapshotStore(one.repository, "staging")
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
