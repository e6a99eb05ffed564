"""The reading half of the flow: files, the server's texts and git's knowledge into a Plan."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.cli.copying import copied
from sync.cli.files import read_files, wanted
from sync.cli.lineage import Lineage
from sync.cli.targets import open_session, side_by_side
from sync.documents import read_documents
from sync.errors import UsageError
from sync.intent import Desired
from sync.model import Document, Held, Known, Plan, Source, Text
from sync.plan import Knowledge, Policy, make_changes, open_questions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container, Mapping, Sequence

    from sync.cli.options import Selection
    from sync.cli.progress import Progress
    from sync.cli.targets import Failure, Session
    from sync.cli.workspace import Chosen, Workspace
    from sync.git import Replacement
    from sync.intent import Files
    from sync.model import Wanted


async def plan_all(
    workspace: Workspace,
    targets: Sequence[Chosen],
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

    async def plan(chosen: Chosen) -> Plan:
        async with AsyncExitStack() as stack:
            session = await open_session(chosen, stack, progress=progress)
            made = await plan_target(session, selection, files=files, traced=traced)
            if illustrate:
                await illustrate(session, made)
            return made

    return await side_by_side(targets, plan, name=lambda chosen: chosen.name)


async def plan_target(
    session: Session, selection: Selection, *, files: Files, traced: bool = False
) -> Plan:
    """Retrieve every description that the files are about, and compare. Raises PointlessError.

    `traced` asks git for the commit of every remote text, of those in sync too.
    """
    chosen, scenario = session.chosen, session.scenario
    intent = (
        await copied(session, selection, files=files)
        if selection.from_target
        else wanted(chosen, selection, files)
    )
    desired = intent.desired
    policy = Policy(selection.on_drift or chosen.target.on_drift, chosen.target.prune)
    models = [document.model for document in desired.documents]
    if policy.prune:
        models += desired.removed
    if selection.unmanaged:
        models += [m.id async for m in scenario.list_models() if m.id not in intent.models]
    actual = await session.retrieve(models, texts=_texts(desired))
    questions = open_questions(desired, actual, all_of_them=traced)
    asked = questions or selection.unmanaged
    knowledge = _knowledge(chosen, intent.source, questions) if asked else Knowledge()
    return Plan(
        chosen.identity,
        intent.source,
        datetime.now(UTC),
        make_changes(desired, actual, knowledge=knowledge, policy=policy),
        intent.notes,
        intent.documents,
    )


async def plan_rollback(session: Session, run: str | None, selection: Selection) -> Plan:
    """A plan that puts back what a run replaced, where the remote text is still what it left.

    Without `run` it is the last one that wrote. Raises UsageError where there is none, or where the
    run wrote nothing.
    """
    chosen = session.chosen
    workspace = chosen.workspace
    record, replaced = chosen.snapshots.run(run or _last_run(session))
    if not replaced:
        raise UsageError(f"run {record.id} wrote nothing", hint="There is nothing to put back.")
    files = workspace.repository.tracked(workspace.folder, None, wanted=workspace.rules.count)
    documents, _ = read_documents(files.files, chosen.naming, folder=workspace.folder)
    desired = _replaced_by(replaced, {each.model for each in documents if each.protected})
    if selection.models:
        desired = desired.about([chosen.naming.model(name) for name in selection.models])
    actual = await session.retrieve(sorted(desired.models), texts=_texts(desired))
    left = {model: replacement.held or replacement.sent for model, replacement in replaced.items()}
    known = {
        model: Known("snapshot")
        for model, retrieved in actual.items()
        if isinstance(retrieved, Held) and retrieved.text.sha256 == left[model]
    }
    policy = Policy(selection.on_drift or "block", prune=True)
    knowledge = Knowledge(known, unknown=f"changed since run {record.id}")
    return Plan(
        chosen.identity,
        Source("snapshot", workspace.repository.head(), label=record.id),
        datetime.now(UTC),
        make_changes(desired, actual, knowledge=knowledge, policy=policy),
        documents=max(len(files.files), len(desired.models)),
    )


def _last_run(session: Session) -> str:
    """The id of the last run that wrote anything, as far as anybody can tell."""
    for run in session.chosen.snapshots.runs():
        if run.may_have_written:
            return run.id
    raise UsageError(
        f"no run is recorded for {session.name}",
        hint="`description-sync apply` records one whenever it writes.",
    )


def _replaced_by(replaced: Mapping[str, Replacement], protected: Container[str]) -> Desired:
    """What a run replaced as what is desired; the models it gave a first text, as to be emptied."""
    texts = {model: Text(each.before or "") for model, each in replaced.items()}
    gone = {m for m, text in texts.items() if not text.raw and m not in protected}
    return Desired(
        [
            Document(model, replaced[model].path, text, protected=model in protected)
            for model, text in texts.items()
            if model not in gone
        ],
        removed={model: replaced[model].path or model for model in texts if model in gone},
    )


def _texts(desired: Desired) -> dict[str, Text]:
    return {document.model: document.text for document in desired.documents}


def _knowledge(chosen: Chosen, source: Source, wanted: Mapping[str, Wanted]) -> Knowledge:
    lineage = Lineage(chosen, source.commit)
    history, recorded = lineage.known(wanted), chosen.snapshots.recorded()
    unknown = {model: each for model, each in wanted.items() if model not in history.known}
    known = {**(lineage.pulled(unknown) if unknown else {}), **history.known}
    if history.complete:
        return Knowledge(known, recorded)
    reason = f"nobody can tell: the history is not complete here. {history.cure}"
    return Knowledge(known, recorded, reason, complete=False)
