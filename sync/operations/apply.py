"""Apply plans: enforce limits, ask, record replaced texts, write, and record the results."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from sync.decisions.limits import Overrides, lift_violations
from sync.errors import DeclinedError, GitError, is_key_refused
from sync.git import PendingWrite, RunInfo, WrittenText, make_run_id
from sync.model.changes import PlannedWrite, is_write
from sync.model.run import Outcome, Run, Snapshot
from sync.model.text import EMPTY_TEXT
from sync.operations.events import Events, Stop
from sync.operations.execute import ExecuteOptions, execute_plan, make_unwritten_outcome
from sync.operations.log_runs import log_failure, log_plan_drift, log_runs
from sync.operations.plan import choose_source, describe_sharing, make_plan
from sync.operations.saved_plan import find_target_of_plan, verify_saved_plan
from sync.operations.sessions import open_session, run_one_by_one, run_side_by_side
from sync.operations.sources.files import read_files
from sync.operations.unshared_texts import (
    is_clone_temporary,
    refuse_drift_in_temporary_clone,
    refuse_unshared_texts,
)
from sync.reports.plan import describe_origin
from sync.workspace.commit_workspace import get_targets_at_commit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from sync.errors import AbortRunError
    from sync.model.plan import Plan
    from sync.operations.plan import PlanHandler
    from sync.operations.selection import Selection
    from sync.operations.sessions import Failure, Session
    from sync.workspace.workspace import Target, Workspace


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A plan to apply in an open session whose lock is held.

    `false_claims` maps the models whose change is refused to the claim of a saved plan that does
    not hold, and `unkept_changes` to the reason why no lasting copy of their text would be left.
    """

    session: Session
    plan: Plan
    false_claims: Mapping[str, str] = field(default_factory=dict)
    unkept_changes: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.session.name

    @property
    def writes(self) -> list[PlannedWrite]:
        """Return the changes that will be written."""
        return [change for change in self.plan.writes if change.model not in self.refusals]

    @property
    def refusals(self) -> Mapping[str, str]:
        """Return the reasons for which changes are refused, by model."""
        return {**self.unkept_changes, **self.false_claims}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """The limits that a run may exceed, and how it treats errors and other runs."""

    overrides: Overrides = field(default_factory=Overrides)
    on_error: Literal["continue", "abort"] = "continue"
    lock_timeout: float = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCallbacks:
    """The functions and the stop by which a caller follows a run, and may end it.

    `on_plan` is awaited for each complete plan, and `on_run` for each run while its session is
    still open. `confirm` is awaited once with all runs that would write, and returns True if they
    may; without it, the runs write without a question.
    """

    events: Events = field(default_factory=Events)
    stop: Stop = field(default_factory=Stop)
    on_plan: PlanHandler | None = None
    on_run: Callable[[Session, Run], Awaitable[None]] | None = None
    confirm: Callable[[Sequence[PlannedRun]], Awaitable[bool]] | None = None


# --- from what to apply to planned runs ----------------------------------------------------------


async def plan_and_apply(
    targets: Sequence[Target], selection: Selection, options: ApplyOptions, callbacks: RunCallbacks
) -> tuple[list[Run], list[Failure]]:
    """Make a plan for each target of one workspace and apply them; hold all locks meanwhile."""
    targets = get_targets_at_commit(targets, selection.commit)
    with log_failure(targets, "apply"):
        runs, failures = await _plan_and_apply(targets, selection, options, callbacks)
    log_runs(targets, runs, failures, command="apply")
    return runs, failures


async def _plan_and_apply(
    targets: Sequence[Target], selection: Selection, options: ApplyOptions, callbacks: RunCallbacks
) -> tuple[list[Run], list[Failure]]:
    events = callbacks.events
    async with AsyncExitStack() as stack:

        async def open_locked_session(target: Target) -> Session:
            return await stack.enter_async_context(
                open_session(target, events=events, lock_timeout=options.lock_timeout)
            )

        sessions, unopened = await run_one_by_one(
            targets, open_locked_session, name=lambda target: target.name, events=events
        )
        files = read_files(targets[0].workspace, selection)

        async def plan_session(session: Session) -> PlannedRun:
            plan = await make_plan(choose_source(session, selection, files))
            if not selection.from_target:
                log_plan_drift(session.target, plan, datetime.now(UTC))
            return PlannedRun(session, plan)

        planned, unplanned = await run_side_by_side(
            sessions, plan_session, name=lambda session: session.name, events=events
        )
        runs, unwritten = await apply_plans(planned, options, callbacks, command="apply")
    return runs, [*unopened, *unplanned, *unwritten]


