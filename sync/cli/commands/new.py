"""`new`: create the file of a model without a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sync.cli.options import Command
from sync.cli.output import print_report
from sync.shell_words import quote_word

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions


@click.command(cls=Command)
@click.argument("name")
@click.pass_obj
def command(global_options: GlobalOptions, name: str) -> None:
    """Create the file of the model called NAME, in the folder of descriptions.

    NAME is the name of the model in Scenario, or its id. The file has the text that Scenario has,
    or a heading if there is none yet. Git does not track it until you add it.

    \b
    Examples:
      description-sync new "Storm Lantern"
      description-sync new model_lantern --target production

    \b
    Exit codes:
      0  done
      1  failed: network, server or disk
      2  the model has a file already, several models have this name, or config.yaml is wrong
      4  there is no such model
    """
    import asyncio

    from sync.cli.progress import choose_events
    from sync.operations.new import make_new_file
    from sync.reports.formats.sanitize import escape_invisible
    from sync.workspace.find_config import format_path

    target = global_options.open_workspace().get_only_target("a file is made for one target")
    made = asyncio.run(
        make_new_file(target, name, events=choose_events(quiet=global_options.quiet))
    )
    file = format_path(target.workspace.repository.root / made.path)
    called = f"{made.model.name} ({made.model.id})" if made.model.name else made.model.id
    what = "with the text that Scenario has" if made.has_text else "Scenario has no text yet"
    when = (
        "commit it as it is, so that git has the text of Scenario, and then edit it"
        if made.has_text
        else "edit it, then commit it"
    )
    print_report(
        escape_invisible(f"created {made.path} for {called}: {what}")
        + f"\n\nNext: {when}\n\n  git add {quote_word(file)}\n  git commit\n"
    )
