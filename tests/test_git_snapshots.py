import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from repositories import IDENTITY, Repo, make_hermetic

from sync.errors import GitError
from sync.git import (
    FolderHistory,
    PendingWrite,
    ReplacedText,
    Repository,
    RunInfo,
    SnapshotStore,
    WrittenText,
    make_run_id,
)
from sync.git.commits import Commit, write_commit
from sync.model import KnownText, LastWrite, RunRecord, Text, TextLookup

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=1)))
RUN = RunInfo("20261123-110000-3f2a", "apply --yes", "production", "c" * 40, NOON)
LATER = RunInfo("20261123-120000-77aa", "rollback", "production", None, NOON + timedelta(hours=1))


@pytest.fixture(autouse=True)
def _hermetic(monkeypatch):
    make_hermetic(monkeypatch)


@pytest.fixture
def repo(tmp_path):
    return Repo.create(tmp_path / "repo")


def snapshots_of(repo):
    return SnapshotStore(Repository.discover(repo.path), "production")


@pytest.fixture
def snapshots(repo):
    return snapshots_of(repo)


def sha256(text):
    return Text(text).sha256


def update(model, before, sent, *, path=None):
    return PendingWrite(model, path, "update", before, sha256(sent))


def written(text):
    return WrittenText(sent=text, held=text)


def recorded(text):
    return LastWrite(sent_sha256=sha256(text), held_sha256=sha256(text))


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
            "b": WrittenText(sent="<b>new</b>\n", held="new"),
            "c": written(""),
            "d": WrittenText(sent="new\n", held=None),
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
    snapshots.record_after(RUN, {"a": WrittenText(sent="sent", held="altered")})
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
        f"update props/two words%0a.md model_a.md {sha256('new')} -\n"
        f"create b.md model_b.md {sha256('B')} -\n\n"
        f"Run: {RUN.id}\nPhase: before\nSource-Commit: {'c' * 40}\nCommand: apply --yes\n\n"
        "Ada Painter <ada@studio.example> 2026-11-23T12:00:00+01:00\n"
        "apply production: 1 text written\n\n"
        f"altered model_a.md {sha256('new')} {sha256('NEW')}\n"
        f"unsure model_b.md {sha256('B')} -\n\n"
        f"Run: {RUN.id}\nPhase: after\nSource-Commit: {'c' * 40}\nCommand: apply --yes\n\n"
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
        sent_sha256=sha256("new"), held_sha256=None
    )


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        pytest.param("2026", "may be any of 20261123-120000-77aa, 20261123-110000-3f2a", id="two"),
        pytest.param("1999", 'No run "1999" is recorded for production', id="none"),
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
        "b": LastWrite(sent_sha256=sha256("B"), held_sha256=sha256("altered")),
        "c": recorded(""),
    }


def test_every_text_of_a_snapshot_is_known_to_git(snapshots):
    snapshots.record_before(RUN, [update("a", "---\nreplaced\n---\n", "sent")])
    snapshots.record_after(RUN, {"a": WrittenText("sent", "altered\r\n")})
    snapshots.record_after(LATER, {"a": written("B")})
    texts = ["---\nreplaced\n---", "sent", "altered", "B"]
    history = FolderHistory(snapshots.repository, "descriptions", None).find_texts(
        {text: TextLookup(None, sha256(text)) for text in [*texts, "other"]},
        digests=lambda _: [],
        deploy_branch=None,
        snapshot_ref=snapshots.ref,
    )
    assert history.texts == dict.fromkeys(texts, KnownText("snapshot"))


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