async def apply_saved_plan(
    workspace: Workspace,
    plan: Plan,
    *,
    allowed: Selection,
    options: ApplyOptions,
    callbacks: RunCallbacks,
) -> tuple[list[Run], list[Failure]]:
    """Apply a plan that was made earlier, except for changes that no longer hold.

    Only the options in `allowed` lift a refusal: anybody can edit those in the file of the plan.
    """
    target = find_target_of_plan(workspace, plan)
    with log_failure([target], "apply"):
        async with open_session(
            target, events=callbacks.events, lock_timeout=options.lock_timeout
        ) as session:
            callbacks.events.inform(describe_origin(plan, datetime.now(UTC)))
            planned = await resume_plan(session, plan, allowed=allowed)
            runs, failures = await apply_plans([planned], options, callbacks, command="apply")
    log_runs([target], runs, failures, command="apply")
    return runs, failures


async def resume_plan(session: Session, plan: Plan, *, allowed: Selection) -> PlannedRun:
    """Return the run of a plan that was made earlier, without changes that no longer hold.

    `allowed` has the options that lift a refusal: `on_drift`, `allow_older` and `resume`.

    Raises RefusedError if the source that the plan names does not exist.
    """
    plan, false_claims = await verify_saved_plan(session, plan, allowed=allowed)
    plan = describe_sharing(session, plan)
    return PlannedRun(session, plan, false_claims=false_claims)


# --- from planned runs to runs -------------------------------------------------------------------


async def apply_plans(
    planned: Sequence[PlannedRun],
    options: ApplyOptions,
    callbacks: RunCallbacks,
    *,
    command: str,
) -> tuple[list[Run], list[Failure]]:
    """Refuse the plans that exceed a limit, ask, and write the others, all targets at once.

    Returns the runs and the targets that failed. Raises DeclinedError if the answer is no.
    """
    if not options.overrides.allow_unshared:
        planned = [_refuse_unkept_drift(each) for each in planned]
    if callbacks.on_plan:
        for each in planned:
            await callbacks.on_plan(each.session, lift_violations(each.plan, options.overrides))
    ready, runs = _enforce_limits(planned, options.overrides)
    if ready and callbacks.confirm and not await callbacks.confirm(ready):
        raise DeclinedError("cancelled: nothing was written")
    with callbacks.stop.accept_requests():

        async def work(each: PlannedRun) -> Run:
            return await _record_and_execute(each, options, stop=callbacks.stop, command=command)

        written, failures = await run_side_by_side(
            ready, work, name=lambda each: each.name, events=callbacks.events
        )
        by_name = {run.plan.target.name: run for run in (*runs, *written)}
        runs = [by_name[each.name] for each in planned if each.name in by_name]
        await _hand_over_runs(planned, runs, callbacks)
    return runs, failures


async def _hand_over_runs(
    planned: Sequence[PlannedRun], runs: Sequence[Run], callbacks: RunCallbacks
) -> None:
    """Await `on_run` for each run; a second request to stop abandons it, and no run is lost."""
    if callbacks.on_run is None:
        return
    sessions = {each.name: each.session for each in planned}
    try:
        with callbacks.stop.cancel_on_second_request(asyncio.current_task()):
            for run in runs:
                await callbacks.on_run(sessions[run.plan.target.name], run)
    except asyncio.CancelledError:
        if not callbacks.stop.is_set():
            raise


def _refuse_unkept_drift(planned: PlannedRun) -> PlannedRun:
    unkept = refuse_drift_in_temporary_clone(planned.session.target, planned.plan)
    return replace(planned, unkept_changes=unkept)


def _enforce_limits(
    planned: Sequence[PlannedRun], overrides: Overrides
) -> tuple[list[PlannedRun], list[Run]]:
    """Return the runs that may write, and the finished runs of those with nothing to write."""
    ready, finished = [], []
    for each in planned:
        refusals = tuple(
            violation.message for violation in lift_violations(each.plan, overrides).violations
        )
        if refusals or not each.writes:
            finished.append(_make_unwritten_run(each, refusals))
        else:
            ready.append(each)
    return ready, finished


def _make_unwritten_run(planned: PlannedRun, refusals: tuple[str, ...]) -> Run:
    """Return the run of a plan that is refused as a whole or has nothing to write."""
    plan, why = planned.plan, " ".join(refusals)
    outcomes = [
        Outcome(change, "refused", why or planned.refusals[change.model])
        if is_write(change)
        else make_unwritten_outcome(change)
        for change in plan.changes
    ]
    return Run(
        plan,
        outcomes,
        Snapshot(planned.session.target.snapshots.ref),
        refusals=refusals,
        sharing=planned.session.sharing,
        unkept_models=frozenset(planned.unkept_changes),
    )


