"""Read the recorded runs of targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.reports.history import RunHistory
from sync.workspace import snapshot_remote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.operations.events import Events
    from sync.workspace.workspace import Target


async def read_histories(targets: Sequence[Target], *, events: Events) -> list[RunHistory]:
    """Read the runs of each target, after those of other machines were fetched."""
    histories = []
    for target in targets:
        await snapshot_remote.fetch_from_remote(target, events.warn)
        snapshots = target.snapshots
        histories.append(
            RunHistory(
                target.identity,
                snapshots.ref,
                snapshots.list_runs(),
                snapshots.list_foreign_runs(),
            )
        )
    return histories
