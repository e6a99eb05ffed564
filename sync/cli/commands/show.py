"""`show`: print the description of one model in Scenario."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from sync.cli.options import FORMATS, Command, complete_model, format_option
from sync.cli.output import print_report, uses_color, write_text
from sync.errors import UsageError

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions
    from sync.cli.options import Format
    from sync.reports.formats.text import MarkdownRenderer


@click.command(cls=Command)
@click.argument("model", shell_complete=complete_model)
@click.option("--raw", is_flag=True, help="Print the text alone, exactly as Scenario has it.")
@click.option(
    "--original-assets", is_flag=True, help="Ask for the assets in their original format."
)
@click.option("--urls", is_flag=True, help="Also print URLs; signed URLs give access to the files.")
@format_option(*FORMATS)
@click.pass_obj
def command(
    global_options: GlobalOptions,
    /,
    model: str,
    raw: bool,
    original_assets: bool,
    urls: bool,
    report_format: Format,
) -> None:
    """Show what Scenario has for MODEL: its text, and every field of the assets and models in it.

    MODEL is the id of a model, a file of a description, or a name from `models` in config.yaml.
    The assets and models are those that Scenario resolved from the tags of the text. On a terminal,
    the text is shown as its readers see it. Costs one request.

    \b
    Examples:
      description-sync show model_lantern
      description-sync show descriptions/props/lantern.md --format json
      description-sync show model_lantern --raw > lantern.md
      description-sync show model_lantern --original-assets --urls --format json

    \b
    Exit codes:
      0  done, also if the model has no description
      1  failed: network or server
      2  the command or config.yaml is wrong
      4  there is no such model
    """
    import asyncio

    from sync.cli.progress import choose_events
    from sync.cli.report_output import render_table_reports
    from sync.operations.media import PictureLimits
    from sync.operations.show import ShowOptions, show_model
    from sync.reports.show import build_show_report

    if raw and (urls or original_assets or report_format != "text"):
        raise UsageError("--raw cannot be combined with --format, --urls or --original-assets")
    target = global_options.open_workspace().get_only_target("a model belongs to one target")
    options = ShowOptions(
        original_assets=original_assets,
        urls=urls,
        pictures=PictureLimits() if report_format == "html" else None,
    )
    shown, media = asyncio.run(
        show_model(target, model, options=options, events=choose_events(quiet=global_options.quiet))
    )
    if raw:
        write_text(shown.value or "")
        return
    print_report(
        render_table_reports(
            report_format,
            [shown],
            global_options,
            build_table=build_show_report,
            media={target.name: media},
            show_markdown=_choose_renderer(global_options),
        )
    )


def _choose_renderer(global_options: GlobalOptions) -> MarkdownRenderer | None:
    """Return the renderer for a terminal; into a file or a pipe goes the source of the text."""
    if not sys.stdout.isatty():
        return None
    from functools import partial

    from sync.cli.terminal_markdown import render_markdown_for_terminal

    return partial(render_markdown_for_terminal, color=uses_color(global_options, sys.stdout))