async def _record_and_execute(
    planned: PlannedRun, options: ApplyOptions, *, stop: Stop, command: str
) -> Run:
    """Record the texts to be replaced, write, and always record the resulting texts."""
    session, plan, now = planned.session, planned.plan, datetime.now(UTC)
    undoes = plan.source.label if plan.source.kind == "snapshot" else None
    info = RunInfo(make_run_id(now), command, session.name, plan.source.commit, now, undoes)
    outcomes: list[Outcome] = []

    def add_outcome(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if is_write(outcome.change):
            session.track.advance()

    before = _record_before(session, info, planned.writes)
    planned = await _share_before(planned, info, options.overrides)
    execute_options = ExecuteOptions(
        is_stopped=stop.is_set,
        abort_on_error=options.on_error == "abort",
        refusal_reasons=planned.refusals,
        max_absences=None
        if options.overrides.allow_mass_change
        else session.target.workspace.config.limits.max_deletes,
    )
    aborted: AbortRunError | None = None
    try:
        with (
            stop.cancel_on_second_request(asyncio.current_task()),
            session.track.start_step(f"{session.name}: writing", len(plan.writes)),
        ):
            aborted = await execute_plan(
                plan, session.scenario, execute_options, on_outcome=add_outcome
            )
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
    finally:
        outcomes = _complete_outcomes(plan, outcomes)
        after = _record_after(session, info, outcomes)
        sharing = await session.push_snapshots()
    return Run(
        plan,
        outcomes,
        Snapshot(session.target.snapshots.ref, before, after, info.id),
        interrupted=stop.is_set(),
        key_refused=is_key_refused(aborted),
        sharing=replace(sharing, is_clone_temporary=is_clone_temporary(session.target)),
        unkept_models=frozenset(planned.unkept_changes),
    )


def _complete_outcomes(plan: Plan, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return one outcome per change, in the order of the plan; a cancelled write is in doubt."""
    by_change = {id(outcome.change): outcome for outcome in outcomes}
    return [
        by_change.get(id(change))
        or Outcome(
            change,
            "failed",
            "abandoned: the next run finds out whether it was written",
            in_doubt=True,
        )
        for change in plan.changes
    ]


# --- snapshots -----------------------------------------------------------------------------------


def _record_before(session: Session, info: RunInfo, writes: Sequence[PlannedWrite]) -> str:
    """Commit the texts to be replaced; return the commit. If it fails, nothing is written."""
    pending = [
        PendingWrite(
            model=change.model,
            path=change.path,
            state=change.state,
            before=change.before.raw if change.before else None,
            sent_sha256=(change.after or EMPTY_TEXT).sha256,
        )
        for change in writes
    ]
    try:
        return session.target.snapshots.record_before(info, pending)
    except GitError as error:
        raise GitError(f"Nothing was written. {error.message}", hint=error.hint) from error


def _record_after(session: Session, info: RunInfo, outcomes: Sequence[Outcome]) -> str | None:
    """Commit the texts that Scenario has now; return the commit, or None if it fails."""
    try:
        return session.target.snapshots.record_after(info, dict(_list_written_texts(outcomes)))
    except GitError as error:
        session.events.warn(
            f"{session.name}: the texts that Scenario has now could not be recorded. "
            f"{error.message} {error.hint}"
        )
        return None


async def _share_before(planned: PlannedRun, info: RunInfo, overrides: Overrides) -> PlannedRun:
    """Share the texts to be replaced; if that fails, refuse texts without another copy."""
    session = planned.session
    try:
        sharing = await session.push_snapshots()
        if overrides.allow_unshared:
            return planned
        unshared = await asyncio.to_thread(
            refuse_unshared_texts, session.target, planned.plan, sharing
        )
    except BaseException:
        _record_after(session, info, [])  # nothing was written, and the history says so
        raise
    return replace(planned, unkept_changes={**planned.unkept_changes, **unshared})


def _list_written_texts(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, WrittenText]]:
    """Yield each model that was written, or may have been, with the text sent and the text left."""
    for outcome in outcomes:
        change = outcome.change
        written = outcome.result in {"applied", "altered"}
        if is_write(change) and (written or outcome.in_doubt):
            stored = outcome.remote_text.raw if outcome.remote_text else None
            yield change.model, WrittenText(sent=(change.after or EMPTY_TEXT).raw, stored=stored)
