"""Snapshots shared with a remote: brought here, merged with ours, and sent there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.errors import GitError
from sync.git.commits import Blob, Commit, write_commit
from sync.git.process import decoded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.git.snapshots import Snapshots

ATTEMPTS = 5
# How `git push --porcelain` says that somebody else was faster.
OVERTAKEN = ("[rejected]", "cannot lock ref", "failed to update ref", "incorrect old value")


def fetch_snapshots(snapshots: Snapshots, remote: str) -> bool:
    """Bring the remote's snapshots here; what both sides recorded since is merged.

    Returns whether the remote lacks some of ours. GitError when the remote cannot be read.
    """
    for _ in range(ATTEMPTS):
        theirs = _fetched(snapshots, remote)
        if theirs is None or _taken_in(snapshots, theirs):
            return snapshots.tip() != theirs
    raise GitError(
        f"{snapshots.ref} could not be merged with that of {remote}: others move it.",
        hint="Try again when no other run is under way.",
    )


def push_snapshots(snapshots: Snapshots, remote: str) -> None:
    """Send our snapshots to the remote, merging first with what others sent meanwhile.

    GitError when the remote refuses them.
    """
    if snapshots.tip() is None:
        return
    ref = snapshots.ref
    # Hooks of the user's own branches (`--no-verify`) have nothing to say about this ref.
    command = ("push", "--quiet", "--porcelain", "--no-verify", "--", remote, f"{ref}:{ref}")
    for _ in range(ATTEMPTS):
        answer = snapshots.repository.git.answer(*command, online=True)
        if answer.status == 0:
            return
        refusal = next((line for line in answer.out.split(b"\n") if line.startswith(b"!")), b"")
        complaint = decoded(refusal).replace("\t", " ") or answer.complaint
        if not any(sign in complaint for sign in OVERTAKEN):
            break
        fetch_snapshots(snapshots, remote)
    raise _could_not("pushed to", snapshots, remote=remote, complaint=complaint)


def _fetched(snapshots: Snapshots, remote: str) -> str | None:
    """The remote's tip, its objects fetched; None where the remote has no snapshots."""
    git = snapshots.repository.git
    listed = git.answer("ls-remote", "--", remote, snapshots.ref, online=True)
    if listed.status:
        raise _could_not("fetched from", snapshots, remote=remote, complaint=listed.complaint)
    theirs = decoded(listed.out).partition("\t")[0]
    if not theirs or snapshots.repository.find(theirs):
        return theirs or None
    # With all texts, be it into a clone that leaves out those of its branches.
    command = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-filter", "--")
    fetched = git.answer(*command, remote, snapshots.ref, online=True)
    if fetched.status:
        raise _could_not("fetched from", snapshots, remote=remote, complaint=fetched.complaint)
    return theirs


def _taken_in(snapshots: Snapshots, theirs: str) -> bool:
    """Whether our ref now contains their tip; not so when somebody else moved ours meanwhile."""
    git, ours = snapshots.repository.git, snapshots.tip()
    if ours and _contains(snapshots, theirs, within=ours):
        return True
    if ours is None or _contains(snapshots, ours, within=theirs):
        old = ours or "0" * len(theirs)
        return git.answer("update-ref", snapshots.ref, theirs, old).status == 0
    return (
        write_commit(git, snapshots.ref, commit=_merge(snapshots, ours, theirs=theirs)) is not None
    )


def _contains(snapshots: Snapshots, commit: str, *, within: str) -> bool:
    answer = snapshots.repository.git.answer("merge-base", "--is-ancestor", commit, within)
    return answer.status == 0


@dataclass(frozen=True, slots=True)
class _Side:
    """One commit's files by model, so that a text stays with the one sent for it."""

    time: int
    files: Mapping[str, Mapping[str, str]]


def _merge(snapshots: Snapshots, ours: str, *, theirs: str) -> Commit:
    """Both histories in one commit; of a model that both changed, the newer side's texts."""
    answer = snapshots.repository.git.answer("merge-base", ours, theirs)
    base = _side(snapshots, decoded(answer.out).strip() or None)
    mine, other = _side(snapshots, ours), _side(snapshots, theirs)
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


def _side(snapshots: Snapshots, commit: str | None) -> _Side:
    if commit is None:
        return _Side(0, {})
    files: dict[str, dict[str, str]] = defaultdict(dict)
    for path, blob in snapshots.files(commit).items():
        files[path.partition("/")[2]][path] = blob
    time = snapshots.repository.git.line("show", "--no-patch", "--format=%ct", commit)
    return _Side(int(time), files)


def _could_not(done: str, snapshots: Snapshots, *, remote: str, complaint: str) -> GitError:
    failure = snapshots.repository.git.failure(complaint)
    return GitError(
        f"The snapshots of {snapshots.target} could not be {done} {remote}: "
        f"{failure.message.removesuffix('.')}.",
        hint="What was recorded here is safe. To repeat it: "
        f"`git push {remote} {snapshots.ref}:{snapshots.ref}`, or run `description-sync apply` "
        "again, which merges both sides first, even with nothing to write.",
    )
