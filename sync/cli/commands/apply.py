"""`apply`: make a plan, show it, ask, and write the descriptions to Scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli import exit_codes
from sync.cli.options import (
    Command,
    ReportOptions,
    build_options,
    copy_option,
    dirty_option,
    metrics_option,
    reporting_options,
    selection_options,
    skip_option,
    writing_options,
)
from sync.errors import UsageError

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions


@click.command(cls=Command)
@selection_options
@copy_option
@skip_option
@click.option(
    "--plan",
    "saved",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PLAN.json",
    help="Apply exactly this saved plan.",
)
@dirty_option
@writing_options
@metrics_option
@reporting_options
@click.pass_obj
def command(
    global_options: GlobalOptions, /, saved: Path | None, metrics: Path | None, **given: object
) -> int:
    """Deploy the descriptions: make a plan, show it, ask, and write to Scenario.

    Each text is committed to a git ref before it is replaced; `description-sync rollback` restores
    it. Texts that were changed outside git are overwritten only with `--on-drift overwrite`, or if
    the target's on_drift is `overwrite`.

    \b
    Examples:
      description-sync apply
      description-sync apply --yes --target production
      description-sync apply worlds/reef.md --on-drift overwrite
      description-sync apply --plan plan.json --yes
      description-sync apply --from-target staging --target production

    \b
    Exit codes:
      0    done, or nothing to do
      1    failed: network, server or git; not everything could be tried
      2    the command or config.yaml is wrong
      4    some items failed, or Scenario altered them; the rest is done
      5    refused: drift, a limit or a stale plan; the rest is done
      75   another run holds the lock
      130  interrupted
    """
    import asyncio

    from sync.cli.metrics import record_metrics
    from sync.cli.progress import choose_events
    from sync.cli.report_output import ReportOutput
    from sync.cli.run_callbacks import build_apply_options, build_run_callbacks
    from sync.operations.apply import apply_saved_plan, plan_and_apply
    from sync.operations.saved_plan import read_saved_plan
    from sync.operations.selection import Selection

    selection = build_options(Selection, given)
    allowed = Selection(
        on_drift=selection.on_drift, allow_older=selection.allow_older, resume=selection.resume
    )
    if saved and selection != allowed:
        raise UsageError(
            "--plan cannot be combined with options that select texts",
            hint="Leave out PATH, --model, --since, --commit and --from-target.",
        )
    reports = ReportOutput(global_options, build_options(ReportOptions, given), kind="apply")
    with (
        record_metrics("apply", metrics, choose_events(quiet=global_options.quiet)) as meter,
        reports.write_also_on_failure(),
    ):
        workspace = global_options.open_workspace()
        options = build_apply_options(given)
        callbacks = build_run_callbacks(given, events=meter, reports=reports)
        runs, failures = asyncio.run(
            apply_saved_plan(
                workspace,
                read_saved_plan(saved),
                allowed=allowed,
                options=options,
                callbacks=callbacks,
            )
            if saved
            else plan_and_apply(workspace.list_targets(), selection, options, callbacks)
        )
        reports.write_reports(runs, failures)
        codes = [
            exit_codes.get_failures_exit_code(failures),
            *map(exit_codes.get_run_exit_code, runs),
        ]
        return meter.record_end(exit_codes.pick_worst_code(codes), runs)
