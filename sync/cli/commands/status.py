"""`status`: show one line per model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sync.cli import exit_codes
from sync.cli.options import (
    FORMATS,
    Command,
    Format,
    build_options,
    format_option,
    selection_options,
)
from sync.cli.output import print_report
from sync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.cli.global_options import GlobalOptions


@click.command(cls=Command)
@selection_options
@click.option(
    "--unmanaged", is_flag=True, help="Also list models that have a description, but no file."
)
@click.option(
    "--undocumented",
    is_flag=True,
    help="List the project's models without a description instead; reads all models.",
)
@format_option(*FORMATS)
@click.pass_obj
def command(
    global_options: GlobalOptions, /, report_format: Format, undocumented: bool, **selected: object
) -> int:
    """Show one line per model: state, deployed commit, and number of versions behind.

    \b
    Examples:
      description-sync status
      description-sync status worlds/ --target production
      description-sync status --undocumented

    \b
    Exit codes:
      0  done
      1  failed: network, server or git
      2  the command or config.yaml is wrong
      4  a file is invalid, or a model does not exist or could not be read
    """
    if undocumented:
        return _show_undocumented(global_options, report_format, selected)
    import asyncio

    from sync.cli.progress import choose_events
    from sync.cli.report_output import render_table_reports
    from sync.operations.plan import plan_targets
    from sync.operations.selection import Selection
    from sync.reports.plan import build_status_report

    plans, failures = asyncio.run(
        plan_targets(
            global_options.open_workspace().list_targets(),
            build_options(Selection, selected),
            events=choose_events(quiet=global_options.quiet),
            trace_in_sync=True,
        )
    )
    print_report(
        render_table_reports(
            report_format,
            plans,
            global_options,
            build_table=build_status_report,
            failures=failures,
        )
    )
    codes = [exit_codes.get_plan_exit_code(plan, detailed=False) for plan in plans]
    return exit_codes.pick_worst_code([exit_codes.get_failures_exit_code(failures), *codes])


def _show_undocumented(
    global_options: GlobalOptions, report_format: Format, selected: Mapping[str, object]
) -> int:
    """Show the models without a description. Raises UsageError if a selection is given."""
    import asyncio

    from sync.cli.progress import choose_events
    from sync.cli.report_output import render_table_reports
    from sync.operations.undocumented import read_documentation_status
    from sync.reports.undocumented import build_undocumented_report

    if any(selected.values()):
        raise UsageError(
            "--undocumented cannot be combined with PATH, --model or another selection",
            hint="It is about all models of the project.",
        )
    statuses, failures = asyncio.run(
        read_documentation_status(
            global_options.open_workspace().list_targets(),
            events=choose_events(quiet=global_options.quiet),
        )
    )
    print_report(
        render_table_reports(
            report_format,
            statuses,
            global_options,
            build_table=build_undocumented_report,
            failures=failures,
        )
    )
    codes = [exit_codes.SOME_FAILED if s.unreadable else exit_codes.DONE for s in statuses]
    return exit_codes.pick_worst_code([exit_codes.get_failures_exit_code(failures), *codes])
