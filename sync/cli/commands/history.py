"""`history`: list the runs recorded for a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sync.cli.options import FORMATS, Command, complete_run, format_option
from sync.cli.output import print_report

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions
    from sync.cli.options import Format


@click.command(cls=Command)
@click.argument("run", required=False, metavar="[RUN]", shell_complete=complete_run)
@format_option(*FORMATS)
@click.pass_obj
def command(global_options: GlobalOptions, /, run: str | None, report_format: Format) -> None:
    """List the runs of a target, newest first; with RUN, show what that run wrote.

    The runs are recorded on a ref of the repository: `git log -p refs/description-sync/TARGET`
    shows every replaced text. Runs for another project or by another config file are counted, but
    not listed. Runs that were refused, or that failed before their first write, are listed as far
    as this clone made them. If snapshots are shared through a git remote (`snapshots.push`), the
    runs of other machines are fetched first.

    \b
    Examples:
      description-sync history
      description-sync history --target production --format json
      description-sync history 20261128-093000-b181
    """
    import asyncio

    from sync.cli.progress import choose_events
    from sync.cli.report_output import render_table_reports
    from sync.operations.history import read_histories, read_run_history
    from sync.reports.history import build_history_report

    workspace, events = global_options.open_workspace(), choose_events(quiet=global_options.quiet)
    if run is None:
        histories = asyncio.run(read_histories(workspace.list_targets(), events=events))
    else:
        target = workspace.get_only_target("a run belongs to one target")
        histories = [asyncio.run(read_run_history(target, run, events=events))]
    print_report(
        render_table_reports(
            report_format,
            histories,
            global_options,
            build_table=build_history_report,
        )
    )
