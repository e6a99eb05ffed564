"""Find the facts that a person on call needs first: last run, age of drift, next apply."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.decisions.doctor_runs import (
    StandingDrift,
    judge_drift,
    judge_last_run,
    judge_next_apply,
)
from sync.decisions.doctor_verdict import Verdict
from sync.decisions.dropped_runs import judge_dropped_runs
from sync.errors import GitError, SyncError, UsageError
from sync.git.dropped_runs import find_dropped_runs
from sync.model.changes import Drift, Failed, is_write
from sync.operations.log_runs import log_plan_drift
from sync.operations.plan import choose_source, make_plan
from sync.operations.selection import Selection
from sync.operations.sessions import open_session
from sync.operations.sources.files import read_files
from sync.reports.history import describe_recorded_end
from sync.reports.plan import summarize_plan
from sync.workspace.run_log import read_logged_runs

if TYPE_CHECKING:
    from sync.decisions.doctor_verdict import VerdictLevel
    from sync.model.plan import Plan
    from sync.operations.events import Events
    from sync.workspace.workspace import Target


def check_last_run(target: Target) -> list[Verdict]:
    """Judge how the last run ended; a damaged snapshot ref has its own verdict."""
    logged = read_logged_runs(target.workspace.repository, target.identity)
    recorded, dropped = None, None
    with suppress(GitError):
        recorded = next(iter(target.snapshots.list_runs()), None)
        ids = [run.run for run in logged if run.run]
        dropped = find_dropped_runs(target.snapshots, ids) if ids else None
    return [
        judge_last_run(
            recorded,
            next(iter(logged), None),
            datetime.now(UTC),
            recorded_end=describe_recorded_end(recorded) if recorded else "",
        ),
        *([judge_dropped_runs(dropped)] if dropped else []),
    ]


async def check_next_apply(target: Target, *, events: Events) -> list[Verdict]:
    """Make the plan that `apply` would make now; judge the plan and the age of drift."""
    selection = Selection()
    try:
        files = read_files(target.workspace, selection)
        async with open_session(target, events=events) as session:
            plan = await make_plan(choose_source(session, selection, files))
    except SyncError as error:
        level: VerdictLevel = "warn" if isinstance(error, UsageError) else "fail"
        return [Verdict("next apply", level, f"would fail: {error.message}", error.hint)]
    obstacles = [violation.message for violation in plan.violations]
    now = datetime.now(UTC)
    return [
        judge_drift(
            _list_drift(target, plan, now),
            now,
            overwritten=sum(isinstance(change, Drift) for change in plan.writes),
            unread=sum(isinstance(change, Failed) for change in plan.changes),
        ),
        judge_next_apply(summarize_plan(plan), obstacles, held=plan.summary.get("held", 0)),
    ]


def _list_drift(target: Target, plan: Plan, now: datetime) -> list[StandingDrift]:
    since = log_plan_drift(target, plan, now)
    written = target.snapshots.find_write_times()
    return [
        StandingDrift(
            change.path or change.model,
            since[change.model],
            written.get(change.model),
            is_new=since[change.model] == now,
        )
        for change in plan.changes
        if isinstance(change, Drift) and not is_write(change)
    ]
