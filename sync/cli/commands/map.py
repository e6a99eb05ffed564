"""`map`: which models of two targets are the same, and the lines of config.yaml that say so."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from sync.cli.copying import shared_files, things_there
from sync.cli.options import FORMATS, Command, Settings, complete_target, format_option
from sync.cli.output import report
from sync.cli.progress import progress
from sync.cli.showing import listed
from sync.cli.targets import open_session
from sync.cli.workspace import open_workspace
from sync.errors import UsageError
from sync.matching import Listed, Side, match_models, missing, named
from sync.reports.map import map_as_json, map_listing
from sync.translate import make_table, needed

if TYPE_CHECKING:
    from sync.cli.options import Format
    from sync.cli.progress import Progress
    from sync.cli.targets import Session
    from sync.cli.workspace import Chosen, Workspace
    from sync.matching import Map


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[FROM TO]", shell_complete=complete_target)
@format_option(*FORMATS)
@click.pass_obj
def command(settings: Settings, names: tuple[str, ...], report_format: Format) -> None:
    """Match the models of two targets by name and type, and propose names for config.yaml.

    What has a name in both already is left as it is. Of what the texts of the first target refer
    to, what the second one lacks is listed. Nothing is written.

    \b
    description-sync map staging production
    description-sync map --target staging --target production --format json
    """
    workspace = open_workspace(settings)
    source, target = _both(workspace, names)
    found = asyncio.run(_map(source, target, progress=progress(quiet=settings.quiet)))
    report(listed(report_format, [found], settings, listing=map_listing, document=map_as_json))


def _both(workspace: Workspace, names: tuple[str, ...]) -> list[Chosen]:
    targets = replace(workspace, names=names or workspace.names).targets()
    if len(targets) != 2:  # noqa: PLR2004 - a pair
        raise UsageError("a map needs two targets", hint="description-sync map staging production")
    return targets


async def _map(source: Chosen, target: Chosen, *, progress: Progress) -> Map:
    workspace = source.workspace
    tracked = workspace.repository.tracked(workspace.folder, None, wanted=workspace.rules.count)
    files = shared_files(source, target, tracked.files)
    paired = make_table(source.naming, target.naming, files=files).models
    async with AsyncExitStack() as stack:
        here = await open_session(source, stack, progress=progress)
        there = await open_session(target, stack, progress=progress)
        sides = await _side(here), await _side(there)
        found = match_models(*sides, paired=paired)
        table = make_table(
            named(source.naming, found.matches, of="source"),
            named(target.naming, found.matches, of="target"),
            files=files,
        )
        held = await here.retrieve([pair.source for pair in table.models])
        things = await things_there(there.scenario, needed(held.values(), table))
    return replace(found, missing=missing(held, table, there=things))


async def _side(session: Session) -> Side:
    models = [
        Listed(model.id, model.name or "", model.type)
        async for model in session.scenario.list_models()
    ]
    return Side(session.chosen.naming, models)
