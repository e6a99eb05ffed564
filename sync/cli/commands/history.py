"""`history`: the runs recorded for a target."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from sync.cli import sharing
from sync.cli.options import FORMATS, Command, Settings, format_option
from sync.cli.output import report
from sync.cli.showing import listed
from sync.cli.workspace import open_workspace
from sync.reports.history import History, history_as_json, history_listing

if TYPE_CHECKING:
    from sync.cli.options import Format
    from sync.cli.workspace import Chosen


@click.command(cls=Command)
@format_option(*FORMATS)
@click.pass_obj
def command(settings: Settings, /, report_format: Format) -> None:
    """List the runs recorded for a target, newest first.

    They stand on a ref of the repository: `git log -p refs/description-sync/TARGET` shows every
    text that was replaced. Where snapshots are shared through a git remote, those of other
    machines are fetched first.

    \b
    description-sync history
    description-sync history --target production --format json
    """
    histories = [_history(chosen) for chosen in open_workspace(settings).targets()]
    report(
        listed(
            report_format, histories, settings, listing=history_listing, document=history_as_json
        )
    )


def _history(chosen: Chosen) -> History:
    asyncio.run(sharing.fetch(chosen))
    return History(chosen.identity, chosen.snapshots.ref, chosen.snapshots.runs())
