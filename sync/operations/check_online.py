"""What a check asks of targets: are the models there, and what the texts refer to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sync.cli import exit_codes
from sync.cli.progress import choose_events
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

    from sync.cli.settings import Settings
    from sync.lint.finding import Finding
    from sync.model import Document
    from sync.scenario import Scenario
    from sync.workspace.workspace import Target


def check_online(
    settings: Settings, files: Mapping[str, bytes], *, folder: str, chosen: Container[str]
) -> tuple[list[Finding], int]:
    """The findings of all chosen targets, and the worst exit code of those that did not answer.

    Raises SyncError where the only one doesn't.
    """
    workspace = settings.open_workspace()
    shown = choose_events(quiet=settings.quiet)

    async def check(target: Target) -> list[Finding]:
        read, _ = read_documents(files, target.aliases, folder=folder)
        documents = [document for document in read if document.path in chosen]
        async with target.connect(shown.add_track(target.name).handle_notice) as scenario:
            present = await _read_present_items(scenario, documents, name=target.name)
        levels = workspace.config.rules
        return list(check_presence(documents, present, folder=folder, levels=levels))

    answers, failures = asyncio.run(
        run_side_by_side(
            workspace.list_targets(), check, name=lambda target: target.name, events=shown
        )
    )
    return [finding for answer in answers for finding in answer], exit_codes.get_failures_exit_code(
        failures
    )


async def _read_present_items(
    scenario: Scenario, documents: Sequence[Document], *, name: str
) -> RemoteItems:
    """What the target has of all that the documents name, in calls of many ids each."""
    models, assets = await asyncio.gather(
        scenario.get_model_summaries(list_named_models(documents)),
        scenario.get_assets(list_named_assets(documents)),
    )
    privacy = {id_: asset.privacy or "" for id_, asset in assets.items()}
    suspects = await scenario.get_models(find_models_with_private_assets(documents, privacy))
    public = {id_ for id_, model in suspects.items() if model.privacy == "public"}
    return RemoteItems(name, models.keys(), privacy, public)
