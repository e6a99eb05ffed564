"""`import`: write existing Markdown, model cards and exports into the folder of descriptions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli import exit_codes
from sync.cli.options import FORMATS, Command, format_option
from sync.cli.output import print_report

if TYPE_CHECKING:
    from sync.cli.options import Format
    from sync.cli.settings import Settings
    from sync.decisions.import_ import ImportOutcome


@click.command(cls=Command)
@click.argument("source", type=click.Path(exists=True, path_type=Path), metavar="FOLDER|FILE")
@click.option("--dry-run", is_flag=True, help="Show the result for each file; write nothing.")
@format_option(*FORMATS)
@click.pass_obj
def command(settings: Settings, /, source: Path, dry_run: bool, report_format: Format) -> int:
    """Import existing texts into the folder of descriptions.

    The Markdown files of a FOLDER keep their relative paths; the README of a model card is named
    after its folder. A FILE can be Markdown, CSV or JSON. Each entry of CSV or JSON has a model
    (model, model_id, modelId, id) and a text (description, text, value). Existing files are never
    overwritten.

    \b
    Examples:
      description-sync import docs/models --dry-run
      description-sync import export.csv

    \b
    Exit codes:
      0  done, or nothing to do
      2  the command or config.yaml is wrong
      4  some files failed; the rest is done
      5  some files were refused; the rest is done
    """
    from sync.cli.report_output import render_table_reports
    from sync.decisions.import_ import ImportRun, decide_import
    from sync.operations.import_ import read_folder_state, read_source, write_import
    from sync.reports.import_ import build_import_report
    from sync.workspace.folder import DescriptionFolder

    chosen = settings.open_workspace().get_only_target("an import is for one target")
    folder = DescriptionFolder(chosen.workspace.repository.root, chosen.workspace.folder)
    found = decide_import(read_source(source), read_folder_state(chosen, folder))
    if not dry_run:
        found = [write_import(outcome, folder) for outcome in found]
    done = ImportRun(chosen.name, folder.name, found, dry=dry_run)
    print_report(
        render_table_reports(
            report_format,
            [done],
            settings,
            build_table=build_import_report,
        )
    )
    return exit_codes.pick_worst_code(map(_choose_exit_code, found))


def _choose_exit_code(outcome: ImportOutcome) -> int:
    from sync.decisions.import_ import NotImported

    match outcome:
        case NotImported(result="refused"):
            return exit_codes.REFUSED
        case NotImported(result="failed"):
            return exit_codes.SOME_FAILED
        case _:
            return exit_codes.DONE
