"""The writing half of the flow: guards, the question, the snapshots and the writes, into a Run."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.cli.output import print_warning
from sync.cli.signals import stop_on_signal
from sync.decisions.limits import Overrides, violations
from sync.errors import GitError
from sync.git import PendingWrite, RunInfo, WrittenText, make_run_id
from sync.model import EMPTY_TEXT, Outcome, Plan, PlannedWrite, Run, Snapshot, is_write
from sync.operations.execute import ExecuteOptions, execute_plan, make_unwritten_outcome
from sync.operations.sessions import run_side_by_side
from sync.workspace import snapshot_remote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.cli.report_output import ReportOutput
    from sync.operations.events import Stop
    from sync.operations.selection import Selection
    from sync.operations.sessions import Failure, Session
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from sync.cli.report_output import ReportOutput, _ask
from sync.operations.plan import plan_target
from sync.operations.saved_plan import as_of_now, stale, target_of
from sync.operations.sessions import open_session, run_one_by_one
from sync.operations.sources.files import read_files

if TYPE_CHECKING:
    from sync.model import Plan
    from sync.operations.events import Progress
    from sync.operations.sessions import Failure, Session
    from sync.workspace.workspace import Target, Workspace


from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


# Seconds after which a text that was read counts as old: it is read again before it is replaced.
FRESH = 60.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan that may be applied.

    What was read for it counts as fresh until then, by the monotonic clock; of the `withheld`
    models the change is refused, for the reason given.
    """

    session: Session
    plan: Plan
    fresh_until: float
    withheld: Mapping[str, str] = field(default_factory=dict)

    @property
    def writes(self) -> list[PlannedWrite]:
        """What is to be written."""
        return [change for change in self.plan.writes if change.model not in self.withheld]


async def settle(
    proposals: Sequence[Proposal],
    writing: WriteOptions,
    *,
    reports: ReportOutput,
    command: str,
) -> tuple[list[Run], list[Failure]]:
    """Show the plans, ask, and carry out what no guard refuses, the targets side by side.

    Returns the runs, and what failed as a whole.
    """
    for proposal in proposals:
        await reports.load_media(proposal.session, proposal.plan)
        reports.show_plan_before_apply(proposal.plan)
    refused = [_why_refused(proposal, writing) for proposal in proposals]
    runs = [
        _without_writes(proposal, reasons)
        for proposal, reasons in zip(proposals, refused, strict=True)
        if reasons or not proposal.writes
    ]
    ready = [
        proposal
        for proposal, reasons in zip(proposals, refused, strict=True)
        if proposal.writes and not reasons
    ]
    if not ready:
        return runs, []
    if not writing.yes:
        _ask(sum(len(proposal.writes) for proposal in ready))
        # Nobody knows how long the question stood: what was read is old by now.
        ready = [replace(proposal, fresh_until=-math.inf) for proposal in ready]
    with stop_on_signal() as stop:

        async def work(proposal: Proposal) -> Run:
            return await _carry_out(proposal, writing, stop=stop, command=command)

        written, failures = await run_side_by_side(ready, work, name=lambda p: p.session.name)
    order = [proposal.session.name for proposal in proposals]
    runs = sorted([*runs, *written], key=lambda run: order.index(run.plan.target.name))
    return runs, failures


def _why_refused(proposal: Proposal, writing: WriteOptions) -> tuple[str, ...]:
    allowed = Overrides(writing.allow_dirty, writing.allow_mass_change, writing.allow_mass_delete)
    limits = proposal.session.target.workspace.config.limits
    return violations(proposal.plan, limits, allowed)


def _without_writes(proposal: Proposal, reasons: tuple[str, ...]) -> Run:
    """The run in which nothing was written, for these reasons if something was to be."""
    plan, snapshots = proposal.plan, proposal.session.target.snapshots
    why = " ".join(reasons)
    outcomes = [
        Outcome(change, "refused", why or proposal.withheld[change.model])
        if is_write(change)
        else make_unwritten_outcome(change)
        for change in plan.changes
    ]
    return Run(plan, outcomes, Snapshot(snapshots.ref), refusals=reasons)


