"""Log the end of runs, also of those that were refused or that failed before the first write."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.errors import (
    ConfigError,
    DeclinedError,
    LockedError,
    RefusedError,
    SyncError,
    UsageError,
)
from sync.model.changes import Drift
from sync.model.run_record import LoggedRun
from sync.workspace import run_log

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.model.plan import Plan
    from sync.model.run import Run
    from sync.model.run_record import RunEnd
    from sync.operations.sessions import Failure
    from sync.workspace.workspace import Target


@contextmanager
def log_failure(targets: Sequence[Target], command: str) -> Iterator[None]:
    """Log the error that ends a command as a whole, for each of its targets.

    A wrong command line, a declined question and a lock held by another run are not logged.
    """
    try:
        yield
    except SyncError as error:
        for target in targets:
            _log_error(target, command, error)
        raise


def log_runs(
    targets: Sequence[Target], runs: Sequence[Run], failures: Sequence[Failure], *, command: str
) -> None:
    """Log how each run ended, and which of several targets failed."""
    from sync.reports.run import describe_run_end  # noqa: PLC0415 - a plan logs no run

    by_name = {target.name: target for target in targets}
    now = datetime.now(UTC)
    for run in runs:
        target, (end, reason) = by_name[run.plan.target.name], describe_run_end(run)
        commit, id_ = run.plan.source.commit, run.snapshot.run
        logged = LoggedRun(command, commit, end, reason, now, now, id_)
        run_log.log_run(target.workspace.repository, target.identity, logged)
    for failure in failures:
        _log_error(by_name[failure.name], command, failure.error)


def log_plan_drift(target: Target, plan: Plan, now: datetime) -> dict[str, datetime]:
    """Record the drift of a plan; return by model when this clone first saw the drift."""
    hashes = {
        change.model: change.before.sha256 if isinstance(change, Drift) else None
        for change in plan.changes
    }
    return run_log.log_drift(target.workspace.repository, target.identity, hashes, now)


def _log_error(target: Target, command: str, error: SyncError) -> None:
    is_typo = isinstance(error, UsageError) and not isinstance(error, ConfigError)
    if is_typo or isinstance(error, DeclinedError | LockedError):
        return
    repository, now = target.workspace.repository, datetime.now(UTC)
    end: RunEnd = "refused" if isinstance(error, RefusedError) else "failed"
    commit = repository.find_head()
    logged = LoggedRun(command, commit, end, error.message, now, now)
    run_log.log_run(repository, target.identity, logged)
