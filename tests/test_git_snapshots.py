import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from repositories import IDENTITY, Repo, make_hermetic

from sync.errors import GitError
from sync.git import (
    PendingWrite,
    PulledText,
    ReplacedText,
    Repository,
    RunInfo,
    SnapshotStore,
    WrittenText,
    make_run_id,
)
from sync.git.commits import Commit, write_commit
from sync.model.known_texts import LastWrite
from sync.model.run_record import ForeignRuns, RunRecord
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text

TARGET = TargetIdentity("production", "https://api.test/v1", "proj_1")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=1)))
RUN = RunInfo("20261123-110000-3f2a", "apply --yes", "production", "c" * 40, NOON)
FOOT = "Command: apply --yes\nBase-URL: https://api.test/v1\nProject: proj_1\nConfig: config.yaml"
LATER = RunInfo("20261123-120000-77aa", "rollback", "production", None, NOON + timedelta(hours=1))


@pytest.fixture(autouse=True)
def _hermetic(monkeypatch):
    make_hermetic(monkeypatch)


@pytest.fixture
def repo(tmp_path):
    return Repo.create(tmp_path / "repo")


def snapshots_of(repo):
    return SnapshotStore(Repository.discover(repo.path), TARGET)


@pytest.fixture
def snapshots(repo):
    return snapshots_of(repo)


def sha256(text):
    return Text(text).sha256


def update(model, before, sent, *, path=None):
    return PendingWrite(model, path, "update", before, sha256(sent))


def written(text):
    return WrittenText(sent=text, stored=text)


def recorded(text):
    return LastWrite(sent_sha256=sha256(text), stored_sha256=sha256(text))


def held_files(repo):
    """The files at the tip of the ref, byte for byte."""
    ref = "refs/description-sync/production"
    paths = repo.git("ls-tree", "-r", "--name-only", ref).split()
    return {path: repo.raw("cat-file", "blob", f"{ref}:{path}") for path in paths}


# --- what a run leaves ---


def test_the_texts_before_a_run_are_kept_byte_for_byte(repo, snapshots):
    entries = [
        update("model_a", "no newline\r\n\r\nat the end  ", "A"),
        update("minimax/music", "\ufeffBOM\n", "B"),
        PendingWrite("model_new", "new.md", "create", None, sha256("N")),
    ]
    before = snapshots.record_before(RUN, entries)
    assert repo.git("rev-parse", snapshots.ref).strip() == before
    assert held_files(repo) == {
        "texts/model_a.md": b"no newline\r\n\r\nat the end  ",
        "texts/minimax%2fmusic.md": "\ufeffBOM\n".encode(),
    }


def test_after_a_run_the_ref_shows_what_the_server_held(repo, snapshots):
    snapshots.record_before(RUN, [update(m, f"old {m}", "new") for m in ("a", "b", "c", "d", "e")])
    snapshots.record_after(
        RUN,
        {
            "a": written("new\n"),
            "b": WrittenText(sent="<b>new</b>\n", stored="new"),
            "c": written(""),
            "d": WrittenText(sent="new\n", stored=None),
        },
    )
    assert held_files(repo) == {
        "texts/a.md": b"new\n",
        "texts/b.md": b"new",
        "sent/b.md": b"<b>new</b>\n",
        "texts/d.md": b"old d",
        "texts/e.md": b"old e",
    }


def test_what_was_sent_is_dropped_once_the_server_keeps_it(repo, snapshots):
    snapshots.record_before(RUN, [update("a", "old", "sent")])
    snapshots.record_after(RUN, {"a": WrittenText(sent="sent", stored="altered")})
    snapshots.record_after(LATER, {"a": written("kept")})
    assert held_files(repo) == {"texts/a.md": b"kept"}


