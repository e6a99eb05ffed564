"""Find the files that still have a text that a rollback removed from Scenario."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sync.descriptions.document import hash_possible_texts
from sync.errors import GitError
from sync.model.text import EMPTY_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.git import RolledBackModel, SnapshotStore
    from sync.model.known_texts import TextLookup
    from sync.workspace.workspace import Target

_NO_FILE = frozenset([EMPTY_TEXT.sha256])


def find_rollbacks_in_force(
    target: Target,
    lookups: Mapping[str, TextLookup],
    tip: str | None,
    *,
    snapshots: SnapshotStore,
) -> dict[str, str]:
    """Return the models that a rollback still holds, each with the run of that rollback.

    A rollback holds a model if its file still has the rolled back text, and no commit up to `tip`
    has changed the file since. It also holds the model if git lacks the commits to decide.
    """
    rolled_back = snapshots.find_rolled_back_models() if lookups else {}
    held = {
        model: rolled_back[model]
        for model, lookup in lookups.items()
        if model in rolled_back
        if (lookup.desired_sha256 or EMPTY_TEXT.sha256) in rolled_back[model].hashes
    }
    changed = _find_changed_models(target, lookups, held, tip) if tip else set()
    return {model: each.run for model, each in held.items() if model not in changed}


def _find_changed_models(
    target: Target,
    lookups: Mapping[str, TextLookup],
    held: Mapping[str, RolledBackModel],
    tip: str,
) -> set[str]:
    """Return the models whose file changed after the rollback, even if it changed back."""
    groups: defaultdict[frozenset[str], dict[str, str]] = defaultdict(dict)
    for model, each in held.items():
        if path := lookups[model].path:
            groups[each.commits][path] = model
    changed = set()
    for commits, models in groups.items():
        known = sorted(filter(target.workspace.repository.find_commit, commits))
        try:
            texts = _FileTexts(target, tip, known, frozenset(models)) if known else None
        except GitError:  # a shallow or partial clone lacks what would tell it
            texts = None
        if texts:
            changed |= {
                model
                for path, model in models.items()
                if texts.has_changed(path, rolled_back=held[model].hashes)
            }
    return changed


class _FileTexts:
    """The texts of some files in the commits that runs were made from, and in those after."""

    def __init__(
        self, target: Target, tip: str, known: Sequence[str], paths: frozenset[str]
    ) -> None:
        workspace, self._aliases = target.workspace, target.aliases
        self._at_runs = [
            workspace.repository.read_tracked_files(
                workspace.folder, commit, include=paths.__contains__
            ).files
            for commit in known
        ]
        self._later = workspace.get_history(tip).read_texts_since(
            known, paths, hash_texts=self._hash
        )

    def has_changed(self, path: str, *, rolled_back: frozenset[str]) -> bool:
        """Return True if the file had another text than those after the runs or during them."""
        if any(rolled_back.isdisjoint(text or _NO_FILE) for text in self._later.get(path, ())):
            return True
        texts = [self._hash(files[path]) for files in self._at_runs if path in files]
        if EMPTY_TEXT.sha256 in rolled_back and len(texts) < len(self._at_runs):
            return False  # the file was removed then, too
        return bool(texts) and all(rolled_back.isdisjoint(text) for text in texts)

    def _hash(self, data: bytes) -> frozenset[str]:
        return frozenset(hash_possible_texts(data, self._aliases))
