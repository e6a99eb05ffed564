"""`history`: list the runs recorded for a target."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from sync.cli.options import FORMATS, Command, format_option
from sync.cli.output import print_report
from sync.cli.report_output import render_table_reports
from sync.reports.history import RunHistory, build_history_report
from sync.workspace import snapshot_remote
from sync.workspace.workspace import open_workspace

if TYPE_CHECKING:
    from sync.cli.options import Format
    from sync.cli.settings import Settings
    from sync.workspace.workspace import Target


@click.command(cls=Command)
@format_option(*FORMATS)
@click.pass_obj
def command(settings: Settings, /, report_format: Format) -> None:
    """List the runs recorded for a target, newest first.

    The runs are recorded on a ref of the repository: `git log -p refs/description-sync/TARGET`
    shows every replaced text. Runs for another project or by another config file are counted, but
    not listed. If snapshots are shared through a git remote (`snapshots.push`), the
    runs of other machines are fetched first.

    \b
    Examples:
      description-sync history
      description-sync history --target production --format json
    """
    histories = [_read_history(chosen) for chosen in open_workspace(settings).list_targets()]
    print_report(
        render_table_reports(
            report_format,
            histories,
            settings,
            build_table=build_history_report,
        )
    )


def _read_history(target: Target) -> RunHistory:
    asyncio.run(snapshot_remote.fetch_from_remote(target))
    snapshots = target.snapshots
    return RunHistory(
        target.identity, snapshots.ref, snapshots.list_runs(), snapshots.list_foreign_runs()
    )
