"""Retrieve two targets and match their models and assets."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from sync.decisions.copy import find_untranslated_targets, make_counterpart_table
from sync.decisions.map import (
    RemoteModel,
    TargetModels,
    add_matched_names,
    find_missing_counterparts,
    match_models,
)
from sync.operations.sessions import open_session
from sync.operations.sources.another_target import shared_files, things_there

if TYPE_CHECKING:
    from sync.decisions.map import ModelMap
    from sync.operations.events import Progress
    from sync.operations.sessions import Session
    from sync.workspace.workspace import Chosen


async def _map_targets(source: Chosen, target: Chosen, *, progress: Progress) -> ModelMap:
    workspace = source.workspace
    tracked = workspace.repository.read_tracked_files(
        workspace.folder, None, include=workspace.rules.count
    )
    files = shared_files(source, target, tracked.files)
    paired = make_counterpart_table(source.naming, target.naming, files=files).models
    async with AsyncExitStack() as stack:
        here = await open_session(source, stack, progress=progress)
        there = await open_session(target, stack, progress=progress)
        sides = await _load_side(here), await _load_side(there)
        found = match_models(*sides, paired=paired)
        table = make_counterpart_table(
            add_matched_names(source.naming, found.matches, of="source"),
            add_matched_names(target.naming, found.matches, of="target"),
            files=files,
        )
        held = await here.retrieve([pair.source for pair in table.models])
        things = await things_there(there.scenario, find_untranslated_targets(held.values(), table))
    return replace(found, missing=find_missing_counterparts(held, table, existing=things))


async def _load_side(session: Session) -> TargetModels:
    models = [
        RemoteModel(model.id, model.name or "", model.type)
        async for model in session.scenario.list_models()
    ]
    return TargetModels(session.chosen.naming, models)
