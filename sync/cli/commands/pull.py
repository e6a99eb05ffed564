"""`pull`: write texts from Scenario into files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sync.cli import exit_codes
from sync.cli.options import FORMATS, Command, format_option, model_option
from sync.cli.output import print_report

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions
    from sync.cli.options import Format
    from sync.decisions.pull import PullRun


@click.command(cls=Command)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@model_option
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Also pull models that have a description, but no file.",
)
@click.option(
    "--branch", metavar="NAME", help="Commit to this new branch; do not change any file here."
)
@format_option(*FORMATS)
@click.pass_obj
def command(
    global_options: GlobalOptions,
    /,
    paths: tuple[str, ...],
    models: tuple[str, ...],
    everything: bool,
    branch: str | None,
    report_format: Format,
) -> int:
    """Pull texts that were changed outside git into their files.

    If the file changed too, both changes are merged. If both changed the same lines, the file gets
    conflict markers, and you choose. Files with uncommitted changes are not touched.

    \b
    Examples:
      description-sync pull
      description-sync pull worlds/reef.md --target production
      description-sync pull --all
      description-sync pull --branch edits-of-today && git push -u origin edits-of-today

    \b
    Exit codes:
      0    done, or nothing to do
      1    failed: network, server or git
      2    the command or config.yaml is wrong
      4    some items failed; the rest is done
      5    some items were refused or have conflicts; the rest is done
      75   another run holds the lock
      130  interrupted
    """
    import asyncio

    from sync.cli.graceful_stop import SignalStop
    from sync.cli.progress import choose_events
    from sync.cli.report_output import render_table_reports
    from sync.operations.pull.pull import pull_target
    from sync.operations.selection import Selection
    from sync.reports.pull import build_pull_report

    target = global_options.open_workspace().get_only_target("a pull is from one target")
    pull = asyncio.run(
        pull_target(
            target,
            Selection(paths=paths, models=models, unmanaged=everything),
            branch=branch,
            events=choose_events(quiet=global_options.quiet),
            stop=SignalStop(),
        )
    )
    print_report(
        render_table_reports(
            report_format,
            [pull],
            global_options,
            build_table=build_pull_report,
        )
    )
    return _choose_exit_code(pull)


def _choose_exit_code(pull: PullRun) -> int:
    results = pull.summary
    if pull.interrupted:
        return exit_codes.INTERRUPTED
    if results.get("conflict") or results.get("refused"):
        return exit_codes.REFUSED
    if not pull.is_complete_on_disk:
        return exit_codes.FAILED
    return exit_codes.SOME_FAILED if results.get("failed") else exit_codes.DONE
