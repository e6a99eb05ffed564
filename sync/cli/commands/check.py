"""`check`: find every error in the files and config.yaml; uses the network only if asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import click

from sync.cli import exit_codes
from sync.cli.options import FORMATS, Command, format_option
from sync.cli.output import get_terminal_width, print_report, print_warning, uses_color
from sync.cli.time_limit import limit_time_per_file

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from sync.cli.global_options import GlobalOptions
    from sync.cli.options import Format
    from sync.lint.finding import Finding
    from sync.operations.check import CheckContext

    CheckFormat = Format | Literal["github", "sarif"]
    from sync.reports.check import CheckResult


@click.command(cls=Command)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...")
@click.option(
    "--online",
    is_flag=True,
    help="Also ask Scenario whether the models and references exist.",
)
@click.option(
    "--fix",
    is_flag=True,
    help="Correct the errors that have only one possible correction, and show it.",
)
@format_option(*FORMATS, "github", "sarif")
@click.pass_obj
def command(
    global_options: GlobalOptions,
    paths: tuple[str, ...],
    online: bool,
    fix: bool,
    report_format: CheckFormat,
) -> int:
    """Find all errors in the descriptions and config.yaml, each with its line and column.

    PATHs are files or folders. Files that are not descriptions are ignored, so that a git hook can
    pass all changed files. Without --target, names are checked for every target. docs/rules.md
    explains each rule; `rules` in config.yaml sets a rule to error, warning, info or off. --fix
    deletes blanks in tags and byte order marks, changes line ends to LF, adds a missing line end at
    the end of a file, and a missing first line of front matter.

    \b
    Examples:
      description-sync check
      description-sync check characters/ --format github
      description-sync check --fix
      description-sync check --online --target production

    \b
    Exit codes:
      0  no errors
      1  Scenario did not answer (with --online)
      2  config.yaml has errors, or the command is wrong
      4  descriptions have errors, or could not be fixed
    """
    from sync.descriptions.file_filter import FileFilter
    from sync.operations.check import check_offline, fix_files, read_check_context
    from sync.reports.check import CheckResult
    from sync.workspace.folder import select_named_files
    from sync.workspace.read_folder import read_folder

    context = read_check_context(
        global_options.config,
        global_options.targets,
        all_targets=global_options.all_targets,
        from_root=report_format in {"github", "sarif"},
    )
    files = read_folder(context.folder, FileFilter(context.scope.exclude))
    chosen = select_named_files(paths, files, context.folder)
    fixes = None
    if fix:
        files, fixes = fix_files(context, files, chosen=chosen)
    findings = check_offline(context, files, chosen=chosen, time_limit=limit_time_per_file)
    code, is_complete = exit_codes.DONE, not online
    try:
        if online and context.is_sound:
            found, code = _check_online(context, files, chosen, global_options=global_options)
            findings, is_complete = sorted({*findings, *found}), code == exit_codes.DONE
    finally:
        print_report(
            _render_findings(
                report_format,
                CheckResult(findings, len(chosen), is_complete=is_complete, fixes=fixes),
                global_options,
                {f"{context.display_folder}/{path}": files[path] for path in chosen},
            )
        )
    if not context.is_sound:
        return exit_codes.USAGE
    unwritten = [file for file in fixes or () if file.reason]
    if report_format in {"github", "sarif"}:  # they have no place for it
        for file in unwritten:
            print_warning(f"{file.path} cannot be fixed: {file.reason}")
    if unwritten:
        code = exit_codes.pick_worst_code([code, exit_codes.SOME_FAILED])
    return exit_codes.pick_worst_code([code, _choose_exit_code(findings)])


def _check_online(
    context: CheckContext,
    files: Mapping[str, bytes],
    chosen: Container[str],
    *,
    global_options: GlobalOptions,
) -> tuple[list[Finding], int]:
    """Return the findings of all targets, and the worst exit code of those that failed."""
    import asyncio

    from sync.cli.progress import choose_events
    from sync.operations.check_online import check_online

    found, failures = asyncio.run(
        check_online(
            global_options.open_workspace().list_targets(),
            files,
            folder=context.display_folder,
            chosen=chosen,
            events=choose_events(quiet=global_options.quiet),
        )
    )
    return found, exit_codes.get_failures_exit_code(failures)


def _render_findings(
    report_format: CheckFormat,
    result: CheckResult,
    global_options: GlobalOptions,
    sources: Mapping[str, bytes],
) -> str:
    from sync.reports.check import (
        build_check_report,
        render_check_annotations,
        render_check_sarif,
    )
    from sync.reports.check_text import render_check_text

    match report_format:
        case "github":
            return render_check_annotations(result.findings)
        case "sarif":
            return render_check_sarif(result.findings)
        case "text" if global_options.quiet and not (result.findings or result.fixes):
            return ""
        case "text":
            return render_check_text(
                result,
                color=uses_color(global_options, sys.stdout),
                verbose=global_options.verbose,
                sources=sources if sys.stdout.isatty() else None,
                width=get_terminal_width(),
            )
        case _:
            from sync.cli.report_output import render_table_reports

            return render_table_reports(
                report_format,
                [result],
                global_options,
                build_table=build_check_report,
            )


def _choose_exit_code(findings: Sequence[Finding]) -> int:
    is_faulty = any(finding.severity == "error" for finding in findings)
    return exit_codes.SOME_FAILED if is_faulty else exit_codes.DONE
