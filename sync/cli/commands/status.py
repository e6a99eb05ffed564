"""`status`: one line a model."""

from __future__ import annotations

import asyncio

import click

from sync.cli import exits
from sync.cli.options import (
    FORMATS,
    Command,
    Format,
    Selection,
    Settings,
    format_option,
    selection_options,
    take,
)
from sync.cli.output import report
from sync.cli.planning import plan_all
from sync.cli.progress import progress
from sync.cli.showing import listed
from sync.cli.workspace import open_workspace
from sync.reports.json import plan_as_json
from sync.reports.rows import status_listing


@click.command(cls=Command)
@selection_options
@click.option("--unmanaged", is_flag=True, help="Also list models that have a text and no file.")
@format_option(*FORMATS)
@click.pass_obj
def command(settings: Settings, /, report_format: Format, **selected: object) -> int:
    """One line a model: its state, the commit its remote text is at, and how far behind that is.

    \b
    description-sync status
    description-sync status worlds/ --target production
    """
    workspace = open_workspace(settings)
    plans, failures = asyncio.run(
        plan_all(
            workspace,
            workspace.targets(),
            take(Selection, selected),
            progress=progress(quiet=settings.quiet),
            traced=True,
        )
    )
    report(
        listed(
            report_format,
            plans,
            settings,
            listing=status_listing,
            document=plan_as_json,
            failures=failures,
        )
    )
    codes = [exits.of_plan(plan, detailed=False) for plan in plans]
    return exits.worst([exits.of_failures(failures), *codes])
