"""Find the files whose texts a selection needs; of the others it is enough to know the model."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.descriptions.model_of_file import find_model_of_file
from sync.operations.sources.base import keeps_meaning_since, read_base_state

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sync.decisions.desired import SourceFiles
    from sync.operations.selection import Selection
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class NeededFiles:
    """The files that need not be read, `unread`: their models by path.

    `base_paths` are the files that have to be read of the commit that `--since` compares with; None
    stands for all.
    """

    unread: Mapping[str, str] = field(default_factory=dict)
    base_paths: Collection[str] | None = None


def find_needed_files(target: Target, selection: Selection, files: SourceFiles) -> NeededFiles:
    """Find the files that the selection leaves out, whatever their texts are.

    Never left out is a file that several files name the model of, or that names none: its faults
    concern others.
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
    changed = _find_changed_files(target, files, models)
    counts = Counter(models.values())
    unread = {
        path: model
        for path, model in models.items()
        if model and counts[model] == 1 and path not in files.doubts
        if not (
            files.is_selected(path)
            and (not wanted or model in wanted)
            and (changed is None or path in changed)
        )
    }
    return NeededFiles(unread, changed)


def _find_changed_files(
    target: Target, files: SourceFiles, models: Mapping[str, str]
) -> Collection[str] | None:
    """Return the files that changed since the base, if that is all that `--since` is about.

    None if there is no base, or if other files may be concerned as well: their meaning changed, or
    they name a model that a changed file names or named.
    """
    changed = files.changed_paths
    if files.base is None or changed is None or not keeps_meaning_since(target, files):
        return None
    touched = read_base_state(target, files.base, only=changed).models
    touched |= {model for path, model in models.items() if path in changed}
    is_apart = touched.isdisjoint(model for path, model in models.items() if path not in changed)
    return changed if is_apart else None
