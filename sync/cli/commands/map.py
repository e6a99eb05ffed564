"""`map`: match the models of two targets, and name the matches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli.options import (
    FORMATS,
    Command,
    NewFileType,
    build_options,
    complete_target,
    format_option,
)
from sync.cli.output import print_report
from sync.errors import UsageError

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions
    from sync.cli.options import Format
    from sync.workspace.workspace import Target, Workspace


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[FROM TO]", shell_complete=complete_target)
@click.option("--write", is_flag=True, help="Save the names in names.yaml, beside config.yaml.")
@click.option("--rewrite", is_flag=True, help="Write names in place of ids in all files.")
@click.option(
    "--download",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Download the files of missing assets into this folder.",
)
@click.option(
    "--assets",
    type=NewFileType(),
    metavar="CSV",
    help="List missing assets in this file, and use the new ids that you filled in.",
)
@format_option(*FORMATS)
@click.pass_obj
def command(
    global_options: GlobalOptions, /, names: tuple[str, ...], report_format: Format, **given: object
) -> int:
    """Match the models of two targets by name and type, and give each match a name.

    Models that already have a name in both targets keep it. The report also lists the models and
    assets that the texts of FROM refer to and TO does not have. The texts are those of the files;
    texts without a file are read from Scenario. Without options, nothing is written.

    --rewrite changes the files only if every text for FROM stays the same, byte for byte. Add
    --write to use the names that this run finds.

    Upload missing assets to TO, fill in their new ids in the file of --assets, and run the command
    again with --write.

    \b
    Examples:
      description-sync map staging production
      description-sync map staging production --write
      description-sync map staging production --write --rewrite
      description-sync map staging production --download missing --assets missing.csv
      description-sync map --target staging --target production --format json

    \b
    Exit codes:
      0  done
      1  failed: network, server or git
      2  the command or config.yaml is wrong
      4  some new ids or downloads of assets failed; the rest is done
      5  some files were left alone, for the reasons in the report
    """
    import asyncio

    from sync.cli.exit_codes import DONE, REFUSED, SOME_FAILED
    from sync.cli.progress import choose_events
    from sync.cli.report_output import render_table_reports
    from sync.operations.map import MapOptions, map_targets
    from sync.reports.map import build_map_report

    workspace = global_options.open_workspace()
    source, target = _select_two_targets(workspace, names)
    options, events = build_options(MapOptions, given), choose_events(quiet=global_options.quiet)
    found = asyncio.run(map_targets(source, target, options=options, events=events))
    print_report(
        render_table_reports(
            report_format,
            [found],
            global_options,
            build_table=build_map_report,
        )
    )
    if found.name_replacement and found.name_replacement.left:
        return REFUSED
    return SOME_FAILED if found.failures else DONE


def _select_two_targets(workspace: Workspace, names: tuple[str, ...]) -> list[Target]:
    targets = replace(workspace, target_names=names or workspace.target_names).list_targets()
    if len(targets) != 2:  # noqa: PLR2004 - a pair
        raise UsageError(
            "map needs two targets", hint="For example: description-sync map staging production"
        )
    return targets
