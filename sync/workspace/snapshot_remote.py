"""The snapshot ref shared with a git remote around a run; what fails there is a warning."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sync.cli.output import print_warning
from sync.errors import GitError
from sync.git import fetch_snapshots, push_snapshots

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.git import SnapshotStore
    from sync.workspace.workspace import Target


async def fetch_from_remote(chosen: Target) -> None:
    """Take in what other machines recorded. If it fails, more texts count as drift, never fewer."""
    await _with_remote(chosen, fetch_snapshots)


async def exchange_with_remote(chosen: Target) -> None:
    """Take in what other machines recorded, and hand on what an earlier run here could not."""
    await _with_remote(chosen, _both_ways)


def _both_ways(snapshots: SnapshotStore, remote: str) -> None:
    if fetch_snapshots(snapshots, remote):
        push_snapshots(snapshots, remote)


async def push_to_remote(chosen: Target) -> None:
    """Hand on what this machine recorded. It is safe here in any case."""
    await _with_remote(chosen, push_snapshots)


async def _with_remote(chosen: Target, share: Callable[[SnapshotStore, str], object]) -> None:
    """In a thread: what other targets do meanwhile is not held up by a slow remote."""
    remote = chosen.workspace.config.get_push_remote(chosen.config)
    if remote is None:
        return
    try:
        await asyncio.to_thread(share, chosen.snapshots, remote)
    except GitError as error:
        print_warning(f"{chosen.name}: {error.message} {error.hint}")
