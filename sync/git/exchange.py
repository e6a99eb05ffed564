"""Share the snapshots with a git remote: fetch, merge and push the snapshot ref."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.errors import GitError
from sync.git.commits import REFLOG_OPTIONS, Blob, Commit, write_commit
from sync.git.process import decode_printable
from sync.git.remote_refs import fetch_ref, list_ref, parse_tip, push_ref

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.git.snapshots import SnapshotStore

ATTEMPTS = 5
# `git push --porcelain` prints one of these if somebody else has pushed in the meantime.
PUSH_RACE_SIGNS = ("[rejected]", "cannot lock ref", "failed to update ref", "incorrect old value")


def fetch_snapshots(snapshots: SnapshotStore, remote: str) -> bool:
    """Fetch the remote's snapshots and merge them with ours.

    Returns True if we have snapshots that the remote does not have. Raises GitError if the remote
    cannot be read, or if other runs move the ref all the time.
    """
    return _fetch_and_merge(snapshots, remote, place=remote)


def push_snapshots(snapshots: SnapshotStore, remote: str) -> None:
    """Push our snapshots to the remote; if others have pushed meanwhile, merge and try again.

    Returns only after the remote was asked again and has all of our commits. Raises GitError if
    the remote refuses them, or does not have them afterwards.
    """
    ours = snapshots.find_tip()
    if ours is None:
        return
    places = _find_push_places(snapshots, remote)
    for _ in range(ATTEMPTS):
        complaint = _push(snapshots, remote)
        if complaint and not _is_overtaken(snapshots, remote, complaint=complaint, places=places):
            break
        if not complaint and all(
            _has_commit(snapshots, ours, remote=remote, place=place) for place in places
        ):
            return
        complaint = complaint or "the push was accepted, but the commits are not there afterwards"
        for place in places:
            _fetch_and_merge(snapshots, remote, place=place)
    raise _make_exchange_error("pushed to", snapshots, remote=remote, complaint=complaint)


def _push(snapshots: SnapshotStore, remote: str) -> str:
    """Push the ref once; return git's complaint, empty if it has none."""
    refspec = f"{snapshots.ref}:{snapshots.ref}"
    answer = push_ref(snapshots.repository.git, remote, refspec, "--porcelain")
    if answer.exit_code == 0:
        return ""
    refusal = next((line for line in answer.stdout.split(b"\n") if line.startswith(b"!")), b"")
    return decode_printable(refusal).replace("\t", " ") or answer.stderr or "it did not say why"


def _is_overtaken(
    snapshots: SnapshotStore, remote: str, *, complaint: str, places: Sequence[str]
) -> bool:
    """Return True if another push came first, by the message of git or the present remote tip."""
    if any(sign in complaint for sign in PUSH_RACE_SIGNS):
        return True
    ours = snapshots.find_tip()
    try:
        tips = [_fetch_tip(snapshots, remote, place=place) for place in places]
    except GitError:  # the complaint about the push says more
        return False
    return any(tip and not (ours and _contains_commit(snapshots, tip, within=ours)) for tip in tips)


def _has_commit(snapshots: SnapshotStore, ours: str, *, remote: str, place: str) -> bool:
    theirs = _fetch_tip(snapshots, remote, place=place)
    return theirs is not None and _contains_commit(snapshots, ours, within=theirs)


def _fetch_and_merge(snapshots: SnapshotStore, remote: str, *, place: str) -> bool:
    for _ in range(ATTEMPTS):
        theirs = _fetch_tip(snapshots, remote, place=place)
        if theirs is None or _merge_tip(snapshots, theirs):
            return snapshots.find_tip() != theirs
    raise GitError(
        f"{snapshots.ref} could not be merged with that of {remote}: others move it.",
        hint="Try again when no other run is under way.",
    )


def _find_push_places(snapshots: SnapshotStore, remote: str) -> list[str]:
    """Return the addresses to push to: the remote itself, or its push URLs."""
    fetched, pushed = (
        snapshots.repository.git.run_command("remote", "get-url", *options, "--all", "--", remote)
        for options in ((), ("--push",))
    )
    if pushed.exit_code or pushed.stdout == fetched.stdout:
        return [remote]
    return decode_printable(pushed.stdout).splitlines()


def _fetch_tip(snapshots: SnapshotStore, remote: str, *, place: str) -> str | None:
    """Fetch the snapshots from a place of the remote; return their last commit, None if none."""
    git = snapshots.repository.git
    listed = list_ref(git, place, snapshots.ref)
    if listed.exit_code:
        raise _make_exchange_error(
            "fetched from", snapshots, remote=remote, complaint=listed.stderr
        )
    theirs = parse_tip(listed)
    if not theirs or snapshots.repository.find_commit(theirs):
        return theirs
    fetched = fetch_ref(git, remote, snapshots.ref, place=place)
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
        command = (*REFLOG_OPTIONS, "update-ref", "-m", "description-sync: fetched")
        return git.run_command(*command, snapshots.ref, theirs, old).exit_code == 0
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
        old, our_files, their_files = (side.files.get(name, {}) for side in (base, mine, other))
        if their_files not in (our_files, old) and (our_files == old or other.time > mine.time):
            changes |= dict.fromkeys(our_files.keys() - their_files.keys())
            changes |= {path: Blob(blob) for path, blob in their_files.items()}
    return Commit(
        f"Merge two histories of {snapshots.target.name}\n\nPhase: merge\n",
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
        f"The snapshots of {snapshots.target.name} could not be {action} {remote}: "
        f"{failure.message.removesuffix('.')}.",
        hint="Everything recorded so far is in this clone. To share it: "
        f"`git push {remote} {snapshots.ref}:{snapshots.ref}`, or run `description-sync apply` "
        "again, which merges both sides first, even with nothing to write.",
    )
