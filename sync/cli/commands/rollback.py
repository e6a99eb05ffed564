"""`rollback`: undo a run by restoring the texts that it replaced."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import click

from sync.cli import exit_codes
from sync.cli.options import (
    Command,
    ReportOptions,
    build_options,
    complete_run,
    model_option,
    reporting_options,
    writing_options,
)
from sync.cli.progress import choose_progress
from sync.cli.report_output import ReportOutput
from sync.operations.apply import FRESH, Proposal, WriteOptions, settle
from sync.operations.selection import Selection
from sync.operations.sessions import open_session
from sync.operations.sources.snapshot import plan_rollback
from sync.workspace.workspace import Target, open_workspace

if TYPE_CHECKING:
    from sync.cli.settings import Settings
    from sync.model import Run
    from sync.operations.sessions import Failure


@click.command(cls=Command)
@click.argument("run", required=False, metavar="[RUN]", shell_complete=complete_run)
@model_option
@click.option(
    "--on-drift",
    type=click.Choice(["block", "skip", "overwrite"]),
    default="block",
    show_default=True,
    help="How to handle texts that were changed since the run.",
)
@writing_options
@reporting_options
@click.pass_obj
def command(settings: Settings, /, run: str | None, **given: object) -> int:
    """Undo a run: restore the texts that it replaced.

    RUN is an id from `description-sync history` [default: the last run]. Texts that were changed
    since that run are left alone, except with --on-drift overwrite. A rollback is recorded as a run
    and can itself be rolled back.

    \b
    Examples:
      description-sync rollback
      description-sync rollback 20261123-101500-3f2a --yes

    \b
    Exit codes:
      0    done, or nothing to do
      1    failed: not everything could be tried
      2    the command or config.yaml is wrong
      4    some items failed, or Scenario altered them; the rest is done
      5    refused: drift or a limit; the rest is done
      75   another run holds the lock
      130  interrupted
    """
    selection, writing = build_options(Selection, given), build_options(WriteOptions, given)
    chosen = open_workspace(settings).get_only_target("a run belongs to one target")
    reports = ReportOutput(settings, build_options(ReportOptions, given))
    runs, failures = asyncio.run(
        _roll_back_run(chosen, run, selection, writing=writing, settings=settings, reports=reports)
    )
    reports.write_reports(runs, failures)
    return exit_codes.pick_worst_code(
        [exit_codes.get_failures_exit_code(failures), *map(exit_codes.get_run_exit_code, runs)]
    )


async def _roll_back_run(
    chosen: Target,
    run: str | None,
    selection: Selection,
    *,
    writing: WriteOptions,
    settings: Settings,
    reports: ReportOutput,
) -> tuple[list[Run], list[Failure]]:
    async with AsyncExitStack() as stack:
        session = await open_session(
            chosen,
            stack,
            progress=choose_progress(quiet=settings.quiet),
            lock_timeout=writing.lock_timeout,
        )
        fresh_until = time.monotonic() + FRESH
        plan = await plan_rollback(session, run, selection)
        return await settle(
            [Proposal(session, plan, fresh_until)], writing, reports=reports, command="rollback"
        )
