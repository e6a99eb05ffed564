"""Pull remote texts into the files of the working tree, or onto a new branch."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from sync.decisions.pull import ConflictedFile, PullRun
from sync.errors import GitError
from sync.git import RunInfo, check_new_branch, find_uncommitted_files, make_run_id
from sync.operations.plan import make_plan, note_failed_exchange
from sync.operations.pull.branch import commit_pulled_files
from sync.operations.pull.drifted_files import decide_drifted_files, list_pulled_texts
from sync.operations.pull.journal import PullJournal
from sync.operations.pull.new_models import (
    NewModels,
    find_finished_models,
    find_new_models,
    map_models_to_paths,
    retrieve_new_models,
    write_new_files,
)
from sync.operations.sessions import open_session
from sync.operations.sources.files import FileSource, read_files
from sync.workspace.folder import DescriptionFolder, write_outcome

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping, Sequence

    from sync.decisions.desired import SourceFiles
    from sync.decisions.pull import PullOutcome
    from sync.git.folder_listing import FolderListing
    from sync.operations.events import Events, Stop
    from sync.operations.pull.journal import PulledModel
    from sync.operations.selection import Selection
    from sync.operations.sessions import Session
    from sync.workspace.workspace import Target, Workspace

LOCK_TIMEOUT = 60  # seconds
Pulled = TypeVar("Pulled", bound="PullOutcome")


async def pull_target(
    target: Target, selection: Selection, *, branch: str | None, events: Events, stop: Stop
) -> PullRun:
    """Pull drifted texts and, if `unmanaged` is selected, the texts of models without a file.

    With `branch`, the files are committed to that new branch, and the working tree stays
    unchanged. Raises UsageError, GitError and ScenarioError.
    """
    if branch:
        check_new_branch(target.workspace.repository, branch)
    async with open_session(target, events=events, lock_timeout=LOCK_TIMEOUT) as session:
        pull = (
            await _pull_onto_branch(session, selection, branch=branch)
            if branch
            else await _pull_into_files(session, selection, stop=stop)
        )
        await session.push_snapshots()
        return replace(pull, notes=(*pull.notes, *note_failed_exchange(session)))


async def _pull_into_files(session: Session, selection: Selection, *, stop: Stop) -> PullRun:
    """Write the files of the working tree, after all decisions about drift were made."""
    target = session.target
    workspace = target.workspace
    folder = DescriptionFolder(workspace.repository.root, workspace.folder)
    files = read_files(workspace, selection)
    with _open_journal(session, selection) as journal:
        done = find_finished_models(journal, folder) if journal else {}
        decided = await decide_selected_files(
            session,
            selection,
            files=_deselect_pulled_files(done, files) if not selection.models else files,
            dirty=find_uncommitted_files(
                workspace.repository,
                workspace.repository.list_folder(workspace.folder, None),
                files.contents,
                head=workspace.repository.find_head(),
                include=workspace.file_filter.accepts,
                others={},
            ).descriptions,
        )
        new = await _find_new_models(session, selection, files=files, folder=folder)
        with stop.accept_requests():
            results = [
                write_outcome(folder, file, old_data=files.contents.get(file.path or ""))
                for file in decided
            ]
            notes = _try_to_record_pull(session, results, files=files)
            if journal:
                writing = write_new_files(
                    session, new, folder=folder, finished=done, journal=journal, stop=stop
                )
                created: list[PullOutcome] = []
                try:
                    await _collect_results(writing, created, stop=stop)
                finally:
                    results += created
                    notes += _try_to_record_pull(session, created, files=files)
    return PullRun(
        target.identity,
        workspace.folder,
        sort_pulled_files(results),
        interrupted=stop.is_set(),
        notes=notes,
        is_recorded=not notes,
    )


async def _pull_onto_branch(session: Session, selection: Selection, *, branch: str) -> PullRun:
    """Commit the files to a new branch that starts at HEAD."""
    target = session.target
    start = target.workspace.repository.resolve_commit("HEAD")
    files = read_files(target.workspace, replace(selection, commit=start))
    decided = await decide_selected_files(session, selection, files=files, dirty=())
    new = await _find_new_models(session, selection, files=files, folder=None)
    async with aclosing(retrieve_new_models(session, new)) as arriving:
        decided += [file async for _, file in arriving if file]
    results, tip = commit_pulled_files(target, decided, branch=branch, start=start)
    # A conflict on a branch leaves no file with conflict markers that somebody could resolve.
    merged = [file for file in results if not isinstance(file, ConflictedFile)]
    record_pull(session, merged, files=files)
    return PullRun(
        target.identity,
        target.workspace.folder,
        sort_pulled_files(results),
        branch=branch,
        commit=tip,
    )


def sort_pulled_files(files: Iterable[Pulled]) -> list[Pulled]:
    """Sort outcomes by path; those without one come first."""
    return sorted(files, key=lambda file: (file.path or "", file.model))


# --- files with drift ----------------------------------------------------------------------------


async def decide_selected_files(
    session: Session, selection: Selection, *, files: SourceFiles, dirty: Collection[str]
) -> list[PullOutcome]:
    """Decide the outcome of a pull for each selected file. `dirty` files are left alone."""
    models = selection.models
    if selection.unmanaged and models:
        paths_by_model = map_models_to_paths(session.target, files.contents)
        models = tuple(
            name for name in models if session.target.aliases.get_model_id(name) in paths_by_model
        )
        if not models:
            return []
    narrowed = replace(selection, unmanaged=False, models=models)
    plan = await make_plan(FileSource(session, narrowed, files))
    return list(decide_drifted_files(session.target, plan, files, dirty_paths=dirty))


def _deselect_pulled_files(done: Mapping[str, PulledModel], files: SourceFiles) -> SourceFiles:
    """Deselect the files that an interrupted pull has written."""
    fresh = {entry.path for entry in done.values() if entry.path}
    return replace(files, skipped_paths=fresh)


def record_pull(session: Session, results: Sequence[PullOutcome], *, files: SourceFiles) -> None:
    """Record the merged texts; they count as merged after the user commits the result."""
    if pulled := list(list_pulled_texts(results)):
        now = datetime.now(UTC)
        run = RunInfo(make_run_id(now), "pull", session.name, files.source.commit, now)
        session.target.snapshots.record_pull(run, pulled)


def _try_to_record_pull(
    session: Session, results: Sequence[PullOutcome], *, files: SourceFiles
) -> tuple[str, ...]:
    """Record the pull; return a note if that fails, usually because the disk is full.

    The report still lists the written files.
    """
    try:
        record_pull(session, results, files=files)
    except GitError as error:
        return (f"the files were written, but the pull could not be recorded: {error.message}",)
    return ()


# --- models without a file -----------------------------------------------------------------------


@contextmanager
def _open_journal(session: Session, selection: Selection) -> Iterator[PullJournal | None]:
    """Open the journal of models without a file, if the pull includes such models."""
    if not selection.unmanaged:
        yield None
        return
    common_dir = session.target.workspace.repository.common_dir
    path = common_dir / "description-sync" / f"{session.name}.pull"
    with closing(PullJournal(path, session.target.identity)) as journal:
        yield journal


async def _find_new_models(
    session: Session,
    selection: Selection,
    *,
    files: SourceFiles,
    folder: DescriptionFolder | None,
) -> NewModels:
    """Find the models that get a new file, in the folder or, if it is None, on a branch."""
    if not selection.unmanaged:
        return NewModels({})
    return await find_new_models(
        session,
        files,
        named_models=frozenset(map(session.target.aliases.get_model_id, selection.models)),
        untracked=read_untracked_files(session.target.workspace, folder) if folder else {},
        used_names=folder.list_entries() if folder else (),
    )


def read_untracked_files(
    workspace: Workspace, folder: DescriptionFolder, listing: FolderListing | None = None
) -> dict[str, bytes]:
    """Read the descriptions of the working tree that git does not track, by path."""
    listing = listing or workspace.repository.list_folder(workspace.folder, None)
    paths = filter(workspace.file_filter.accepts, listing.untracked)
    return {path: data for path in paths if (data := folder.read_file(path)) is not None}


async def _collect_results(
    writing: AsyncGenerator[PullOutcome, None], results: list[PullOutcome], *, stop: Stop
) -> None:
    """Append each written file to the results; those before a cancellation are kept."""
    try:
        with stop.cancel_on_second_request(asyncio.current_task()):
            async with aclosing(writing) as written:
                async for file in written:
                    results.append(file)  # noqa: PERF401 - a comprehension would lose them
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
