"""`rollback`: put back what a run replaced."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
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
    complete_run,
    model_option,
    reporting_options,
    take,
    writing_options,
)
from sync.cli.planning import plan_rollback
from sync.cli.progress import progress
from sync.cli.showing import Reports
from sync.cli.targets import open_session
from sync.cli.workspace import Chosen, open_workspace

if TYPE_CHECKING:
    from sync.cli.targets import Failure
    from sync.model import Run


@click.command(cls=Command)
@click.argument("run", required=False, metavar="[RUN]", shell_complete=complete_run)
@model_option
@click.option(
    "--on-drift",
    type=click.Choice(["block", "skip", "overwrite"]),
    default="block",
    show_default=True,
    help="What becomes of texts that were edited since the run.",
)
@writing_options
@reporting_options
@click.pass_obj
def command(settings: Settings, /, run: str | None, **given: object) -> int:
    """Put back what a run replaced: the last one, or RUN as `description-sync history` names it.

    What was edited since that run is left alone, item by item. A rollback is a run of its own, so
    that it can be rolled back as well.

    \b
    description-sync rollback
    description-sync rollback 20261123-101500-3f2a --yes
    """
    selection, writing = take(Selection, given), take(Writing, given)
    chosen = open_workspace(settings).only_target("a run belongs to one target")
    reports = Reports(settings, take(Reporting, given))
    runs, failures = asyncio.run(
        _rollback(chosen, run, selection, writing=writing, settings=settings, reports=reports)
    )
    reports.finish(runs, failures)
    return exits.worst([exits.of_failures(failures), *map(exits.of_run, runs)])


async def _rollback(
    chosen: Chosen,
    run: str | None,
    selection: Selection,
    *,
    writing: Writing,
    settings: Settings,
    reports: Reports,
) -> tuple[list[Run], list[Failure]]:
    async with AsyncExitStack() as stack:
        session = await open_session(
            chosen,
            stack,
            progress=progress(quiet=settings.quiet),
            lock_timeout=writing.lock_timeout,
        )
        fresh_until = time.monotonic() + FRESH
        plan = await plan_rollback(session, run, selection)
        return await settle(
            [Proposal(session, plan, fresh_until)], writing, reports=reports, command="rollback"
        )
