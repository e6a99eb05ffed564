"""Find the models of a project without a description."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.decisions.undocumented import find_undocumented
from sync.operations.find_model import make_remote_model
from sync.operations.pull.new_models import map_models_to_paths
from sync.operations.selection import Selection
from sync.operations.sessions import open_session, run_side_by_side
from sync.operations.sources.files import read_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.decisions.undocumented import DocumentationStatus
    from sync.operations.events import Events
    from sync.operations.sessions import Failure
    from sync.workspace.workspace import Target


async def read_documentation_status(
    targets: Sequence[Target], *, events: Events
) -> tuple[list[DocumentationStatus], list[Failure]]:
    """Read the texts of all models that config.yaml does not ignore; one request for each."""
    files = read_files(targets[0].workspace, Selection(unmanaged=True))

    async def read_target(target: Target) -> DocumentationStatus:
        async with open_session(target, events=events) as session:
            models = [make_remote_model(each) async for each in session.list_managed_models()]
            remote = await session.retrieve([model.id for model in models])
        paths = map_models_to_paths(target, files.contents)
        return find_undocumented(target.identity, models, remote=remote, paths=paths)

    return await run_side_by_side(targets, read_target, name=lambda t: t.name, events=events)