def test_a_person_can_read_the_log(repo, snapshots):
    entries = [
        update("model_a", "old", "new", path="props/two words\n.md"),
        PendingWrite("model_b", "b.md", "create", None, sha256("B")),
    ]
    snapshots.record_before(RUN, entries)
    snapshots.record_after(
        RUN, {"model_a": WrittenText("new", "NEW"), "model_b": WrittenText("B", None)}
    )
    log = repo.git("log", "--reverse", "--format=%an <%ae> %cI%n%B", snapshots.ref)
    assert log == (
        "Ada Painter <ada@studio.example> 2026-11-23T12:00:00+01:00\n"
        "apply production: 2 to be written, 1 text to be replaced\n\n"
        f"update props/two words%0a.md model_a.md {sha256('new')} {sha256('old')}\n"
        f"create b.md model_b.md {sha256('B')} -\n\n"
        f"Run: {RUN.id}\nPhase: before\nSource-Commit: {'c' * 40}\n{FOOT}\n\n"
        "Ada Painter <ada@studio.example> 2026-11-23T12:00:00+01:00\n"
        "apply production: 1 text written\n\n"
        f"altered model_a.md {sha256('new')} {sha256('NEW')}\n"
        f"unsure model_b.md {sha256('B')} -\n\n"
        f"Run: {RUN.id}\nPhase: after\nSource-Commit: {'c' * 40}\n{FOOT}\n\n"
    )


def test_a_machine_without_an_identity_can_record(repo, snapshots):
    for key in IDENTITY:
        repo.git("config", "--unset", key)
    snapshots.record_before(RUN, [update("a", "old", "new")])
    author = repo.git("log", "-1", "--format=%an <%ae>", snapshots.ref)
    assert author == "description-sync <description-sync@localhost>\n"


def test_nothing_else_in_the_repository_moves(repo, snapshots):
    head = repo.committed({"descriptions/a.md": "A\n"})
    snapshots.record_before(RUN, [update("a", "old", "new")])
    assert repo.head() == head
    assert repo.git("status", "--porcelain") == ""


def test_a_sha_256_repository_keeps_snapshots(tmp_path):
    snapshots = snapshots_of(Repo.create(tmp_path / "repo", "--object-format=sha256"))
    before = snapshots.record_before(RUN, [update("a", "old", "new")])
    assert len(before) == 64
    assert snapshots.read_run(RUN.id)[1] == {"a": ReplacedText(None, "old", sha256("new"), None)}


def test_many_models_are_one_commit(repo, snapshots):
    models = [f"model_{number}" for number in range(300)]
    snapshots.record_before(RUN, [update(model, f"text of {model}", "new") for model in models])
    assert repo.git("rev-list", "--count", snapshots.ref) == "1\n"
    assert held_files(repo) == {f"texts/{m}.md": f"text of {m}".encode() for m in models}


# --- reading it back ---


def test_runs_are_listed_newest_first(snapshots):
    assert snapshots.list_runs() == []
    first = snapshots.record_before(
        RUN, [update("a", "old", "new"), PendingWrite("b", None, "create", None, sha256("B"))]
    )
    second = snapshots.record_after(RUN, {"a": written("new"), "b": written("B")})
    third = snapshots.record_before(LATER, [update("a", "new", "old")])
    assert snapshots.list_runs() == [
        RunRecord(LATER.id, LATER.time, "rollback", None, 1, 0, third, None),
        RunRecord(RUN.id, RUN.time, "apply --yes", "c" * 40, 1, 2, first, second),
    ]


def test_a_run_tells_what_it_replaced(snapshots):
    raw = "old\r\n\r\n"
    entries = [
        update("model_A", raw, "new", path="props/a lamp.md"),
        PendingWrite("b", "b.md", "create", None, sha256("B")),
        update("never sent", "x", "y"),
    ]
    snapshots.record_before(RUN, entries)
    snapshots.record_after(
        RUN, {"model_A": WrittenText("new", "altered"), "b": WrittenText("B", None)}
    )
    record, replaced = snapshots.read_run("20261123-11")
    assert record.id == RUN.id
    assert replaced == {
        "model_A": ReplacedText("props/a lamp.md", raw, sha256("new"), sha256("altered")),
        "b": ReplacedText("b.md", None, sha256("B"), None),
    }


def test_a_run_killed_before_its_end_may_have_written_everything(snapshots):
    before = snapshots.record_before(RUN, [update("a", "old", "new"), update("b", "x", "y")])
    record, replaced = snapshots.read_run(RUN.id)
    assert (record.before, record.after) == (before, None)
    assert replaced == {
        "a": ReplacedText(None, "old", sha256("new"), None),
        "b": ReplacedText(None, "x", sha256("y"), None),
    }
    assert snapshots.find_last_writes()["a"] == LastWrite(
        sent_sha256=sha256("new"), stored_sha256=None
    )


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        pytest.param(
            "2026", "can be any of these runs: 20261123-120000-77aa, 20261123-110000-3f2a", id="two"
        ),
        pytest.param("1999", 'no run "1999" is recorded for production', id="none"),
    ],
)
def test_a_run_that_cannot_be_told_is_an_error(snapshots, prefix, message):
    for run in (RUN, LATER):
        snapshots.record_before(run, [update("a", "old", "new")])
    with pytest.raises(GitError, match=message):
        snapshots.read_run(prefix)


