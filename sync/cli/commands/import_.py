"""`import`: write existing Markdown, model cards and exports into the folder of descriptions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli import exit_codes
from sync.cli.options import FORMATS, Command, format_option
from sync.cli.output import print_report

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions
    from sync.cli.options import Format
    from sync.decisions.import_ import ImportOutcome


@click.command(cls=Command)
@click.argument("source", type=click.Path(exists=True, path_type=Path), metavar="FOLDER|FILE")
@click.option(
    "--locale",
    metavar="TAG",
    help="Import the texts in this language, such as en or pt-BR, where there are several.",
)
@click.option("--dry-run", is_flag=True, help="Show the result for each file; write nothing.")
@format_option(*FORMATS)
@click.pass_obj
def command(
    global_options: GlobalOptions,
    /,
    source: Path,
    locale: str | None,
    dry_run: bool,
    report_format: Format,
) -> int:
    """Import existing texts into the folder of descriptions.

    The Markdown files of a FOLDER keep their relative paths; a README, and files that share a
    name, are named after their folder. A FILE can be Markdown, CSV, TSV, JSON or JSON Lines. Each
    entry of an export has a model (model, model_id, modelId, id) and a text (description, text,
    value). Existing files are never overwritten.

    \b
    Examples:
      description-sync import docs/models --dry-run
      description-sync import export.csv
      description-sync import export.json --locale en

    \b
    Exit codes:
      0  done, or nothing to do
      1  failed: a file could not be written; the rest is done
      2  the command or config.yaml is wrong
      4  some files failed; the rest is done
      5  some files were refused; the rest is done
    """
    from sync.cli.report_output import render_table_reports
    from sync.operations.import_ import import_texts
    from sync.reports.import_ import build_import_report

    chosen = global_options.open_workspace().get_only_target("an import is for one target")
    done = import_texts(source, chosen, dry_run=dry_run, locale=locale)
    print_report(
        render_table_reports(report_format, [done], global_options, build_table=build_import_report)
    )
    return exit_codes.pick_worst_code(map(_choose_exit_code, done.outcomes))


def _choose_exit_code(outcome: ImportOutcome) -> int:
    from sync.decisions.import_ import NotImported

    match outcome:
        case NotImported(is_disk_failure=True):
            return exit_codes.FAILED
        case NotImported(result="refused"):
            return exit_codes.REFUSED
        case NotImported(result="failed"):
            return exit_codes.SOME_FAILED
        case _:
            return exit_codes.DONE
