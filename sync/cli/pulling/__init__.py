"""The flow of a pull: remote texts into the files of the working tree, or onto a new branch."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.adopt import Conflict, Pull
from sync.cli.disk import Folder, put
from sync.cli.files import read_files
from sync.cli.interrupts import stoppable
from sync.cli.planning import plan_target
from sync.cli.pulling import branching
from sync.cli.pulling.drifted import drifted, to_record
from sync.cli.pulling.journal import Journal
from sync.cli.pulling.newcomers import Newcomers, described, find_newcomers, receive
from sync.cli.pulling.newfiles import still_done, write_new
from sync.git import RunInfo, new_run_id

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence

    from sync.adopt import Adopted
    from sync.cli.interrupts import Stop
    from sync.cli.options import Selection
    from sync.cli.pulling.journal import Done
    from sync.cli.targets import Session
    from sync.intent import Files


async def pull_into_files(session: Session, selection: Selection) -> Pull:
    """Take in what drifted and, where `unmanaged` is selected, what has no file.

    What drifted is decided before anything is written. Raises UsageError, GitError, ScenarioError.
    """
    chosen = session.chosen
    workspace = chosen.workspace
    folder = Folder(workspace.repository.root, workspace.folder)
    files = read_files(workspace, selection)
    with _journal(session, selection) as journal:
        done = still_done(journal, folder) if journal else {}
        decided = await _decided(
            session,
            selection,
            files=_but_for(done, files) if not selection.models else files,
            dirty=workspace.repository.dirty(workspace.folder),
        )
        new = await _newcomers(session, selection, files=files, folder=folder)
        with stoppable() as stop:
            results = [
                put(folder, file, replacing=files.contents.get(file.path or "")) for file in decided
            ]
            _record(session, results, files=files)
            if journal:
                writing = write_new(
                    session, new, folder=folder, done=done, journal=journal, stop=stop
                )
                await _gather(writing, results, stop=stop)
    return Pull(chosen.identity, workspace.folder, _sorted(results), interrupted=stop.is_set())


async def _gather(
    writing: AsyncGenerator[Adopted, None], results: list[Adopted], *, stop: Stop
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
def _journal(session: Session, selection: Selection) -> Iterator[Journal | None]:
    """What is noted of models without a file, where the pull is about those."""
    if not selection.unmanaged:
        yield None
        return
    common_dir = session.chosen.workspace.repository.common_dir
    path = common_dir / "description-sync" / f"{session.name}.pull"
    with closing(Journal(path, session.chosen.identity)) as journal:
        yield journal


def _but_for(done: Mapping[str, Done], files: Files) -> Files:
    """The files without those that a pull that was cut off has just written."""
    fresh = {entry.path for entry in done.values()}
    every = {*files.contents, *files.removed}
    return replace(files, chosen={path for path in every - fresh if path in files.chosen})


async def pull_onto_branch(session: Session, selection: Selection, *, branch: str) -> Pull:
    """The same as commits of a new branch that starts at HEAD."""
    chosen = session.chosen
    start = chosen.workspace.repository.resolve("HEAD")
    files = read_files(chosen.workspace, replace(selection, commit=start))
    decided = await _decided(session, selection, files=files, dirty=())
    new = await _newcomers(session, selection, files=files, folder=None)
    async with aclosing(receive(session, new)) as arriving:
        decided += [file async for _, file in arriving if file]
    results, commit = branching.commit(chosen, decided, branch=branch, start=start)
    # A conflict is left to nobody here: there is no file with markers to be settled.
    settled = [file for file in results if not isinstance(file, Conflict)]
    _record(session, settled, files=files)
    return Pull(
        chosen.identity, chosen.workspace.folder, _sorted(results), branch=branch, commit=commit
    )


def _sorted(files: Sequence[Adopted]) -> list[Adopted]:
    return sorted(files, key=lambda file: (file.path or "", file.model))


async def _decided(
    session: Session, selection: Selection, *, files: Files, dirty: Sequence[str]
) -> list[Adopted]:
    """What becomes of the files that are selected."""
    models = selection.models
    if selection.unmanaged and models:
        there = described(session.chosen, files.contents)
        models = tuple(name for name in models if session.chosen.naming.model(name) in there)
        if not models:
            return []
    narrowed = replace(selection, unmanaged=False, models=models)
    plan = await plan_target(session, narrowed, files=files)
    return list(drifted(session.chosen, plan, files, dirty=dirty))


async def _newcomers(
    session: Session, selection: Selection, *, files: Files, folder: Folder | None
) -> Newcomers:
    """The models to be given a file, in the folder or, where there is none, on a branch."""
    if not selection.unmanaged:
        return Newcomers({})
    return await find_newcomers(
        session,
        files,
        asked=frozenset(map(session.chosen.naming.model, selection.models)),
        untracked=_untracked(session, folder) if folder else {},
        entries=folder.entries() if folder else (),
    )


def _untracked(session: Session, folder: Folder) -> dict[str, bytes]:
    workspace = session.chosen.workspace
    paths = filter(workspace.rules.count, workspace.repository.untracked(workspace.folder))
    return {path: data for path in paths if (data := folder.read(path)) is not None}


def _record(session: Session, results: Sequence[Adopted], *, files: Files) -> None:
    """Keep what was merged: it counts once the result is committed."""
    if pulled := list(to_record(results)):
        now = datetime.now(UTC)
        run = RunInfo(new_run_id(now), "pull", session.name, files.source.commit, now)
        session.chosen.snapshots.record_pulled(run, pulled)
