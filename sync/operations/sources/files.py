"""Read the files that git tracks, or those of a commit, as desired texts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.counts import shorten_list
from sync.decisions.changed_since import (
    concerns_all_removed,
    describe_setting_changes,
    select_changes,
)
from sync.decisions.desired import DesiredSelection, SourceFiles, make_desired_selection
from sync.decisions.drift import GitKnowledge, Policy
from sync.decisions.plan import find_texts_to_look_up
from sync.errors import ScenarioError, UsageError
from sync.model.plan import Source
from sync.operations.sources.base import get_target_settings, read_base_state
from sync.operations.sources.needed_files import NeededFiles, find_needed_files
from sync.workspace.former_models import FormerScope, find_former_models
from sync.workspace.path_arguments import check_path_exists, match_path
from sync.workspace.text_history import TextHistory

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Mapping, Sequence

    from sync.decisions.changed_since import BaseState
    from sync.decisions.desired import DesiredState
    from sync.decisions.map import RemoteModel
    from sync.git import FolderHistory, FolderListing
    from sync.model.remote_text import RemoteState
    from sync.model.text import Text
    from sync.operations.selection import Selection
    from sync.operations.sessions import Session
    from sync.workspace.workspace import Target, Workspace


MAX_NAMED_UNTRACKED = 5


@dataclass(frozen=True, slots=True)
class FileSource:
    """The files of the working tree or of a commit, compared with the texts in Scenario.

    With `trace_in_sync`, the commit of every remote text is looked up, even of texts in sync.
    """

    session: Session
    selection: Selection
    files: SourceFiles
    trace_in_sync: bool = False

    @property
    def target(self) -> Target:
        return self.session.target

    @property
    def policy(self) -> Policy:
        config = self.target.config
        return Policy(
            config.on_drift,
            config.prune,
            self.target.workspace.config.limits,
            on_drift_option=self.selection.on_drift,
            allow_older=self.selection.allow_older,
            resume=self.selection.resume,
            skip_untranslatable=self.selection.skip_untranslatable,
        )

    async def read_desired(self) -> DesiredSelection:
        return select_desired_texts(self.target, self.selection, self.files)

    async def retrieve_remote(self, desired: DesiredSelection) -> dict[str, RemoteState]:
        models = desired.desired.list_models_to_read(prune=self.policy.prune)
        if self.selection.unmanaged:
            listed = self.session.list_managed_models()
            models += [model.id async for model in listed if model.id not in desired.models]
        return await self.read_remote_texts(models, texts=desired.desired.texts)

    async def read_remote_texts(
        self, models: Sequence[str], *, texts: Mapping[str, Text]
    ) -> dict[str, RemoteState]:
        """Read the remote text of each model; one that equals its text in `texts` shares it."""
        return await self.session.retrieve(models, texts=texts)

    async def list_models(self) -> list[RemoteModel]:
        from sync.operations.find_model import list_remote_models  # noqa: PLC0415 - rarely needed

        try:
            return await list_remote_models(self.session.scenario)
        except ScenarioError:
            return []  # the plan is right without a suggestion

    def look_up_in_git(
        self, desired: DesiredState, remote: Mapping[str, RemoteState]
    ) -> GitKnowledge:
        lookups = find_texts_to_look_up(desired, remote, include_in_sync=self.trace_in_sync)
        if not (lookups or self.selection.unmanaged):
            return GitKnowledge()
        return TextHistory(self.target, self.files.source.commit).collect_knowledge(lookups)


def read_files(workspace: Workspace, selection: Selection) -> SourceFiles:
    """Read the files of the working tree or of a commit.

    Raises UsageError if there is no file, or if a path of the selection matches no file.
    """
    repository, folder = workspace.repository, workspace.folder
    commit = repository.resolve_commit(selection.commit) if selection.commit else None
    listing = repository.list_folder(folder, commit)
    tracked = repository.read_listed_files(listing, include=workspace.file_filter.accepts)
    optional = selection.unmanaged or selection.from_target is not None
    if not (tracked.files or optional):
        raise _make_no_files_error(workspace, tracked.notes)
    present = repository.list_tracked_paths(listing)
    history = workspace.get_history(commit)
    base = repository.find_merge_base(selection.since, commit=commit) if selection.since else None
    uncommitted = (
        [] if commit else workspace.find_uncommitted_files(listing, tracked.files, head=history.tip)
    )
    return SourceFiles(
        Source("commit" if commit else "worktree", history.tip, bool(uncommitted)),
        tracked.files,
        _select_paths(workspace, selection, tracked.files, history=history, present=present),
        (
            *workspace.notes,
            *tracked.notes,
            *_note_untracked_files(workspace, listing),
            *history.explain_gaps(),
        ),
        optional,
        is_complete=not tracked.notes,
        doubts=tracked.doubts,
        present_paths=present,
        base=base,
        changed_paths=_find_changed_paths(workspace, base, commit),
    )


def select_desired_texts(
    target: Target, selection: Selection, files: SourceFiles
) -> DesiredSelection:
    """Return the texts that the selected files want a target to have.

    Raises UsageError if no file is for the target, or for a selected model without a file.
    """
    needed = find_needed_files(target, selection, files)
    before = needed.before or (read_base_state(target, files.base) if files.base else None)
    scope = _choose_former_scope(target, selection, files, needed=needed, before=before)
    models = [target.aliases.get_model_id(name) for name in selection.models]
    desired = _read_desired_texts(target, files, needed.unread, scope, asked=models)
    if needed.unread and target.config.prune and desired.desired.removed:
        # Whether a description may be deleted depends on each file being valid.
        desired = _read_desired_texts(target, files, {}, scope, asked=models)
        before = read_base_state(target, files.base) if files.base else None
    if not (desired.documents or files.optional):
        raise UsageError(
            f"no description in {target.workspace.folder}/ is for the target {target.name}",
            hint="Name the target in the `models` of a file, or leave `models` out.",
        )
    if before:
        desired = _select_changes_since_base(target, desired, files, before)
    return desired.select_models(models) if models else desired


def _read_desired_texts(
    target: Target,
    files: SourceFiles,
    unread: Mapping[str, str],
    scope: FormerScope | None,
    *,
    asked: Sequence[str],
) -> DesiredSelection:
    """Read the files, except for those in `unread`, which maps their paths to models.

    Former models outside of `scope` may be left out. Models that config.yaml ignores are left out,
    unless they are `asked` for.
    """
    documents, invalid = read = target.read_documents(
        {path: data for path, data in files.contents.items() if path not in unread},
        doubts=files.doubts,
    )
    named = {each.model for each in documents} | {file.model for file in invalid}
    former = find_former_models(
        target,
        files,
        named=named.union(unread.values()),
        unclear_paths={file.path for file in invalid if not file.model},
        scope=scope,
    )
    last_writes = target.snapshots.find_last_writes() if former else {}
    elsewhere = target.aliases.models_elsewhere  # what files named for another target
    return make_desired_selection(
        files,
        read,
        unread=unread,
        former={
            model: each
            for model, each in former.items()
            if (model not in elsewhere or model in last_writes)
            and (model in asked or not target.workspace.config.is_ignored(model))
        },
        prune=target.config.prune,
        last_writes=last_writes,
    )


def _choose_former_scope(
    target: Target,
    selection: Selection,
    files: SourceFiles,
    *,
    needed: NeededFiles,
    before: BaseState | None,
) -> FormerScope | None:
    """Return the scope of former models that the selection can mean; None for all of them.

    All are needed to delete the descriptions of removed files, and to list models without a file.
    """
    if target.config.prune or selection.unmanaged:
        return None
    if selection.models and needed.unread:
        return FormerScope(paths=())  # each selected model has a file
    scopes = []
    if files.selected_paths is not None:
        scopes.append(FormerScope(files.selected_paths))
    now, changed = get_target_settings(target), files.changed_paths
    if (
        before
        and before.settings
        and changed is not None
        and not concerns_all_removed(before.settings, now)
    ):
        scopes.append(FormerScope(changed, before.models))
    return min(scopes, key=lambda each: len(each.paths), default=None)


def _select_changes_since_base(
    target: Target, desired: DesiredSelection, files: SourceFiles, before: BaseState
) -> DesiredSelection:
    now = get_target_settings(target)
    return replace(
        desired,
        desired=select_changes(desired.desired, before, files, settings=now),
        notes=(*desired.notes, *describe_setting_changes(before, now)),
    )


def _make_no_files_error(workspace: Workspace, notes: Sequence[str]) -> UsageError:
    """Return the error for an empty folder, which never means to delete everything."""
    if notes:
        return UsageError(
            f"no description in {workspace.folder}/ can be read", hint="\n".join(notes)
        )
    return UsageError(
        f"no description in {workspace.folder}/ is tracked by git",
        hint="Write Markdown files there, one per model, and `git add` them; or take what the "
        "project has with `description-sync pull --all`.",
    )


def _select_paths(
    workspace: Workspace,
    selection: Selection,
    tracked: Collection[str],
    *,
    history: FolderHistory,
    present: Container[str],
) -> set[str] | None:
    """Return the files that the PATHs of the selection mean, and removed ones; None without PATHs.

    The history is not read for a selection that names no PATH.
    """
    if not selection.paths:
        return None
    removed = history.find_removed_paths(present)
    paths = {*tracked, *filter(workspace.file_filter.accepts, removed)}
    return {path for name in selection.paths for path in _resolve_path(workspace, name, paths)}


def _find_changed_paths(
    workspace: Workspace, base: str | None, commit: str | None
) -> set[str] | None:
    if base is None:
        return None
    return workspace.repository.find_changed_files(workspace.folder, base, commit=commit)


def _resolve_path(workspace: Workspace, name: str, paths: Iterable[str]) -> set[str]:
    """Return the files that a PATH names. Raises UsageError if it matches no file."""
    folder = workspace.repository.root / workspace.folder
    matches = match_path(name, paths, folder)
    if matches:
        return matches
    check_path_exists(name, folder)
    raise UsageError(
        f"{name} is not a description that git tracks in {workspace.folder}/",
        hint="A new file has to be added with `git add` first.",
    )


def _note_untracked_files(workspace: Workspace, listing: FolderListing) -> tuple[str, ...]:
    """Return a note that names the files git does not track."""
    paths = [path for path in listing.untracked if workspace.file_filter.accepts(path)]
    if not paths:
        return ()
    names = shorten_list((f"{workspace.folder}/{path}" for path in paths), MAX_NAMED_UNTRACKED)
    return (f"not tracked by git, so left out: {names} (`git add` them)",)
