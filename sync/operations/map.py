"""Retrieve two targets and match their models and assets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.decisions.copy import find_untranslated_targets, make_counterpart_table
from sync.decisions.map import (
    TargetModels,
    add_matched_names,
    find_missing_counterparts,
    match_models,
)
from sync.operations.find_model import list_remote_models
from sync.operations.sessions import open_session, run_both
from sync.operations.sources.another_target import find_existing, find_shared_files

if TYPE_CHECKING:
    from sync.decisions.map import ModelMap
    from sync.operations.events import Events
    from sync.operations.sessions import Session
    from sync.workspace.workspace import Target


async def map_targets(source: Target, target: Target, *, events: Events) -> ModelMap:
    """Match the models of two targets, and find what the texts of the first refer to."""
    workspace = source.workspace
    tracked = workspace.repository.read_tracked_files(
        workspace.folder, None, include=workspace.rules.accepts
    )
    async with (
        open_session(source, events=events) as here,
        open_session(target, events=events) as there,
    ):
        shared = await find_shared_files(here, there, tracked.files)
        paired = make_counterpart_table(source.aliases, target.aliases, files=shared.pairs).models
        sides = await run_both(_load_side(here), _load_side(there))
        found = match_models(*sides, paired=paired)
        table = make_counterpart_table(
            add_matched_names(source.aliases, found.matches, of="source"),
            add_matched_names(target.aliases, found.matches, of="target"),
            files=shared.pairs,
        )
        held = await here.retrieve([pair.source for pair in table.models])
        things = await find_existing(
            there.scenario, find_untranslated_targets(held.values(), table)
        )
    return replace(found, missing=find_missing_counterparts(held, table, existing=things))


async def _load_side(session: Session) -> TargetModels:
    models = await list_remote_models(session.scenario)
    return TargetModels(session.target.aliases, models)
