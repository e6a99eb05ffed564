"""`plan`: show what apply would do, and write nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from sync.cli import exits
from sync.cli.metering import metered
from sync.cli.offline import plan_offline
from sync.cli.options import (
    Command,
    NewFile,
    Reporting,
    Selection,
    Settings,
    copy_option,
    metrics_option,
    reporting_options,
    selection_options,
    take,
)
from sync.cli.output import write_file
from sync.cli.planning import plan_all
from sync.cli.progress import progress
from sync.cli.showing import Reports
from sync.cli.workspace import open_workspace
from sync.reports.json import plan_as_json

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=Command)
@selection_options
@copy_option
@click.option("--unmanaged", is_flag=True, help="Also list models that have a text and no file.")
@click.option(
    "--out",
    type=NewFile(),
    metavar="PLAN.json",
    help="Save the plan, for `apply --plan`.",
)
@click.option(
    "--offline", is_flag=True, help="Ask no server: with --since, what the branch changes."
)
@click.option("--exit-code", is_flag=True, help="Exit 3 where something is not in sync.")
@metrics_option
@reporting_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    out: Path | None,
    offline: bool,
    metrics: Path | None,
    exit_code: bool,
    **given: object,
) -> int:
    """Retrieve, compare, and show what `apply` would do.

    PATHs are files or folders of descriptions; without any, all are planned for. Nothing is
    written anywhere but the files asked for.

    Exits 0, with --exit-code 3 where something is not in sync; 4 where a file has faults or a model
    could not be read, 2 for a mistake in the command or config.yaml, 1 where nothing could be read.

    \b
    description-sync plan
    description-sync plan characters/ --target production
    description-sync plan --since origin/main --format json
    description-sync plan --since origin/main --offline
    description-sync plan --report markdown=plan.md --report html=plan.html
    description-sync plan --out plan.json && description-sync apply --plan plan.json
    """
    selection, reports = take(Selection, given), Reports(settings, take(Reporting, given))
    with metered("plan", metrics, progress(quiet=settings.quiet)) as meter:
        workspace = open_workspace(settings)
        targets = (
            [workspace.only_target("a saved plan is for one target")]
            if out
            else workspace.targets()
        )
        plans, failures = (
            (plan_offline(workspace, targets, selection), [])
            if offline
            else asyncio.run(
                plan_all(
                    workspace, targets, selection, progress=meter, illustrate=reports.illustrate
                )
            )
        )
        if out:
            write_file(out, plan_as_json(plans[0]))
        reports.finish(plans, failures)
        codes = [exits.of_failures(failures)]
        codes += [exits.of_plan(plan, detailed=exit_code) for plan in plans]
        return meter.ended(exits.worst(codes), plans)
