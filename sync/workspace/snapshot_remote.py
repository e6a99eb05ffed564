"""Exchange the snapshot ref with a git remote before and after a run; return the result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.abandonment import run_in_thread
from sync.errors import GitError
from sync.git import fetch_snapshots, push_snapshots
from sync.model.plan import SnapshotSharing

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from sync.git import SnapshotStore
    from sync.workspace.workspace import Target

    Warn: TypeAlias = Callable[[str], None]


async def fetch_from_remote(target: Target, warn: Warn) -> SnapshotSharing:
    """Fetch the snapshots of other machines; return the reason if that failed.

    Raises GitError if the ref of this clone is damaged.
    """
    target.snapshots.find_tip()
    _, failure = await _share_snapshots(target, fetch_snapshots, warn)
    return SnapshotSharing(None, target.push_remote, failure, was_fetched=not failure)


async def exchange_with_remote(target: Target, warn: Warn) -> SnapshotSharing:
    """Fetch the snapshots of other machines, and push snapshots that an earlier push left.

    Raises GitError if the ref of this clone is damaged.
    """
    target.snapshots.find_tip()
    has_more, failure = await _share_snapshots(target, fetch_snapshots, warn)
    if has_more:
        return await push_to_remote(target, warn)
    return replace(await _describe_sharing(target, failure), was_fetched=not failure)


async def push_to_remote(target: Target, warn: Warn) -> SnapshotSharing:
    """Push the snapshots of this clone, which keeps them in any case."""
    _, failure = await _share_snapshots(target, push_snapshots, warn)
    return await _describe_sharing(target, failure)


async def _describe_sharing(target: Target, failure: str) -> SnapshotSharing:
    remote = target.push_remote
    if remote is None:
        return SnapshotSharing()
    has_recordings = await run_in_thread(_has_recordings, target.snapshots)
    return SnapshotSharing(not failure if has_recordings else None, remote, failure)


def _has_recordings(snapshots: SnapshotStore) -> bool:
    try:
        return snapshots.find_tip() is not None
    except GitError:  # a damaged ref: there is something, and nobody can read it
        return True


async def _share_snapshots(
    target: Target, share: Callable[[SnapshotStore, str], bool | None], warn: Warn
) -> tuple[bool | None, str]:
    """Call `share` in a thread, so that a slow remote does not hold up other targets.

    Returns its result, and why it failed, empty if it did not.
    """
    remote = target.push_remote
    if remote is None:
        return None, ""
    try:
        return await run_in_thread(share, target.snapshots, remote), ""
    except GitError as error:
        warn(f"{target.name}: {error.message} {error.hint}")
        return None, f"{error.message} {error.hint}"
