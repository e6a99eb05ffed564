"""Read the recorded runs of targets, and how the runs of this clone ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.git.dropped_runs import find_dropped_runs
from sync.reports.history import RecordedText, RunHistory
from sync.workspace import snapshot_remote
from sync.workspace.run_log import read_logged_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.operations.events import Events
    from sync.workspace.workspace import Target


async def read_run_history(target: Target, run: str, *, events: Events) -> RunHistory:
    """Read one run, by its id or the start of it, with the texts that it wrote.

    The runs of other machines are fetched first. Raises GitError if there is no such run.
    """
    await snapshot_remote.fetch_from_remote(target, events.warn)
    snapshots, repository = target.snapshots, target.workspace.repository
    record, replaced = snapshots.read_run(run)
    after = snapshots.read_written_texts(record, [*replaced])
    texts = [
        RecordedText(
            model,
            text.path,
            text.before,
            after.get(model) if text.stored_sha256 else None,
            is_known=text.stored_sha256 is not None,
        )
        for model, text in replaced.items()
    ]
    logged = read_logged_runs(repository, target.identity)
    return RunHistory(
        target.identity,
        snapshots.ref,
        [record],
        logged=[each for each in logged if each.run == record.id],
        subjects=repository.read_subjects(filter(None, [record.source_commit])),
        texts=texts,
    )


async def read_histories(targets: Sequence[Target], *, events: Events) -> list[RunHistory]:
    """Read the runs of each target, after those of other machines were fetched."""
    return [await _read_history(target, events) for target in targets]


async def _read_history(target: Target, events: Events) -> RunHistory:
    sharing = await snapshot_remote.fetch_from_remote(target, events.warn)
    snapshots, repository = target.snapshots, target.workspace.repository
    runs, logged = snapshots.list_runs(), read_logged_runs(repository, target.identity)
    recorded = {run.id for run in runs}
    missing = [run.run for run in logged if run.run and run.run not in recorded]
    commits = [*(run.source_commit for run in runs), *(run.source_commit for run in logged)]
    return RunHistory(
        target.identity,
        snapshots.ref,
        runs,
        snapshots.list_foreign_runs(),
        logged=logged,
        subjects=repository.read_subjects(filter(None, commits)),
        remote=sharing.remote,
        is_fetched=sharing.remote is not None and not sharing.failure,
        dropped=find_dropped_runs(snapshots, missing) if missing else None,
    )
