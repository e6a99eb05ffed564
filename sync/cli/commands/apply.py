"""`apply`: plan, show, ask, and write the descriptions."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli import exits
from sync.cli.applying import FRESH, Proposal, settle
from sync.cli.files import read_files
from sync.cli.metering import metered
from sync.cli.options import (
    Command,
    Reporting,
    Selection,
    Settings,
    Writing,
    copy_option,
    metrics_option,
    reporting_options,
    selection_options,
    take,
    writing_options,
)
from sync.cli.planning import plan_target
from sync.cli.progress import progress
from sync.cli.saved import as_of_now, read_plan, stale, target_of
from sync.cli.showing import Reports
from sync.cli.targets import one_by_one, open_session, side_by_side
from sync.cli.workspace import open_workspace
from sync.errors import UsageError

if TYPE_CHECKING:
    from sync.cli.progress import Progress
    from sync.cli.targets import Failure, Session
    from sync.cli.workspace import Chosen, Workspace
    from sync.model import Plan, Run


@click.command(cls=Command)
@selection_options
@copy_option
@click.option(
    "--plan",
    "saved",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PLAN.json",
    help="Apply exactly this saved plan.",
)
@writing_options
@metrics_option
@reporting_options
@click.pass_obj
def command(
    settings: Settings, /, saved: Path | None, metrics: Path | None, **given: object
) -> int:
    """Plan, show the plan, ask, and write.

    What is replaced is committed to a snapshot ref first: `description-sync rollback` puts it
    back. A text that was edited elsewhere is not overwritten unasked.

    Exits 0 where all is done, 4 where some items failed or the server altered them, 5 where
    something was refused (drift, a limit, a stale plan), 2 for a mistake in the command or
    config.yaml, 1 where not everything could be tried, 75 where another run holds the lock.

    \b
    description-sync apply
    description-sync apply --yes --target production
    description-sync apply worlds/reef.md --on-drift overwrite
    description-sync apply --plan plan.json --yes
    description-sync apply --from-target staging --target production
    """
    selection, writing = take(Selection, given), take(Writing, given)
    if saved and selection != Selection():
        raise UsageError("a saved plan is applied as it is", hint="Leave out what selects.")
    reports = Reports(settings, take(Reporting, given))
    with metered("apply", metrics, progress(quiet=settings.quiet)) as meter:
        workspace = open_workspace(settings)
        request = _Request(workspace, writing, reports, meter)
        runs, failures = asyncio.run(
            _apply_saved(request, read_plan(saved)) if saved else _apply(request, selection)
        )
        reports.finish(runs, failures)
        codes = [exits.of_failures(failures), *map(exits.of_run, runs)]
        return meter.ended(exits.worst(codes), runs)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked of a run, but for what it is to write."""

    workspace: Workspace
    writing: Writing
    reports: Reports
    progress: Progress

    async def session(self, chosen: Chosen, stack: AsyncExitStack) -> Session:
        """The target, connected and locked until the stack is closed."""
        return await open_session(
            chosen, stack, progress=self.progress, lock_timeout=self.writing.lock_timeout
        )


async def _apply(request: _Request, selection: Selection) -> tuple[list[Run], list[Failure]]:
    async with AsyncExitStack() as stack:

        async def locked_session(chosen: Chosen) -> Session:
            return await request.session(chosen, stack)

        targets = request.workspace.targets()
        sessions, unopened = await one_by_one(targets, locked_session, name=lambda each: each.name)
        files = read_files(request.workspace, selection)

        async def propose(session: Session) -> Proposal:
            fresh_until = time.monotonic() + FRESH
            plan = await plan_target(session, selection, files=files)
            return Proposal(session, plan, fresh_until)

        proposals, unplanned = await side_by_side(sessions, propose, name=lambda each: each.name)
        runs, unwritten = await settle(
            proposals, request.writing, reports=request.reports, command="apply"
        )
    return runs, [*unopened, *unplanned, *unwritten]


async def _apply_saved(request: _Request, plan: Plan) -> tuple[list[Run], list[Failure]]:
    chosen = target_of(request.workspace, plan)
    async with AsyncExitStack() as stack:
        session = await request.session(chosen, stack)
        plan = as_of_now(chosen, plan)
        withheld = stale(chosen, plan)
        proposal = Proposal(session, plan, fresh_until=-math.inf, withheld=withheld)
        return await settle([proposal], request.writing, reports=request.reports, command="apply")
