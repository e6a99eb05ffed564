"""`pull`: take remote texts into files."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import click

from sync.cli import exits, sharing
from sync.cli.options import FORMATS, Command, Selection, Settings, format_option, model_option
from sync.cli.output import report
from sync.cli.progress import progress
from sync.cli.pulling import pull_into_files, pull_onto_branch
from sync.cli.showing import listed
from sync.cli.targets import open_session
from sync.cli.workspace import open_workspace
from sync.git import check_new_branch
from sync.reports.pull import pull_as_json, pull_listing

if TYPE_CHECKING:
    from sync.adopt import Pull
    from sync.cli.options import Format
    from sync.cli.workspace import Chosen

LOCK_TIMEOUT = 60  # seconds


@click.command(cls=Command)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@model_option
@click.option("--all", "everything", is_flag=True, help="Also models that have a text and no file.")
@click.option("--branch", metavar="NAME", help="Commit to this new branch; leave the files alone.")
@format_option(*FORMATS)
@click.pass_obj
def command(
    settings: Settings,
    /,
    paths: tuple[str, ...],
    models: tuple[str, ...],
    everything: bool,
    branch: str | None,
    report_format: Format,
) -> int:
    """Take texts that were edited elsewhere into their files.

    A file that changed too is merged; where both changed the same place, the file gets markers
    and a person chooses. A file with changes that are not committed is left alone.

    \b
    description-sync pull
    description-sync pull worlds/reef.md --target production
    description-sync pull --all
    description-sync pull --branch edits-of-today && git push -u origin edits-of-today
    """
    workspace = open_workspace(settings)
    chosen = workspace.only_target("a pull is from one target")
    if branch:
        check_new_branch(workspace.repository, branch)
    selection = Selection(paths=paths, models=models, unmanaged=everything)
    pull = asyncio.run(_pull(chosen, selection, branch=branch, settings=settings))
    report(listed(report_format, [pull], settings, listing=pull_listing, document=pull_as_json))
    return _code(pull)


async def _pull(
    chosen: Chosen, selection: Selection, *, branch: str | None, settings: Settings
) -> Pull:
    shown = progress(quiet=settings.quiet)
    async with AsyncExitStack() as stack:
        session = await open_session(chosen, stack, progress=shown, lock_timeout=LOCK_TIMEOUT)
        pull = (
            await pull_onto_branch(session, selection, branch=branch)
            if branch
            else await pull_into_files(session, selection)
        )
        await sharing.push(chosen)
        return pull


def _code(pull: Pull) -> int:
    results = pull.summary
    if pull.interrupted:
        return exits.INTERRUPTED
    if results.get("conflict") or results.get("refused"):
        return exits.REFUSED
    return exits.SOME_FAILED if results.get("failed") else exits.DONE
