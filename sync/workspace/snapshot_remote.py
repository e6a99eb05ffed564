"""Share the snapshot ref with a git remote around a run; a failure there is a warning."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sync.errors import GitError
from sync.git import fetch_snapshots, push_snapshots

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from sync.git import SnapshotStore
    from sync.workspace.workspace import Target

    Warn: TypeAlias = Callable[[str], None]


async def fetch_from_remote(target: Target, warn: Warn) -> None:
    """Fetch what other machines recorded. If it fails, more texts count as drift, never fewer."""
    await _share_snapshots(target, fetch_snapshots, warn)


async def exchange_with_remote(target: Target, warn: Warn) -> None:
    """Fetch what other machines recorded, and push what an earlier run here could not push."""
    await _share_snapshots(target, _fetch_and_push, warn)


async def push_to_remote(target: Target, warn: Warn) -> None:
    """Push what this machine recorded; it is kept here in any case."""
    await _share_snapshots(target, push_snapshots, warn)


def _fetch_and_push(snapshots: SnapshotStore, remote: str) -> None:
    if fetch_snapshots(snapshots, remote):
        push_snapshots(snapshots, remote)


async def _share_snapshots(
    target: Target, share: Callable[[SnapshotStore, str], object], warn: Warn
) -> None:
    """Call `share` in a thread, so that a slow remote does not hold up other targets."""
    remote = target.workspace.config.get_push_remote(target.config)
    if remote is None:
        return
    try:
        await asyncio.to_thread(share, target.snapshots, remote)
    except GitError as error:
        warn(f"{target.name}: {error.message} {error.hint}")
