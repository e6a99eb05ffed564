"""Find the files whose texts a selection needs; only the models of other files are needed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.descriptions.model_of_file import find_model_of_file
from sync.operations.sources.base import keeps_meaning_since, read_base_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.decisions.changed_since import BaseState
    from sync.decisions.desired import SourceFiles
    from sync.operations.selection import Selection
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class NeededFiles:
    """The files that need not be read: `unread` maps their paths to models.

    `before` has the changed files as they were in the base commit of `--since`; None if all files
    of that commit matter, or if there is no base.
    """

    unread: Mapping[str, str] = field(default_factory=dict)
    before: BaseState | None = None


def find_needed_files(target: Target, selection: Selection, files: SourceFiles) -> NeededFiles:
    """Find the files that the selection leaves out, independently of their texts.

    A file without a model, or with the model of another file, is never left out, because its
    faults concern other files.
    """
    if not (selection.models or files.selected_paths is not None or files.base):
        return NeededFiles()
    models = {
        path: find_model_of_file(path, data, target.aliases)
        for path, data in files.contents.items()
    }
    wanted = {target.aliases.get_model_id(name) for name in selection.models}
    if not wanted <= {*models.values()}:
        return NeededFiles()  # of a model that is gone, or that is misspelt
    before = _read_changed_files(target, files, models)
    counts = Counter(models.values())
    unread = {
        path: model
        for path, model in models.items()
        if model and counts[model] == 1 and path not in files.doubts
        if not (
            files.is_selected(path)
            and (not wanted or model in wanted)
            and (before is None or files.is_changed(path))
        )
    }
    return NeededFiles(unread, before)


def _read_changed_files(
    target: Target, files: SourceFiles, models: Mapping[str, str]
) -> BaseState | None:
    """Return the changed files as they were at the base, if `--since` concerns no other files.

    Returns None if there is no base, or if other files may be concerned: their meaning changed, or
    they name a model that a changed file names or named.
    """
    changed = files.changed_paths
    if files.base is None or changed is None or not keeps_meaning_since(target, files):
        return None
    before = read_base_state(target, files.base, only=changed)
    touched = before.models | {model for path, model in models.items() if path in changed}
    is_apart = touched.isdisjoint(model for path, model in models.items() if path not in changed)
    return before if is_apart else None
