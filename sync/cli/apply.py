"""`apply`: plan, show, ask, and write the descriptions."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli import exits
from sync.cli.applying import FRESH, Proposal, settle
from sync.cli.options import (
    Command,
    Reporting,
    Selection,
    Settings,
    Writing,
    copy_option,
    reporting_options,
    selection_options,
    take,
    writing_options,
)
from sync.cli.planning import plan_target, read_files
from sync.cli.progress import progress
from sync.cli.saved import as_of_now, read_plan, stale, target_of
from sync.cli.showing import Reports
from sync.cli.targets import open_session, side_by_side
from sync.cli.workspace import open_workspace
from sync.errors import UsageError

if TYPE_CHECKING:
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
@reporting_options
@click.pass_obj
def command(settings: Settings, /, saved: Path | None, **given: object) -> int:
    """Plan, show the plan, ask, and write.

    What is replaced is committed to a snapshot ref first: `description-sync rollback` puts it
    back. A text that was edited elsewhere is not overwritten unasked.

    \b
    description-sync apply
    description-sync apply --yes --target production
    description-sync apply worlds/reef.md --on-drift overwrite
    description-sync apply --plan plan.json --yes
    description-sync apply --from-target staging --target production
    """
    selection, writing = take(Selection, given), take(Writing, given)
    workspace = open_workspace(settings)
    if saved and selection != Selection():
        raise UsageError("a saved plan is applied as it is", hint="Leave out what selects.")
    reports = Reports(settings, take(Reporting, given))
    runs, codes = asyncio.run(
        _apply_saved(workspace, read_plan(saved), writing, settings=settings, reports=reports)
        if saved
        else _apply(workspace, selection, writing, settings=settings, reports=reports)
    )
    reports.finish(runs)
    return exits.worst([*codes, *(exits.of_run(run) for run in runs)])


async def _apply(
    workspace: Workspace,
    selection: Selection,
    writing: Writing,
    *,
    settings: Settings,
    reports: Reports,
) -> tuple[list[Run], list[int]]:
    shown = progress(quiet=settings.quiet)
    async with AsyncExitStack() as stack:

        async def propose(chosen: Chosen) -> Proposal:
            session = await open_session(
                chosen, stack, progress=shown, lock_timeout=writing.lock_timeout
            )
            fresh_until = time.monotonic() + FRESH
            files = read_files(workspace, selection)
            plan = await plan_target(session, selection, files=files)
            return Proposal(session, plan, fresh_until)

        targets = workspace.chosen(settings.targets)
        proposals, codes = await side_by_side(targets, propose, name=lambda chosen: chosen.name)
        runs, more_codes = await settle(proposals, writing, reports=reports, command="apply")
    return runs, [*codes, *more_codes]


async def _apply_saved(
    workspace: Workspace, plan: Plan, writing: Writing, *, settings: Settings, reports: Reports
) -> tuple[list[Run], list[int]]:
    chosen = target_of(workspace, plan, settings.targets)
    async with AsyncExitStack() as stack:
        session = await open_session(
            chosen,
            stack,
            progress=progress(quiet=settings.quiet),
            lock_timeout=writing.lock_timeout,
        )
        plan = as_of_now(chosen, plan)
        withheld = stale(chosen, plan)
        proposal = Proposal(session, plan, fresh_until=-math.inf, withheld=withheld)
        return await settle([proposal], writing, reports=reports, command="apply")
