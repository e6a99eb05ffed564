"""The reading half of the flow: files, the server's texts and git's knowledge into a Plan."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sync.cli.copying import copied
from sync.cli.lineage import pulled_texts
from sync.cli.targets import open_session, side_by_side
from sync.documents import digests, read_document, read_documents
from sync.errors import UsageError, did_you_mean
from sync.git import known_texts
from sync.git import removed as removed_files
from sync.model import Document, Held, InvalidFile, Known, Plan, Recorded, Source, Text
from sync.plan import Desired, Intent, Knowledge, Policy, make_changes, open_questions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container, Iterable, Mapping, Sequence

    from sync.cli.options import Selection
    from sync.cli.progress import Progress
    from sync.cli.targets import Session
    from sync.cli.workspace import Chosen, Workspace
    from sync.git import Replacement
    from sync.model import Wanted

NOTHING = Text("").sha256
SHOWN_UNTRACKED = 5


# --- files ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Files:
    """The descriptions of one source, before a target gives them their models.

    Contents are bytes by path relative to the folder, of removed files those they last had. All
    files are here, as a model may have moved from one to another; the chosen ones are planned for.
    """

    source: Source
    contents: Mapping[str, bytes]
    removed: Mapping[str, bytes]
    chosen: Container[str]
    notes: tuple[str, ...] = ()


def read_files(workspace: Workspace, selection: Selection) -> Files:
    """The files of the working tree, or of a commit, those removed, and which are selected.

    Raises UsageError where there is no file, or a path of the selection names none.
    """
    repository, folder, rules = workspace.repository, workspace.folder, workspace.rules
    commit = repository.resolve(selection.commit) if selection.commit else None
    head = commit or repository.head()
    tracked = repository.tracked(folder, commit, wanted=rules.count)
    removed = {
        path: data
        for path, data in removed_files(repository, folder, commit=commit).items()
        if rules.count(path)
    }
    return Files(
        Source(
            "commit" if commit else "worktree",
            head,
            commit is None and bool(repository.dirty(folder)),
        ),
        tracked.files,
        removed,
        _chosen_paths(workspace, selection, paths={*tracked.files, *removed}),
        (*tracked.notes, *_untracked(workspace, selection)),
    )


def _chosen_paths(workspace: Workspace, selection: Selection, *, paths: set[str]) -> set[str]:
    if not (paths or selection.from_target or selection.unmanaged):
        raise UsageError(
            f"no description in {workspace.folder}/ is tracked by git",
            hint="Write Markdown files there, one a model, and `git add` them.",
        )
    chosen = paths
    if selection.paths:
        chosen = {path for name in selection.paths for path in _named(workspace, name, paths)}
    if selection.since:
        changed = workspace.repository.changed_since(
            workspace.folder, selection.since, commit=selection.commit
        )
        chosen = chosen & changed
    return chosen


def _named(workspace: Workspace, name: str, paths: Iterable[str]) -> list[str]:
    """The files that a PATH means: from the working directory, else from the folder itself."""
    here = os.path.relpath(Path(name).absolute(), workspace.repository.root / workspace.folder)
    for path in (Path(here).as_posix(), Path(name).as_posix()):
        matches = [p for p in paths if path in {".", p} or p.startswith(f"{path}/")]
        if matches:
            return matches
    raise UsageError(
        f"{name} is no description that git tracks in {workspace.folder}/",
        hint="Is it spelt so, and was it added with `git add`?",
    )


def _untracked(workspace: Workspace, selection: Selection) -> tuple[str, ...]:
    """A note that names the files git does not track."""
    if selection.commit:
        return ()
    untracked = workspace.repository.untracked(workspace.folder)
    paths = [path for path in untracked if workspace.rules.count(path)]
    if not paths:
        return ()
    names = ", ".join(f"{workspace.folder}/{path}" for path in paths[:SHOWN_UNTRACKED])
    more = f" and {len(paths) - SHOWN_UNTRACKED} more" if len(paths) > SHOWN_UNTRACKED else ""
    return (f"not tracked by git, so left out: {names}{more} (`git add` them)",)


# --- from files to a plan ------------------------------------------------------------------------


async def plan_all(
    workspace: Workspace,
    targets: Sequence[Chosen],
    selection: Selection,
    *,
    progress: Progress,
    traced: bool = False,
    illustrate: Callable[[Session, Plan], Awaitable[None]] | None = None,
) -> tuple[list[Plan], list[int]]:
    """A plan for each target, and the exit codes of those that failed as a whole.

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
        else intent_of(chosen, selection, files)
    )
    desired = intent.desired
    policy = Policy(selection.on_drift or chosen.target.on_drift, chosen.target.prune)
    models = [document.model for document in desired.documents]
    if policy.prune:
        models += desired.removed
    if selection.unmanaged:
        models += [m.id async for m in scenario.list_models() if m.id not in intent.models]
    actual = await session.retrieve(models, texts=_texts(desired))
    wanted = open_questions(desired, actual, all_of_them=traced)
    knowledge = _knowledge(chosen, intent.source, wanted) if wanted else Knowledge()
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

    Without `run` it is the last one. Raises UsageError where there is none, or it wrote nothing.
    """
    chosen = session.chosen
    runs = chosen.snapshots.runs()
    if not runs:
        raise UsageError(f"no run is recorded for {session.name}", hint=f"{chosen.snapshots.ref}")
    record, replaced = chosen.snapshots.run(run or runs[0].id)
    desired = _of_models(_replaced_by(replaced), chosen, selection)
    actual = await session.retrieve(sorted(desired.models), texts=_texts(desired))
    left = {model: replacement.held or replacement.sent for model, replacement in replaced.items()}
    known = {
        model: Known("snapshot")
        for model, retrieved in actual.items()
        if isinstance(retrieved, Held) and retrieved.text.sha256 == left[model]
    }
    policy = Policy(selection.on_drift or "block", prune=True)
    knowledge = Knowledge(known, unknown=f"changed since run {record.id}")
    workspace = chosen.workspace
    files = workspace.repository.tracked(workspace.folder, None, wanted=workspace.rules.count)
    return Plan(
        chosen.identity,
        Source("snapshot", workspace.repository.head(), label=record.id),
        datetime.now(UTC),
        make_changes(desired, actual, knowledge=knowledge, policy=policy),
        documents=max(len(files.files), len(desired.models)),
    )


def _replaced_by(replaced: Mapping[str, Replacement]) -> Desired:
    """What a run replaced as what is desired; the models it gave a first text, as to be emptied."""
    texts = {model: Text(each.before or "") for model, each in replaced.items()}
    return Desired(
        [
            Document(model, replaced[model].path, text)
            for model, text in texts.items()
            if not text.is_empty
        ],
        removed={
            model: replaced[model].path or model for model, text in texts.items() if text.is_empty
        },
    )


def _texts(desired: Desired) -> dict[str, Text]:
    return {document.model: document.text for document in desired.documents}


def _knowledge(chosen: Chosen, source: Source, wanted: Mapping[str, Wanted]) -> Knowledge:
    naming, snapshots = chosen.naming, chosen.snapshots
    history = known_texts(
        chosen.workspace.repository,
        wanted,
        folder=chosen.workspace.folder,
        digests=lambda _, data: digests(data, naming),
        commit=source.commit,
        deploy_branch=chosen.target.deploy_branch,
        snapshot_ref=snapshots.ref,
    )
    recorded, pulled = snapshots.recorded(), pulled_texts(chosen, source.commit, wanted=wanted)
    known = {**pulled, **history.known}
    if history.complete:
        return Knowledge(known, recorded)
    unknown = f"nobody can tell: the history is not complete here. {history.cure}"
    return Knowledge(known, recorded, unknown)


def intent_of(chosen: Chosen, selection: Selection, files: Files) -> Intent:
    """What the files want of this target."""
    everything = _desired(chosen, files)
    return Intent(
        files.source,
        _of_models(_at(everything, files.chosen), chosen, selection),
        everything.models,
        len(everything.documents) + len(everything.invalid),
        files.notes,
    )


def _desired(chosen: Chosen, files: Files) -> Desired:
    """What all files say for this target."""
    documents, invalid = read_documents(
        files.contents, chosen.naming, folder=chosen.workspace.folder
    )
    managed = {document.model for document in documents}
    return Desired(documents, invalid, _removed(chosen, files, managed=managed))


def _at(desired: Desired, paths: Container[str]) -> Desired:
    """The part of it that these files say."""
    return Desired(
        [document for document in desired.documents if document.path in paths],
        [file for file in desired.invalid if file.path in paths],
        {model: path for model, path in desired.removed.items() if path in paths},
    )


def _of_models(desired: Desired, chosen: Chosen, selection: Selection) -> Desired:
    """The part of it about the models named. Raises UsageError for one that is not in it."""
    models = [chosen.naming.model(name) for name in selection.models]
    for model in models:
        if model not in desired.models:
            near = did_you_mean(model, desired.models)
            raise UsageError(f"no description is about the model {model}{near}")
    if not models:
        return desired
    return Desired(
        [document for document in desired.documents if document.model in models],
        [file for file in desired.invalid if file.model in models],
        {model: path for model, path in desired.removed.items() if model in models},
    )


def _removed(chosen: Chosen, files: Files, *, managed: set[str]) -> dict[str, str]:
    """The models of removed files, but for those that have another file or are emptied already."""
    removed = {}
    for path, data in files.removed.items():
        match read_document(path, data, chosen.naming, folder=chosen.workspace.folder):
            case Document(model=model) | InvalidFile(model=model) if model and model not in managed:
                removed[model] = path
            case _:
                pass
    emptied = Recorded(sent=NOTHING, held=NOTHING)
    recorded = chosen.snapshots.recorded() if removed else {}
    return {model: path for model, path in removed.items() if recorded.get(model) != emptied}
