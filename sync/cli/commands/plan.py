"""`plan`: show what apply would change; write nothing to Scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sync.cli import exit_codes
from sync.cli.options import (
    Command,
    NewFileType,
    ReportOptions,
    build_options,
    copy_option,
    dirty_option,
    limit_options,
    metrics_option,
    reporting_options,
    selection_options,
    skip_option,
)
from sync.cli.output import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from sync.cli.global_options import GlobalOptions


@click.command(cls=Command)
@selection_options
@copy_option
@skip_option
@click.option(
    "--unmanaged", is_flag=True, help="Also list models that have a description, but no file."
)
@click.option(
    "--out",
    type=NewFileType(),
    metavar="PLAN.json",
    help="Save the plan into this file, for `apply --plan`.",
)
@click.option(
    "--offline", is_flag=True, help="Show what the branch changes, without network; needs --since."
)
@click.option(
    "--exit-code",
    is_flag=True,
    help="Exit with 3 if there are changes, with 5 if apply would refuse the plan.",
)
@dirty_option
@limit_options
@metrics_option
@reporting_options
@click.pass_obj
def command(
    global_options: GlobalOptions,
    /,
    out: Path | None,
    offline: bool,
    metrics: Path | None,
    exit_code: bool,
    **given: object,
) -> int:
    """Show what `apply` would change (a dry run).

    Plan compares the descriptions in the files with the texts in Scenario. PATHs are files or
    folders of descriptions [default: all]. Nothing is written except the files of --out, --report
    and --metrics.

    \b
    Examples:
      description-sync plan
      description-sync plan characters/ --target production
      description-sync plan --since origin/main --format json
      description-sync plan --since origin/main --offline
      description-sync plan --report markdown=plan.md --report html=plan.html
      description-sync plan --exit-code --allow-mass-change
      description-sync plan --out plan.json && description-sync apply --plan plan.json

    \b
    Exit codes:
      0  done, whether there are changes or not
      1  failed: network, server or git
      2  the command or config.yaml is wrong
      3  there are changes (only with --exit-code)
      4  a file is invalid, or a model does not exist or could not be read
      5  apply would refuse the plan because of a limit (only with --exit-code)
    """
    import asyncio

    from sync.cli.metrics import record_metrics
    from sync.cli.progress import choose_events
    from sync.cli.report_output import ReportOutput
    from sync.decisions.limits import Overrides, lift_violations
    from sync.operations.plan import plan_offline, plan_targets
    from sync.operations.selection import Selection

    selection, reports = (
        build_options(Selection, given),
        ReportOutput(global_options, build_options(ReportOptions, given), kind="plan"),
    )
    with (
        record_metrics("plan", metrics, choose_events(quiet=global_options.quiet)) as meter,
        reports.write_also_on_failure(),
    ):
        workspace = global_options.open_workspace()
        targets = (
            [workspace.get_only_target("a saved plan is for one target")]
            if out
            else workspace.list_targets()
        )
        plans, failures = (
            (asyncio.run(plan_offline(targets, selection)), [])
            if offline
            else asyncio.run(
                plan_targets(targets, selection, events=meter, on_plan=reports.load_plan_media)
            )
        )
        overrides = build_options(Overrides, given)
        plans = [lift_violations(plan, overrides) for plan in plans]
        if out:
            from sync.reports.formats.json import render_json

            write_file(out, render_json(plans[:1]))
        reports.write_reports(plans, failures)
        codes = [exit_codes.get_failures_exit_code(failures)]
        codes += [exit_codes.get_plan_exit_code(plan, detailed=exit_code) for plan in plans]
        return meter.record_end(exit_codes.pick_worst_code(codes), plans)