async def _carry_out(proposal: Proposal, writing: WriteOptions, *, stop: Stop, command: str) -> Run:
    """Snapshot, write, snapshot. What the server held and now holds is in git whatever happens."""
    session, plan = proposal.session, proposal.plan
    snapshots, now = session.target.snapshots, datetime.now(UTC)
    info = RunInfo(make_run_id(now), command, session.name, plan.source.commit, now)
    outcomes: list[Outcome] = []

    def done(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if is_write(outcome.change):
            session.track.advance()

    conduct = ExecuteOptions(
        is_stopped=stop.is_set,
        abort_on_error=writing.on_error == "abort",
        refusal_reasons=proposal.withheld,
    )
    before = _record_before(session, info, proposal.writes)
    try:
        with (
            stop.may_cancel(asyncio.current_task()),
            session.track.start_step(f"{session.name}: writing", len(plan.writes)),
        ):
            await execute_plan(plan, session.scenario, conduct, on_outcome=done)
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
    finally:
        outcomes = _in_order(plan, outcomes)
        after = _record_after(session, info, outcomes)
        await snapshot_remote.push_to_remote(session.target)
    return Run(
        plan,
        outcomes,
        Snapshot(snapshots.ref, before, after, info.id),
        interrupted=stop.is_set(),
    )


def _record_before(session: Session, info: RunInfo, writes: Sequence[PlannedWrite]) -> str:
    """The first snapshot's commit. Without it nothing is written."""
    try:
        return session.target.snapshots.record_before(info, [_entry(change) for change in writes])
    except GitError as error:
        raise GitError(f"Nothing was written. {error.message}", hint=error.hint) from error


def _record_after(session: Session, info: RunInfo, outcomes: Sequence[Outcome]) -> str | None:
    """The second snapshot's commit. Without it the run is done all the same, and is reported."""
    try:
        return session.target.snapshots.record_after(info, dict(_left(outcomes)))
    except GitError as error:
        print_warning(
            f"{session.name}: what the server now holds could not be recorded. "
            f"{error.message} {error.hint}"
        )
        return None


def _entry(change: PlannedWrite) -> PendingWrite:
    return PendingWrite(
        model=change.model,
        path=change.path,
        state=change.state,
        before=change.before.raw if change.before else None,
        sent_sha256=(change.after or EMPTY_TEXT).sha256,
    )


def _left(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, WrittenText]]:
    """What the server was left with, by model, where a write was done or may have been."""
    for outcome in outcomes:
        change = outcome.change
        written = outcome.result in {"applied", "altered"}
        if is_write(change) and (written or outcome.in_doubt):
            held = outcome.remote_text.raw if outcome.remote_text else None
            yield change.model, WrittenText(sent=(change.after or EMPTY_TEXT).raw, held=held)


def _in_order(plan: Plan, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """One outcome for each change, in the order of the plan; abandoned writes have none yet."""
    by_change = {id(outcome.change): outcome for outcome in outcomes}
    return [
        by_change.get(id(change))
        or Outcome(
            change, "failed", "abandoned; the next run tells what became of it", in_doubt=True
        )
        for change in plan.changes
    ]


@dataclass(frozen=True, slots=True)
class _ApplyRequest:
    """The surroundings of an apply: workspace, options, reports and progress."""

    workspace: Workspace
    writing: WriteOptions
    reports: ReportOutput
    progress: Progress

    async def open_locked_session(self, chosen: Target, stack: AsyncExitStack) -> Session:
        """Open a session with a target; it stays connected and locked until the stack closes."""
        return await open_session(
            chosen, stack, progress=self.progress, lock_timeout=self.writing.lock_timeout
        )


async def _plan_and_apply(
    request: _ApplyRequest, selection: Selection
) -> tuple[list[Run], list[Failure]]:
    async with AsyncExitStack() as stack:

        async def open_locked(chosen: Target) -> Session:
            return await request.open_locked_session(chosen, stack)

        targets = request.workspace.list_targets()
        sessions, unopened = await run_one_by_one(targets, open_locked, name=lambda each: each.name)
        files = read_files(request.workspace, selection)

        async def plan_session(session: Session) -> Proposal:
            fresh_until = time.monotonic() + FRESH
            plan = await plan_target(session, selection, files=files)
            return Proposal(session, plan, fresh_until)

        proposals, unplanned = await run_side_by_side(
            sessions, plan_session, name=lambda each: each.name
        )
        runs, unwritten = await settle(
            proposals, request.writing, reports=request.reports, command="apply"
        )
    return runs, [*unopened, *unplanned, *unwritten]


async def _apply_saved_plan(request: _ApplyRequest, plan: Plan) -> tuple[list[Run], list[Failure]]:
    chosen = target_of(request.workspace, plan)
    async with AsyncExitStack() as stack:
        session = await request.open_locked_session(chosen, stack)
        plan = as_of_now(chosen, plan)
        withheld = stale(chosen, plan)
        proposal = Proposal(session, plan, fresh_until=-math.inf, withheld=withheld)
        return await settle([proposal], request.writing, reports=request.reports, command="apply")


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """How a command writes to Scenario: its confirmations, limits, errors and lock."""

    yes: bool = False
    allow_dirty: bool = False
    allow_mass_change: bool = False
    allow_mass_delete: bool = False
    on_error: Literal["continue", "abort"] = "continue"
    lock_timeout: float = 60
