"""`history`: the runs recorded for a target."""

from __future__ import annotations

import asyncio

import click

from sync.cli import sharing
from sync.cli.options import Command, Settings, format_option
from sync.cli.output import report
from sync.cli.showing import one_document
from sync.cli.workspace import open_workspace
from sync.reports.history import history_as_json, history_as_text


@click.command(cls=Command)
@format_option("text", "json")
@click.pass_obj
def command(settings: Settings, /, report_format: str) -> None:
    """List the runs recorded for a target, newest first.

    They stand on a ref of the repository: `git log -p refs/description-sync/TARGET` shows every
    text that was replaced. Where snapshots are shared through a git remote, those of other
    machines are fetched first.

    \b
    description-sync history
    description-sync history --target production --format json
    """
    as_json = report_format == "json"
    written = history_as_json if as_json else history_as_text
    histories = []
    for chosen in open_workspace(settings).targets():
        asyncio.run(sharing.fetch(chosen))
        runs = chosen.snapshots.runs()
        histories.append(written(chosen.identity, chosen.snapshots.ref, runs=runs))
    report(one_document(histories) if as_json else "\n".join(histories))
