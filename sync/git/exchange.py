"""Share the snapshots with a git remote: fetch, merge and push the snapshot ref."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.errors import GitError
from sync.git.commits import Blob, Commit, write_commit
from sync.git.process import decode_printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.git.snapshots import SnapshotStore

ATTEMPTS = 5
# `git push --porcelain` prints one of these if somebody else has pushed in the meantime.
PUSH_RACE_SIGNS = ("[rejected]", "cannot lock ref", "failed to update ref", "incorrect old value")


def fetch_snapshots(snapshots: SnapshotStore, remote: str) -> bool:
    """Fetch the remote's snapshots and merge them with ours.

    Returns True if we have snapshots that the remote does not have. Raises GitError if the remote
    cannot be read, or if other runs move the ref all the time.
    """
    for _ in range(ATTEMPTS):
        theirs = _fetch_tip(snapshots, remote)
        if theirs is None or _merge_tip(snapshots, theirs):
            return snapshots.find_tip() != theirs
    raise GitError(
        f"{snapshots.ref} could not be merged with that of {remote}: others move it.",
        hint="Try again when no other run is under way.",
    )


def push_snapshots(snapshots: SnapshotStore, remote: str) -> None:
    """Push our snapshots to the remote; if others have pushed meanwhile, merge and try again.

    Raises GitError if the remote refuses them.
    """
    if snapshots.find_tip() is None:
        return
    ref = snapshots.ref
    # `--no-verify` skips the user's pre-push hook: hooks are meant for branches, not for this ref.
    command = ("push", "--quiet", "--porcelain", "--no-verify", "--", remote, f"{ref}:{ref}")
    for _ in range(ATTEMPTS):
        answer = snapshots.repository.git.run_command(*command, online=True)
        if answer.exit_code == 0:
            return
        refusal = next((line for line in answer.stdout.split(b"\n") if line.startswith(b"!")), b"")
        complaint = decode_printable(refusal).replace("\t", " ") or answer.stderr
        if not any(sign in complaint for sign in PUSH_RACE_SIGNS):
            break
        fetch_snapshots(snapshots, remote)
    raise _make_exchange_error("pushed to", snapshots, remote=remote, complaint=complaint)


def _fetch_tip(snapshots: SnapshotStore, remote: str) -> str | None:
    """Fetch the remote's snapshots and return their last commit, or None if it has none."""
    git = snapshots.repository.git
    listed = git.run_command("ls-remote", "--", remote, snapshots.ref, online=True)
    if listed.exit_code:
        raise _make_exchange_error(
            "fetched from", snapshots, remote=remote, complaint=listed.stderr
        )
    theirs = decode_printable(listed.stdout).partition("\t")[0]
    if not theirs or snapshots.repository.find_commit(theirs):
        return theirs or None
    # With all texts, be it into a clone that leaves out those of its branches.
    command = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-filter", "--")
    fetched = git.run_command(*command, remote, snapshots.ref, online=True)
    if fetched.exit_code:
        raise _make_exchange_error(
            "fetched from", snapshots, remote=remote, complaint=fetched.stderr
        )
    return theirs


def _merge_tip(snapshots: SnapshotStore, theirs: str) -> bool:
    """Bring their tip into our ref; return False if another process moved our ref meanwhile."""
    git, ours = snapshots.repository.git, snapshots.find_tip()
    if ours and _contains_commit(snapshots, theirs, within=ours):
        return True
    if ours is None or _contains_commit(snapshots, ours, within=theirs):
        old = ours or "0" * len(theirs)
        return git.run_command("update-ref", snapshots.ref, theirs, old).exit_code == 0
    return (
        write_commit(git, snapshots.ref, commit=_merge_histories(snapshots, ours, theirs=theirs))
        is not None
    )


def _contains_commit(snapshots: SnapshotStore, commit: str, *, within: str) -> bool:
    answer = snapshots.repository.git.run_command("merge-base", "--is-ancestor", commit, within)
    return answer.exit_code == 0


@dataclass(frozen=True, slots=True)
class _SnapshotSide:
    """The files of one side of a merge, grouped by file name, that is by model.

    `time` is in seconds since 1970. `files` maps a file name to its paths and their blobs.
    """

    time: int
    files: Mapping[str, Mapping[str, str]]


def _merge_histories(snapshots: SnapshotStore, ours: str, *, theirs: str) -> Commit:
    """Return a commit that merges both histories.

    If both sides changed a model, the side with the newer commit wins. All files of a model come
    from the same side, so that a text and the text sent for it stay together.
    """
    answer = snapshots.repository.git.run_command("merge-base", ours, theirs)
    base = _read_side(snapshots, decode_printable(answer.stdout).strip() or None)
    mine, other = _read_side(snapshots, ours), _read_side(snapshots, theirs)
    changes: dict[str, Blob | None] = {}
    for name in sorted(mine.files.keys() | other.files.keys()):
        old, here, there = (side.files.get(name, {}) for side in (base, mine, other))
        if there not in (here, old) and (here == old or other.time > mine.time):
            changes |= dict.fromkeys(here.keys() - there.keys())
            changes |= {path: Blob(blob) for path, blob in there.items()}
    return Commit(
        f"Merge two histories of {snapshots.target}\n\nPhase: merge\n",
        datetime.fromtimestamp(max(mine.time, other.time), UTC),
        parents=[ours, theirs],
        changes=changes,
    )


def _read_side(snapshots: SnapshotStore, commit: str | None) -> _SnapshotSide:
    if commit is None:
        return _SnapshotSide(0, {})
    files: dict[str, dict[str, str]] = defaultdict(dict)
    for path, blob in snapshots.list_files(commit).items():
        files[path.partition("/")[2]][path] = blob
    time = snapshots.repository.git.read_line("show", "--no-patch", "--format=%ct", commit)
    return _SnapshotSide(int(time), files)


def _make_exchange_error(
    action: str, snapshots: SnapshotStore, *, remote: str, complaint: str
) -> GitError:
    failure = snapshots.repository.git.explain_failure(complaint)
    return GitError(
        f"The snapshots of {snapshots.target} could not be {action} {remote}: "
        f"{failure.message.removesuffix('.')}.",
        hint="What was recorded here is safe. To repeat it: "
        f"`git push {remote} {snapshots.ref}:{snapshots.ref}`, or run `description-sync apply` "
        "again, which merges both sides first, even with nothing to write.",
    )
