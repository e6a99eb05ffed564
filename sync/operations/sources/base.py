"""Read the documents of an older commit for a target, with the config of that commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.decisions.changed_since import BaseState, concerns_all_documents
from sync.descriptions.document import read_documents
from sync.workspace.former_configs import (
    find_config_of_commit,
    make_present_config,
    make_target_settings,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from sync.decisions.changed_since import TargetSettings
    from sync.decisions.desired import SourceFiles
    from sync.workspace.workspace import Target


def get_target_settings(target: Target) -> TargetSettings:
    """Return the settings of the target in the present config."""
    return make_target_settings(target.workspace.config, target.config)


def read_base_state(
    target: Target, commit: str, *, only: Collection[str] | None = None
) -> BaseState:
    """Read the documents of the commit; none if its config did not name the target.

    With `only`, no other files are read: enough if `keeps_meaning_since` is True.
    """
    former = find_config_of_commit(target, commit)
    if former is None:
        return BaseState(commit, {}, (), None)
    accepts = former.file_filter.accepts
    tracked = target.workspace.repository.read_tracked_files(
        former.folder,
        commit,
        include=lambda path: (only is None or path in only) and accepts(path),
    )
    documents, invalid = read_documents(tracked.files, former.aliases, folder=former.folder)
    return BaseState(commit, {each.model: each for each in documents}, invalid, former.settings)


def keeps_meaning_since(target: Target, files: SourceFiles) -> bool:
    """Return True if a file that did not change since the base means the same as it did there.

    True if the config gives the file the same model and the same aliases, git converts it as
    before, and plans treat its text as before.
    """
    base, repository = files.base or "", target.workspace.repository
    former = find_config_of_commit(target, base)
    if former is None or former != make_present_config(target):
        return False
    end = files.source.commit if files.source.kind == "commit" else None
    if repository.has_changed_attributes(base, commit=end):
        return False
    return not concerns_all_documents(former.settings, get_target_settings(target))
