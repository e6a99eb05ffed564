"""`doctor`: check a target's credentials, project, git and server, and how it treats texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sync.cli import exit_codes
from sync.cli.options import FORMATS, Command, complete_model, format_option
from sync.cli.output import print_report
from sync.errors import SyncError

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions
    from sync.cli.options import Format
    from sync.decisions.doctor import Checkup
    from sync.workspace.workspace import Target


@click.command(cls=Command)
@click.option(
    "--model",
    metavar="ID",
    help="Also send test texts to this scratch model, to see how Scenario changes them.",
    shell_complete=complete_model,
)
@click.option("--yes", is_flag=True, help="Write to the scratch model without asking.")
@format_option(*FORMATS)
@click.pass_obj
def command(
    global_options: GlobalOptions, model: str | None, yes: bool, report_format: Format
) -> int:
    """Check the credentials, project, clock, permissions, rate limit and git, and suggest fixes.

    It also says how the last run ended, how long texts have differed from git, and what the next
    apply would do: one request per description.

    Nothing is written without --model. With --model, texts with trailing spaces, CRLF, HTML,
    unusual Unicode, tables, lists, tags and great length are sent to that scratch model, to see how
    Scenario changes them; one deletion is tried, too. The model's own text is kept
    on the snapshot ref first and restored afterwards, also after an interruption. The report has
    none of your texts and no key, so its JSON can be sent to others.

    \b
    Examples:
      description-sync doctor
      description-sync doctor --target production --format json
      description-sync doctor --model model_scratch

    \b
    Exit codes:
      0    no check failed (warnings do not count)
      1    a check failed
      2    the command or config.yaml is wrong, or Scenario refuses the key or the project
      130  interrupted
    """
    import asyncio

    from sync.cli.graceful_stop import SignalStop
    from sync.cli.progress import choose_events
    from sync.cli.report_output import render_table_reports
    from sync.operations.doctor import check_targets
    from sync.reports.doctor import build_doctor_report

    workspace = global_options.open_workspace()
    targets = workspace.list_targets()
    if model:
        chosen = workspace.get_only_target("a scratch model belongs to one target")
        if not yes:
            _confirm_writing(model, chosen)
    shown = choose_events(quiet=global_options.quiet)
    checkups = asyncio.run(check_targets(targets, model, events=shown, stop=SignalStop()))
    print_report(
        render_table_reports(
            report_format,
            checkups,
            global_options,
            build_table=build_doctor_report,
        )
    )
    return exit_codes.pick_worst_code(map(_choose_exit_code, checkups))


def _confirm_writing(model: str, chosen: Target) -> None:
    from sync.cli.questions import confirm

    question = f"Send texts to {model} of {chosen.name}, and restore its own text afterwards?"
    if not confirm(question, hint="Pass --yes to try texts without being asked."):
        raise SyncError("cancelled: nothing was written")


def _choose_exit_code(checkup: Checkup) -> int:
    if checkup.interrupted:
        return exit_codes.INTERRUPTED
    if checkup.key_refused:
        return exit_codes.USAGE
    return exit_codes.FAILED if checkup.count("fail") else exit_codes.DONE
