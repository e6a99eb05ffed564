"""`check`: find every error in the files and config.yaml; uses the network only if asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import click

from sync.cli import exit_codes
from sync.cli.options import FORMATS, Command, format_option
from sync.cli.output import print_report, uses_color
from sync.descriptions.file_filter import FileFilter
from sync.reports.check import (
    CheckResult,
    build_check_report,
    render_check_annotations,
    render_check_sarif,
    render_check_text,
)
from sync.workspace.folder import read_folder, select_named_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.cli.options import Format
    from sync.cli.settings import Settings
    from sync.lint.finding import Finding

    CheckFormat = Format | Literal["github", "sarif"]
from sync.operations.check import check_offline, read_check_context


@click.command(cls=Command)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option(
    "--online",
    is_flag=True,
    help="Also ask Scenario whether the models and references exist.",
)
@format_option(*FORMATS, "github", "sarif")
@click.pass_obj
def command(
    settings: Settings, paths: tuple[str, ...], online: bool, report_format: CheckFormat
) -> int:
    """Find all errors in the descriptions and config.yaml, each with its line and column.

    PATHs are files or folders. Files that are not descriptions are ignored, so that a git hook can
    pass all changed files. Without --target, names are checked for every target. docs/rules.md
    explains each rule; `rules` in config.yaml sets a rule to error, warning, info or off.

    \b
    Examples:
      description-sync check
      description-sync check characters/ --format github
      description-sync check --online --target production

    \b
    Exit codes:
      0  no errors
      1  Scenario did not answer (with --online)
      2  config.yaml has errors, or the command is wrong
      4  descriptions have errors
    """
    grounds = read_check_context(settings, from_root=report_format in {"github", "sarif"})
    files = read_folder(grounds.folder, FileFilter(grounds.scope.exclude))
    chosen = select_named_files(paths, files, grounds.folder)
    findings = check_offline(grounds, files, chosen=chosen)
    code, is_complete = exit_codes.DONE, not online
    try:
        if online and grounds.is_sound:
            from sync.operations.check_online import check_online  # noqa: PLC0415 - HTTP and git take half a second

            found, code = check_online(
                settings, files, folder=grounds.display_folder, chosen=chosen
            )
            findings, is_complete = sorted({*findings, *found}), code == exit_codes.DONE
    finally:
        print_report(
            _render_findings(
                report_format,
                CheckResult(findings, files=len(chosen), is_complete=is_complete),
                settings,
            )
        )
    return exit_codes.pick_worst_code([code, grounds.exit_code, _choose_exit_code(findings)])


# --- config.yaml ---------------------------------------------------------------------------------


# --- findings ------------------------------------------------------------------------------------


def _render_findings(report_format: CheckFormat, result: CheckResult, settings: Settings) -> str:
    match report_format:
        case "github":
            return render_check_annotations(result.findings)
        case "sarif":
            return render_check_sarif(result.findings)
        case "text" if settings.quiet and not result.findings:
            return ""
        case "text":
            return render_check_text(result, color=uses_color(settings, sys.stdout))
        case _:
            from sync.cli.report_output import render_table_reports  # noqa: PLC0415 - slow, and a git hook does not need it

            return render_table_reports(
                report_format,
                [result],
                settings,
                build_table=build_check_report,
            )


def _choose_exit_code(findings: Sequence[Finding]) -> int:
    is_faulty = any(finding.severity == "error" for finding in findings)
    return exit_codes.SOME_FAILED if is_faulty else exit_codes.DONE