def test_the_last_state_of_each_model_is_recorded(snapshots):
    assert snapshots.find_last_writes() == {}
    snapshots.record_before(RUN, [update(model, "old", "new") for model in "abcd"])
    snapshots.record_after(RUN, {model: written(f"new {model}") for model in "abc"})
    snapshots.record_before(LATER, [update("b", "new b", "B"), update("c", "new c", "")])
    snapshots.record_after(LATER, {"b": WrittenText("B", "altered"), "c": written("")})
    assert snapshots.find_last_writes() == {
        "a": recorded("new a"),
        "b": LastWrite(sent_sha256=sha256("B"), stored_sha256=sha256("altered")),
        "c": recorded(""),
    }


def hashes(*texts):
    return {sha256(text) for text in texts}


def test_every_text_that_a_run_replaced_or_wrote_is_known(snapshots):
    snapshots.record_before(RUN, [update("a", "---\nreplaced\n---\n", "sent")])
    snapshots.record_after(RUN, {"a": WrittenText("sent", "altered\r\n")})
    snapshots.record_after(LATER, {"a": written("B")})
    assert snapshots.find_sources_by_hash().keys() == hashes(
        "---\nreplaced\n---", "sent", "altered", "B"
    )


def test_a_text_that_a_run_left_in_place_is_not_known(snapshots):
    snapshots.record_before(RUN, [update("a", "replaced", "A"), update("b", "left", "B")])
    assert snapshots.find_sources_by_hash().keys() == hashes("replaced", "left")
    snapshots.record_after(RUN, {"a": written("A")})
    assert snapshots.find_sources_by_hash().keys() == hashes("replaced", "A")
    snapshots.record_before(LATER, [update("b", "left", "B")])
    snapshots.record_after(LATER, {"b": WrittenText("B", None)})
    assert snapshots.find_sources_by_hash().keys() == hashes("replaced", "A", "left")


# --- whose recordings they are ---

