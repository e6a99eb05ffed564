"""Read the recorded runs of targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.reports.history import RecordedText, RunHistory
from sync.workspace import snapshot_remote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.operations.events import Events
    from sync.workspace.workspace import Target


async def read_run_history(target: Target, run: str, *, events: Events) -> RunHistory:
    """Read one run, by its id or the start of it, with the texts that it wrote.

    The runs of other machines are fetched first. Raises GitError if there is no such run.
    """
    await snapshot_remote.fetch_from_remote(target, events.warn)
    snapshots = target.snapshots
    record, replaced = snapshots.read_run(run)
    after = snapshots.read_written_texts(record, [*replaced])
    texts = [
        RecordedText(
            model,
            text.path,
            text.before,
            after.get(model) if text.held_sha256 else None,
            is_known=text.held_sha256 is not None,
        )
        for model, text in replaced.items()
    ]
    return RunHistory(target.identity, snapshots.ref, [record], texts=texts)


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
