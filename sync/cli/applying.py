"""The writing half of the flow: guards, the question, the snapshots and the writes, into a Run."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from sync.apply import Conduct, apply_plan, without_writing
from sync.cli import sharing
from sync.cli.interrupts import interruptible, stoppable
from sync.cli.output import is_interactive, warn
from sync.cli.targets import side_by_side
from sync.errors import GitError, SyncError, UsageError
from sync.git import Entry, Left, RunInfo, new_run_id
from sync.guard import Allowed, refusals
from sync.model import EMPTY, Outcome, Plan, Run, Snapshot, Write, is_write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.cli.interrupts import Stop
    from sync.cli.options import Writing
    from sync.cli.showing import Reports
    from sync.cli.targets import Failure, Session

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
    def writes(self) -> list[Write]:
        """What is to be written."""
        return [change for change in self.plan.writes if change.model not in self.withheld]


async def settle(
    proposals: Sequence[Proposal],
    writing: Writing,
    *,
    reports: Reports,
    command: str,
) -> tuple[list[Run], list[Failure]]:
    """Show the plans, ask, and carry out what no guard refuses, the targets side by side.

    Returns the runs, and what failed as a whole.
    """
    for proposal in proposals:
        await reports.illustrate(proposal.session, proposal.plan)
        reports.before_applying(proposal.plan)
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
    with stoppable() as stop:

        async def work(proposal: Proposal) -> Run:
            return await _carry_out(proposal, writing, stop=stop, command=command)

        written, failures = await side_by_side(ready, work, name=lambda p: p.session.name)
    order = [proposal.session.name for proposal in proposals]
    runs = sorted([*runs, *written], key=lambda run: order.index(run.plan.target.name))
    return runs, failures


def _why_refused(proposal: Proposal, writing: Writing) -> tuple[str, ...]:
    allowed = Allowed(writing.allow_dirty, writing.allow_mass_change, writing.allow_mass_delete)
    limits = proposal.session.chosen.workspace.config.limits
    return refusals(proposal.plan, limits, allowed)


def _without_writes(proposal: Proposal, reasons: tuple[str, ...]) -> Run:
    """The run in which nothing was written, for these reasons if something was to be."""
    plan, snapshots = proposal.plan, proposal.session.chosen.snapshots
    why = " ".join(reasons)
    outcomes = [
        Outcome(change, "refused", why or proposal.withheld[change.model])
        if is_write(change)
        else without_writing(change)
        for change in plan.changes
    ]
    return Run(plan, outcomes, Snapshot(snapshots.ref), refusals=reasons)


def _ask(count: int) -> None:
    """Go on only if somebody says yes. Raises UsageError where nobody can be asked."""
    if not is_interactive():
        raise UsageError(
            "there is no terminal to ask on", hint="Pass --yes to apply without being asked."
        )
    texts = "1 description" if count == 1 else f"{count} descriptions"
    with interruptible():
        agreed = click.confirm(f"Write {texts}?", err=True)
    if not agreed:
        raise SyncError("not agreed to: nothing was written")


async def _carry_out(proposal: Proposal, writing: Writing, *, stop: Stop, command: str) -> Run:
    """Snapshot, write, snapshot. What the server held and now holds is in git whatever happens."""
    session, plan = proposal.session, proposal.plan
    snapshots, now = session.chosen.snapshots, datetime.now(UTC)
    info = RunInfo(new_run_id(now), command, session.name, plan.source.commit, now)
    outcomes: list[Outcome] = []

    def done(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if is_write(outcome.change):
            session.track.advance()

    conduct = Conduct(
        must_reread=lambda: time.monotonic() > proposal.fresh_until,
        stopped=stop.is_set,
        abort_on_error=writing.on_error == "abort",
        withheld=proposal.withheld,
    )
    before = _record_before(session, info, proposal.writes)
    try:
        with (
            stop.may_cancel(asyncio.current_task()),
            session.track.step(f"{session.name}: writing", len(plan.writes)),
        ):
            await apply_plan(plan, session.scenario, conduct, done=done)
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
    finally:
        outcomes = _in_order(plan, outcomes)
        after = _record_after(session, info, outcomes)
        await sharing.push(session.chosen)
    return Run(
        plan,
        outcomes,
        Snapshot(snapshots.ref, before, after, info.id),
        interrupted=stop.is_set(),
    )


def _record_before(session: Session, info: RunInfo, writes: Sequence[Write]) -> str:
    """The first snapshot's commit. Without it nothing is written."""
    try:
        return session.chosen.snapshots.record_before(info, [_entry(change) for change in writes])
    except GitError as error:
        raise GitError(f"Nothing was written. {error.message}", hint=error.hint) from error


def _record_after(session: Session, info: RunInfo, outcomes: Sequence[Outcome]) -> str | None:
    """The second snapshot's commit. Without it the run is done all the same, and is reported."""
    try:
        return session.chosen.snapshots.record_after(info, dict(_left(outcomes)))
    except GitError as error:
        warn(
            f"{session.name}: what the server now holds could not be recorded. "
            f"{error.message} {error.hint}"
        )
        return None


def _entry(change: Write) -> Entry:
    return Entry(
        model=change.model,
        path=change.path,
        state=change.state,
        before=change.before.raw if change.before else None,
        sent=(change.after or EMPTY).sha256,
    )


def _left(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, Left]]:
    """What the server was left with, by model, where a write was done or may have been."""
    for outcome in outcomes:
        change = outcome.change
        written = outcome.result in {"applied", "altered"}
        if is_write(change) and (written or outcome.in_doubt):
            held = outcome.held.raw if outcome.held else None
            yield change.model, Left(sent=(change.after or EMPTY).raw, held=held)


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
