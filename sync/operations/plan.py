"""The reading half of the flow: files, the server's texts and git's knowledge into a Plan."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.decisions.plan import GitKnowledge, Policy, find_texts_to_look_up, make_changes
from sync.model import Plan, Source, Text
from sync.operations.sessions import open_session, run_side_by_side
from sync.operations.sources.another_target import copied
from sync.operations.sources.files import read_files, wanted
from sync.workspace.text_history import TextHistory

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from sync.decisions.desired import DesiredState, SourceFiles
    from sync.model import TextLookup
    from sync.operations.events import Progress
    from sync.operations.selection import Selection
    from sync.operations.sessions import Failure, Session
    from sync.workspace.workspace import Target, Workspace


async def plan_all(  # noqa: PLR0913 - the flow is being reshaped
    workspace: Workspace,
    targets: Sequence[Target],
    selection: Selection,
    *,
    progress: Progress,
    traced: bool = False,
    illustrate: Callable[[Session, Plan], Awaitable[None]] | None = None,
) -> tuple[list[Plan], list[Failure]]:
    """A plan for each target, and those that failed as a whole.

    `illustrate` is given each plan while its client is still connected.
    """
    files = read_files(workspace, selection)

    async def plan(chosen: Target) -> Plan:
        async with AsyncExitStack() as stack:
            session = await open_session(chosen, stack, progress=progress)
            made = await plan_target(session, selection, files=files, traced=traced)
            if illustrate:
                await illustrate(session, made)
            return made

    return await run_side_by_side(targets, plan, name=lambda chosen: chosen.name)


async def plan_target(
    session: Session, selection: Selection, *, files: SourceFiles, traced: bool = False
) -> Plan:
    """Retrieve every description that the files are about, and compare. Raises PointlessError.

    `traced` asks git for the commit of every remote text, of those in sync too.
    """
    chosen, scenario = session.target, session.scenario
    intent = (
        await copied(session, selection, files=files)
        if selection.from_target
        else wanted(chosen, selection, files)
    )
    desired = intent.desired
    policy = Policy(selection.on_drift or chosen.config.on_drift, chosen.config.prune)
    models = [document.model for document in desired.documents]
    if policy.prune:
        models += desired.removed
    if selection.unmanaged:
        models += [m.id async for m in scenario.list_models() if m.id not in intent.models]
    actual = await session.retrieve(models, texts=_texts(desired))
    questions = find_texts_to_look_up(desired, actual, include_in_sync=traced)
    asked = questions or selection.unmanaged
    knowledge = _knowledge(chosen, intent.source, questions) if asked else GitKnowledge()
    return Plan(
        chosen.identity,
        intent.source,
        datetime.now(UTC),
        make_changes(desired, actual, knowledge=knowledge, policy=policy),
        intent.notes,
        intent.documents,
    )


def _texts(desired: DesiredState) -> dict[str, Text]:
    return {document.model: document.text for document in desired.documents}


def _knowledge(chosen: Target, source: Source, wanted: Mapping[str, TextLookup]) -> GitKnowledge:
    lineage = TextHistory(chosen, source.commit)
    history, recorded = lineage.find_texts(wanted), chosen.snapshots.find_last_writes()
    unknown = {model: each for model, each in wanted.items() if model not in history.texts}
    known = {**(lineage.find_pulled_texts(unknown) if unknown else {}), **history.texts}
    if history.is_complete:
        return GitKnowledge(known, recorded)
    reason = f"nobody can tell: the history is not complete here. {history.hint}"
    return GitKnowledge(known, recorded, reason, is_complete=False)
