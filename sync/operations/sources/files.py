"""The files that a command is about: those that git tracks, those removed, and which are chosen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sync.decisions.desired import DesiredSelection, SourceFiles, make_desired_selection
from sync.errors import UsageError
from sync.model import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.operations.selection import Selection
    from sync.workspace.workspace import Target, Workspace


SHOWN_UNTRACKED = 5


def read_files(workspace: Workspace, selection: Selection) -> SourceFiles:
    """The files of the working tree, or of a commit, those removed, and which are selected.

    Raises UsageError where there is no file, or a path of the selection names none.
    """
    repository, folder, rules = workspace.repository, workspace.folder, workspace.rules
    commit = repository.resolve_commit(selection.commit) if selection.commit else None
    head = commit or repository.find_head()
    tracked = repository.read_tracked_files(folder, commit, include=rules.accepts)
    optional = selection.unmanaged or selection.from_target is not None
    if not (tracked.files or optional):
        raise _nothing(workspace)
    gone = workspace.get_history(commit).read_removed_files(
        repository.list_tracked_paths(folder, commit)
    )
    removed_files = {path: data for path, data in gone.files.items() if rules.accepts(path)}
    return SourceFiles(
        Source(
            "commit" if commit else "worktree",
            head,
            commit is None and bool(repository.list_modified_files(folder)),
        ),
        tracked.files,
        removed_files,
        _chosen_paths(workspace, selection, paths={*tracked.files, *removed_files}),
        (*tracked.notes, *_untracked(workspace, selection), *gone.notes),
        optional,
    )


def wanted(chosen: Target, selection: Selection, files: SourceFiles) -> DesiredSelection:
    """What the selected files want of a target. Raises UsageError for a model of none of them."""
    intent = make_desired_selection(
        files,
        chosen.aliases,
        folder=chosen.workspace.folder,
        prune=chosen.config.prune,
        last_writes=chosen.snapshots.find_last_writes() if files.removed else {},
    )
    if not (intent.documents or files.optional):
        raise UsageError(
            f"no description in {chosen.workspace.folder}/ is for the target {chosen.name}",
            hint="Name the target in the `models` of a file, or leave `models` out.",
        )
    models = [chosen.aliases.get_model_id(name) for name in selection.models]
    return intent.select_models(models) if models else intent


def _nothing(workspace: Workspace) -> UsageError:
    """An empty folder is a mistake, never the wish to delete everything."""
    return UsageError(
        f"no description in {workspace.folder}/ is tracked by git",
        hint="Write Markdown files there, one a model, and `git add` them; or take what the "
        "project has with `description-sync pull --all`.",
    )


def _chosen_paths(workspace: Workspace, selection: Selection, *, paths: set[str]) -> set[str]:
    chosen = paths
    if selection.paths:
        chosen = {path for name in selection.paths for path in _named(workspace, name, paths)}
    if selection.since:
        commit = workspace.repository.resolve_commit(selection.commit) if selection.commit else None
        chosen = chosen & workspace.repository.find_files_changed_since(
            workspace.folder, selection.since, commit=commit
        )
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
        hint="Check the spelling; a new file has to be added with `git add` first.",
    )


def _untracked(workspace: Workspace, selection: Selection) -> tuple[str, ...]:
    """A note that names the files git does not track."""
    if selection.commit:
        return ()
    untracked = workspace.repository.list_untracked_files(workspace.folder)
    paths = [path for path in untracked if workspace.rules.accepts(path)]
    if not paths:
        return ()
    names = ", ".join(f"{workspace.folder}/{path}" for path in paths[:SHOWN_UNTRACKED])
    more = f" and {len(paths) - SHOWN_UNTRACKED} more" if len(paths) > SHOWN_UNTRACKED else ""
    return (f"not tracked by git, so left out: {names}{more} (`git add` them)",)