OTHERS = {
    "another server": replace(TARGET, base_url="https://other.test/v1"),
    "another project": replace(TARGET, project_id="proj_2"),
    "another config file": replace(TARGET, config="description-sync.yaml"),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_recordings_of_another_project_or_config_file_count_for_nothing(snapshots, other):
    theirs = replace(snapshots, target=other)
    assert theirs.ref == snapshots.ref
    theirs.record_before(RUN, [update("a", "old", "new")])
    theirs.record_after(RUN, {"a": written("new")})
    theirs.record_pull(LATER, [PulledText("b", "b.md", "web", sha256("b"), sha256("web"))])
    assert (snapshots.list_runs(), snapshots.find_last_writes()) == ([], {})
    assert (snapshots.find_sources_by_hash(), snapshots.list_pulls()) == ({}, {})
    assert snapshots.find_merge_bases(["a"], merged_pulls={}) == {}
    with pytest.raises(GitError, match="no run"):
        snapshots.read_run(RUN.id)
    mentioned = ForeignRuns(other.base_url, other.project_id, other.config, 1)
    assert snapshots.list_foreign_runs() == [mentioned]

    snapshots.record_before(LATER, [update("a", "mine", "new")])
    assert [run.id for run in snapshots.list_runs()] == [LATER.id]
    assert [run.id for run in theirs.list_runs()] == [RUN.id]


def forget_projects(repo, snapshots):
    """Rewrite the ref as early versions wrote it: without projects, and without old hashes."""
    lines = repo.git("log", "--format=%B", "-1", snapshots.ref).strip().split("\n")
    kept = [line for line in lines if not line.startswith(("Base-URL", "Project", "Config"))]
    if "Phase: before" in kept:
        kept = [re.sub(r" [0-9a-f]{64}$", " -", line) for line in kept]
    tree = repo.git("rev-parse", f"{snapshots.ref}^{{tree}}").strip()
    commit = repo.git("commit-tree", tree, "-m", "\n".join(kept)).strip()
    repo.git("update-ref", snapshots.ref, commit)


def test_recordings_of_early_versions_count_until_one_names_another_project(repo, snapshots):
    snapshots.record_before(RUN, [update("a", "old", "new")])
    forget_projects(repo, snapshots)
    theirs = replace(snapshots, target=OTHERS["another project"])
    for store in (snapshots, theirs):
        assert [run.id for run in store.list_runs()] == [RUN.id]
        assert store.find_sources_by_hash().keys() == hashes("old")
    snapshots.record_after(RUN, {"a": written("new")})
    assert snapshots.list_runs()[0].written == 1
    assert snapshots.list_foreign_runs() == []
    assert theirs.list_runs() == []
    assert theirs.list_foreign_runs() == [ForeignRuns(None, None, None, 1)]


@pytest.mark.parametrize(
    ("target", "config", "ref"),
    [
        pytest.param("production", "config.yaml", "production", id="in the root"),
        pytest.param("v1.2", "config.yaml", "v1%2e2", id="dots in the target"),
        pytest.param("production", "description-sync.yaml", "production", id="its other name"),
        pytest.param("production", "b.yaml", "production@b.yaml", id="another file in the root"),
        pytest.param("p", "teams/a/config.yaml", "p@teams/a/config.yaml", id="in a folder"),
        pytest.param("p", ".hidden/a..b.lock/c.", "p@%2ehidden/a%2e.b%2elock/c%2e", id="dots"),
        pytest.param(
            "p", "Zoë [1]/~x^:?*\\", "p@Zo%c3%ab%20%5b1%5d/%7ex%5e%3a%3f%2a%5c", id="signs"
        ),
    ],
)
def test_each_config_file_has_a_ref_of_its_own_that_git_takes(repo, target, config, ref):
    identity = TargetIdentity(target, "https://api.test/v1", config=config)
    assert identity.snapshot_ref == f"refs/description-sync/{ref}"
    store = SnapshotStore(Repository.discover(repo.path), identity)
    commit = store.record_before(RUN, [update("a", "old", "new")])
    assert repo.git("rev-parse", identity.snapshot_ref).strip() == commit


def test_refs_of_nested_folders_and_of_like_named_targets_stand_side_by_side(repo):
    names = [("a", "config.yaml"), ("a", "a/config.yaml"), ("a", "a/a/config.yaml"), ("b", "a")]
    for name, config in names:
        identity = TargetIdentity(name, "https://api.test/v1", config=config)
        SnapshotStore(Repository.discover(repo.path), identity).record_before(RUN, [])
    assert len(repo.git("for-each-ref", "refs/description-sync").splitlines()) == len(names)


def test_a_path_too_long_for_a_file_name_is_shortened_and_stays_its_own(repo):
    names = {("é" * 120 + end + "/config.yaml") for end in "ab"}
    refs = set()
    for config in names:
        identity = TargetIdentity("p", "https://api.test/v1", config=config)
        SnapshotStore(Repository.discover(repo.path), identity).record_before(RUN, [])
        refs.add(identity.snapshot_ref)
    assert len(refs) == 2


# --- a ref that is damaged ---


def damage(repo, kind):
    file = repo.path / ".git/refs/description-sync/production"
    match kind:
        case "garbage":
            file.write_text("garbage\n")
        case "empty":
            file.write_text("")
        case "missing":
            file.write_text("12" * 20 + "\n")
        case "a blob":
            file.write_text(repo.git("hash-object", "-w", "--stdin"))
        case "dangling":
            file.write_text("ref: refs/heads/nowhere\n")


@pytest.mark.parametrize("kind", ["garbage", "empty", "missing", "a blob", "dangling"])
def test_a_damaged_ref_is_an_error_with_its_cure_and_no_empty_history(repo, snapshots, kind):
    snapshots.record_before(RUN, [update("a", "old", "new")])
    last = snapshots.record_after(RUN, {"a": written("new")})
    damage(repo, kind)
    readings = (
        snapshots.find_tip,
        snapshots.list_runs,
        snapshots.find_last_writes,
        snapshots.find_sources_by_hash,
        snapshots.list_foreign_runs,
        lambda: snapshots.record_before(LATER, []),
    )
    for read in readings:
        with pytest.raises(GitError, match=f"{snapshots.ref} is damaged") as caught:
            read()
        assert f"git update-ref {snapshots.ref} {last}" in caught.value.hint
    (repo.path / ".git/refs/description-sync/production").unlink()
    repo.git("update-ref", snapshots.ref, last)
    assert [run.id for run in snapshots.list_runs()] == [RUN.id]


def test_a_history_with_a_commit_missing_is_an_error(repo, snapshots):
    first = snapshots.record_before(RUN, [update("a", "old", "new")])
    snapshots.record_after(RUN, {"a": written("new")})
    (repo.path / ".git/objects" / first[:2] / first[2:]).unlink(missing_ok=True)
    for pack in (repo.path / ".git/objects/pack").glob("*"):
        pack.unlink()
    with pytest.raises(GitError, match=f"{snapshots.ref} is damaged"):
        snapshots.list_runs()


def test_a_history_that_a_shallow_fetch_cut_off_is_an_error_with_its_cure(
    tmp_path, repo, snapshots
):
    snapshots.record_before(RUN, [update("a", "old", "new")])
    snapshots.record_after(RUN, {"a": written("new")})
    clone = Repo.create(tmp_path / "clone")
    clone.git("remote", "add", "origin", repo.path.as_uri())
    clone.git("config", "protocol.file.allow", "always")
    clone.git("fetch", "--quiet", "--depth=1", "origin", f"{snapshots.ref}:{snapshots.ref}")
    cut = snapshots_of(clone)
    with pytest.raises(GitError, match="incomplete") as caught:
        cut.list_runs()
    assert f"git fetch --unshallow REMOTE {cut.ref}" in caught.value.hint
    clone.git("fetch", "--quiet", "--unshallow", "origin", cut.ref)
    assert cut.list_runs() == snapshots.list_runs()


def test_each_recording_is_in_the_reflog_of_the_ref(repo, snapshots):
    commits = [snapshots.record_before(RUN, []), snapshots.record_after(RUN, {})]
    assert repo.git("reflog", "show", "--format=%H", snapshots.ref).split() == commits[::-1]


def test_run_ids_sort_by_time():
    times = [NOON, NOON + timedelta(seconds=1), NOON.replace(tzinfo=UTC)]
    ids = [make_run_id(time) for time in times]
    assert ids == sorted(ids)
    assert [each[:15] for each in ids] == ["20261123-110000", "20261123-110001", "20261123-120000"]


def test_commits_of_others_on_the_ref_tell_of_no_run(repo, snapshots):
    repo.committed({"texts/a.md": "by hand\n"}, message="A person was here\n\nWhy: not")
    repo.git("update-ref", snapshots.ref, "HEAD")
    before = snapshots.record_before(RUN, [])
    expected = RunRecord(RUN.id, RUN.time, RUN.command, RUN.source_commit, 0, 0, before, None)
    assert snapshots.list_runs() == [expected]
    assert held_files(repo) == {"texts/a.md": b"by hand\n"}


# --- two at once ---


def test_a_commit_is_not_put_on_a_ref_that_moved_from_under_it(snapshots):
    first = snapshots.record_before(RUN, [update("a", "old", "new")])
    second = snapshots.record_after(RUN, {"a": written("new")})
    git = snapshots.repository.git
    stale = [Commit("Stale", NOON, parents, {"texts/b.md": b"B"}) for parents in ([first], [])]
    assert [write_commit(git, snapshots.ref, commit=commit) for commit in stale] == [None, None]
    assert snapshots.find_tip() == second


def test_a_lock_that_a_killed_run_left_is_named(repo, snapshots):
    repo.git("config", "core.filesRefLockTimeout", "0")
    lock = repo.write(".git/refs/description-sync/production.lock", "")
    with pytest.raises(GitError, match="could not be moved") as caught:
        snapshots.record_before(RUN, [update("a", "old", "new")])
    assert str(lock) in caught.value.hint


def test_a_ref_that_git_refuses_is_git_s_own_complaint(snapshots):
    commit = Commit("Odd", NOON, [], {})
    with pytest.raises(GitError, match="git says: fatal"):
        write_commit(snapshots.repository.git, "refs/odd..name", commit=commit)


def test_two_runs_recording_at_once_lose_nothing(repo, snapshots):
    runs = [replace(RUN, id=f"run-{number}") for number in range(4)]

    def record(run):
        snapshots_of(repo).record_before(run, [update(f"model of {run.id}", run.id, "new")])

    threads = [threading.Thread(target=record, args=[run]) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {record.id for record in snapshots.list_runs()} == {run.id for run in runs}
    assert sorted(held_files(repo).values()) == sorted(run.id.encode() for run in runs)
