"""Check that the models and references of the files exist in the targets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sync.descriptions.document import read_documents
from sync.lint.presence import (
    RemoteItems,
    check_presence,
    find_models_with_private_assets,
    list_named_assets,
    list_named_models,
)
from sync.operations.sessions import run_side_by_side

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from sync.lint.finding import Finding
    from sync.model.document import Document
    from sync.operations.events import Events
    from sync.operations.sessions import Failure
    from sync.scenario import Scenario
    from sync.workspace.workspace import Target


async def check_online(
    targets: Sequence[Target],
    files: Mapping[str, bytes],
    *,
    folder: str,
    chosen: Container[str],
    events: Events,
) -> tuple[list[Finding], list[Failure]]:
    """Check the chosen files against all targets; return the findings and the failed targets.

    `folder` is the prefix of file paths in findings. Raises SyncError if the only target fails.
    """

    async def check_target(target: Target) -> list[Finding]:
        read, _ = read_documents(files, target.aliases, folder=folder)
        documents = [document for document in read if document.path in chosen]
        async with target.connect(events.add_track(target.name).handle_notice) as scenario:
            present = await _read_present_items(scenario, documents, name=target.name)
        levels = target.workspace.config.rules
        return list(check_presence(documents, present, folder=folder, levels=levels))

    answers, failures = await run_side_by_side(
        targets, check_target, name=lambda target: target.name, events=events
    )
    return [finding for answer in answers for finding in answer], failures


async def _read_present_items(
    scenario: Scenario, documents: Sequence[Document], *, name: str
) -> RemoteItems:
    """Read which of the named models and assets the target has, in calls of many ids each."""
    models, assets = await asyncio.gather(
        scenario.find_model_summaries(list_named_models(documents), anywhere=True),
        scenario.find_assets(list_named_assets(documents), anywhere=True),
    )
    privacy = {id_: asset.privacy or "" for id_, asset in assets.records.items()}
    suspects = await scenario.find_models(find_models_with_private_assets(documents, privacy))
    return RemoteItems(
        name,
        models.records.keys(),
        privacy,
        {id_ for id_, model in suspects.records.items() if model.privacy == "public"},
        unknown_models=models.unknown_ids,
        unknown_assets=assets.unknown_ids,
    )
