"""`rollback`: undo a run by restoring the texts that it replaced."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions


@click.command(cls=Command)
@click.argument("run", required=False, metavar="[RUN]", shell_complete=complete_run)
@model_option
@click.option(
    "--on-drift",
    type=click.Choice(["block", "skip", "overwrite"]),
    default="block",
    show_default=True,
    help="Handle texts that were changed since the run: leave them and exit with 5 (block), leave "
    "them (skip), or overwrite them.",
)
@click.option(
    "--branch",
    metavar="NAME",
    help="Also commit the restored texts to this new branch, for a pull request.",
)
@writing_options
@reporting_options
@click.pass_obj
def command(
    global_options: GlobalOptions, /, run: str | None, branch: str | None, **given: object
) -> int:
    """Undo a run: restore the texts that it replaced.

    RUN is an id from `description-sync history` [default: the last run]. Texts that were changed
    since that run are left alone, except with --on-drift overwrite. A rollback is recorded as a run
    and can itself be rolled back.

    The files still have the newer texts. Apply does not write them until the file changes, or with
    `apply --resume`. --branch commits the restored texts for a pull request.

    \b
    Examples:
      description-sync rollback
      description-sync rollback 20261123-101500-3f2a --yes
      description-sync rollback --branch restore-monday && git push -u origin restore-monday

    \b
    Exit codes:
      0    done, or nothing to do
      1    failed: network, server or git; not everything could be tried
      2    the command or config.yaml is wrong
      4    some items failed, or Scenario altered them; the rest is done
      5    refused: drift or a limit; the rest is done
      75   another run holds the lock
      130  interrupted
    """
    import asyncio

    from sync.cli.progress import choose_events
    from sync.cli.report_output import ReportOutput
    from sync.cli.run_callbacks import build_apply_options, build_run_callbacks
    from sync.operations.rollback import roll_back
    from sync.operations.selection import Selection

    reports = ReportOutput(global_options, build_options(ReportOptions, given), kind="apply")
    events = choose_events(quiet=global_options.quiet)
    with reports.write_also_on_failure():
        target = global_options.open_workspace().get_only_target("a run belongs to one target")
        runs, failures = asyncio.run(
            roll_back(
                target,
                run,
                build_options(Selection, given),
                options=build_apply_options(given),
                callbacks=build_run_callbacks(given, events=events, reports=reports),
                branch=branch,
            )
        )
        reports.write_reports(runs, failures)
    return exit_codes.pick_worst_code(
        [exit_codes.get_failures_exit_code(failures), *map(exit_codes.get_run_exit_code, runs)]
    )
