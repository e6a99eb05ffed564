"""The flow of a pull: remote texts into the files of the working tree, or onto a new branch."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.cli.signals import stop_on_signal
from sync.decisions.pull import ConflictedFile, PullRun
from sync.git import RunInfo, make_run_id
from sync.operations.plan import plan_target
from sync.operations.pull.branch import commit
from sync.operations.pull.drifted import drifted, to_record
from sync.operations.pull.journal import PullJournal
from sync.operations.pull.new_models import (
    NewModels,
    described,
    find_new_models,
    receive,
    still_done,
    write_new,
)
from sync.operations.sources.files import read_files
from sync.workspace.folder import DescriptionFolder, write_outcome

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence

    from sync.decisions.desired import SourceFiles
    from sync.decisions.pull import PullOutcome
    from sync.operations.events import Stop
    from sync.operations.pull.journal import PulledModel
    from sync.operations.selection import Selection
    from sync.operations.sessions import Session


async def pull_into_files(session: Session, selection: Selection) -> PullRun:
    """Take in what drifted and, where `unmanaged` is selected, what has no file.

    What drifted is decided before anything is written. Raises UsageError, GitError, ScenarioError.
    """
    chosen = session.target
    workspace = chosen.workspace
    folder = DescriptionFolder(workspace.repository.root, workspace.folder)
    files = read_files(workspace, selection)
    with _journal(session, selection) as journal:
        done = still_done(journal, folder) if journal else {}
        decided = await _decided(
            session,
            selection,
            files=_but_for(done, files) if not selection.models else files,
            dirty=workspace.repository.list_modified_files(workspace.folder),
        )
        new = await _newcomers(session, selection, files=files, folder=folder)
        with stop_on_signal() as stop:
            results = [
                write_outcome(folder, file, replacing=files.contents.get(file.path or ""))
                for file in decided
            ]
            _record(session, results, files=files)
            if journal:
                writing = write_new(
                    session, new, folder=folder, done=done, journal=journal, stop=stop
                )
                await _gather(writing, results, stop=stop)
    return PullRun(chosen.identity, workspace.folder, _sorted(results), interrupted=stop.is_set())


async def _gather(
    writing: AsyncGenerator[PullOutcome, None], results: list[PullOutcome], *, stop: Stop
) -> None:
    """Add what is written to the results; what came before it was abandoned is kept."""
    try:
        with stop.may_cancel(asyncio.current_task()):
            async with aclosing(writing) as written:
                async for file in written:
                    results.append(file)  # noqa: PERF401 - see above
    except asyncio.CancelledError:
        if not stop.is_set():
            raise


@contextmanager
def _journal(session: Session, selection: Selection) -> Iterator[PullJournal | None]:
    """What is noted of models without a file, where the pull is about those."""
    if not selection.unmanaged:
        yield None
        return
    common_dir = session.target.workspace.repository.common_dir
    path = common_dir / "description-sync" / f"{session.name}.pull"
    with closing(PullJournal(path, session.target.identity)) as journal:
        yield journal


def _but_for(done: Mapping[str, PulledModel], files: SourceFiles) -> SourceFiles:
    """The files without those that a pull that was cut off has just written."""
    fresh = {entry.path for entry in done.values()}
    every = {*files.contents, *files.removed}
    return replace(
        files, selected_paths={path for path in every - fresh if path in files.selected_paths}
    )


async def pull_onto_branch(session: Session, selection: Selection, *, branch: str) -> PullRun:
    """The same as commits of a new branch that starts at HEAD."""
    chosen = session.target
    start = chosen.workspace.repository.resolve_commit("HEAD")
    files = read_files(chosen.workspace, replace(selection, commit=start))
    decided = await _decided(session, selection, files=files, dirty=())
    new = await _newcomers(session, selection, files=files, folder=None)
    async with aclosing(receive(session, new)) as arriving:
        decided += [file async for _, file in arriving if file]
    results, tip = commit(chosen, decided, branch=branch, start=start)
    # A conflict is left to nobody here: there is no file with markers to be settled.
    settled = [file for file in results if not isinstance(file, ConflictedFile)]
    _record(session, settled, files=files)
    return PullRun(
        chosen.identity, chosen.workspace.folder, _sorted(results), branch=branch, commit=tip
    )


def _sorted(files: Sequence[PullOutcome]) -> list[PullOutcome]:
    return sorted(files, key=lambda file: (file.path or "", file.model))


async def _decided(
    session: Session, selection: Selection, *, files: SourceFiles, dirty: Sequence[str]
) -> list[PullOutcome]:
    """What becomes of the files that are selected."""
    models = selection.models
    if selection.unmanaged and models:
        there = described(session.target, files.contents)
        models = tuple(
            name for name in models if session.target.aliases.get_model_id(name) in there
        )
        if not models:
            return []
    narrowed = replace(selection, unmanaged=False, models=models)
    plan = await plan_target(session, narrowed, files=files)
    return list(drifted(session.target, plan, files, dirty=dirty))


async def _newcomers(
    session: Session, selection: Selection, *, files: SourceFiles, folder: DescriptionFolder | None
) -> NewModels:
    """The models to be given a file, in the folder or, where there is none, on a branch."""
    if not selection.unmanaged:
        return NewModels({})
    return await find_new_models(
        session,
        files,
        asked=frozenset(map(session.target.aliases.get_model_id, selection.models)),
        untracked=_untracked(session, folder) if folder else {},
        entries=folder.list_entries() if folder else (),
    )


def _untracked(session: Session, folder: DescriptionFolder) -> dict[str, bytes]:
    workspace = session.target.workspace
    paths = filter(
        workspace.rules.accepts, workspace.repository.list_untracked_files(workspace.folder)
    )
    return {path: data for path in paths if (data := folder.read(path)) is not None}


def _record(session: Session, results: Sequence[PullOutcome], *, files: SourceFiles) -> None:
    """Keep what was merged: it counts once the result is committed."""
    if pulled := list(to_record(results)):
        now = datetime.now(UTC)
        run = RunInfo(make_run_id(now), "pull", session.name, files.source.commit, now)
        session.target.snapshots.record_pull(run, pulled)
