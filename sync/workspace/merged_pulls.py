"""Find the pulls that were merged, and the merge bases of files and remote texts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from sync.decisions.conflicts import is_conflict_resolved
from sync.decisions.merge_base import choose_merge_base
from sync.descriptions.document import hash_possible_texts, read_document
from sync.descriptions.front_matter import read_canonical_body
from sync.model.document import Document
from sync.model.known_texts import KnownText, TextLookup
from sync.workspace.former_configs import (
    find_texts_by_configs,
    make_text_hasher,
    read_own_former_configs,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.descriptions.aliases import Aliases
    from sync.git import FolderHistory, PullRecord, SnapshotStore
    from sync.model.changes import Drift
    from sync.model.text import Text
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class MergedPulls:
    """The pulls of one target whose merged texts are in a history of its folder."""

    target: Target
    history: FolderHistory
    snapshots: SnapshotStore

    def find_texts(self, lookups: Mapping[str, TextLookup]) -> dict[str, KnownText]:
        """Find the texts that a pull merged into files that are committed now."""
        pulled = {
            model: those
            for model, records in self.snapshots.list_pulls().items()
            if model in lookups
            if (those := [each for each in records if each.remote_sha256 == lookups[model].sha256])
        }
        return {model: KnownText("commit") for model in self._find_merged_pulls(lookups, pulled)}

    def find_merge_bases(self, drifted: Sequence[Drift]) -> dict[str, Text]:
        """Return the merge base of the file and the remote text by model, if known.

        That is the text that was last sent or pulled, unless a newer version of the file is
        nearer to the remote text; without a record, an earlier version of the file. Versions are
        read only if the history is complete.
        """
        wanted = {
            change.model: TextLookup(
                change.path, change.before.sha256, change.after.sha256 if change.after else None
            )
            for change in drifted
        }
        snapshots = self.snapshots
        records = snapshots.list_pulls()
        pulled = {model: records[model] for model in wanted if model in records}
        recorded = snapshots.find_merge_bases(
            wanted.keys(), merged_pulls=self._find_merged_pulls(wanted, pulled)
        )
        versions = self._read_file_texts(drifted) if self.history.is_complete else {}
        bases = {
            change.model: choose_merge_base(
                change.before,
                versions.get(change.model, ()),
                recorded=recorded.get(change.model),
                current=change.after,
            )
            for change in drifted
        }
        return {model: base for model, base in bases.items() if base is not None}

    def _find_merged_pulls(
        self, lookups: Mapping[str, TextLookup], pull_records: Mapping[str, Sequence[PullRecord]]
    ) -> dict[str, PullRecord]:
        """Find the newest pull of each model whose result was committed.

        The history has the merged text; if conflicts were left, a later version of the file shows
        that somebody resolved them.
        """
        merged = {
            each.result_sha256
            for records in pull_records.values()
            for each in records
            if each.result_sha256
        }
        known = self._find_known_hashes(merged) if merged else set()
        past = self._read_conflict_history(lookups, pull_records)
        found: dict[str, PullRecord] = {}
        for model, records in pull_records.items():
            for record in records:
                if record.result_sha256 in known or past.has_resolution(model, record):
                    found.setdefault(model, record)
        return found

    def _find_known_hashes(self, hashes: set[str]) -> set[str]:
        """Find the texts that the history has, by the aliases of any time."""
        lookups = {sha256: TextLookup(None, sha256) for sha256 in hashes}
        return set(find_texts_by_configs(self.target, self.history, lookups).texts)

    def _read_conflict_history(
        self, lookups: Mapping[str, TextLookup], pull_records: Mapping[str, Sequence[PullRecord]]
    ) -> _FileHistory:
        """Read the history of the files in which a pull left conflicts."""
        paths = {
            model: path
            for model, records in pull_records.items()
            if not all(each.result_sha256 for each in records) and (path := lookups[model].path)
        }
        if not paths:
            return _FileHistory(self.snapshots, {}, ())
        past = self._read_versions(paths.values())
        return _FileHistory(
            self.snapshots,
            {model: past.get(path, []) for model, path in paths.items()},
            [
                self.target.aliases,
                *(each.aliases for each in read_own_former_configs(self.target, self.history.tip)),
            ],
        )

    def _read_versions(self, paths: Iterable[str]) -> Mapping[str, Sequence[bytes]]:
        return self.history.read_versions(paths, hash_texts=make_text_hasher(self.target))

    def _read_file_texts(self, drifted: Sequence[Drift]) -> dict[str, list[Text]]:
        """Read by model the texts that its file had, newest first."""
        past = self._read_versions([change.path for change in drifted if change.path])
        found = {}
        for change in drifted:
            path = change.path or ""
            texts = [self._read_text(path, data) for data in past.get(path, ())]
            found[change.model] = [text for text in texts if text]
        return found

    def _read_text(self, path: str, data: bytes) -> Text | None:
        folder = self.target.workspace.folder
        document = read_document(path, data, self.target.aliases, folder=folder)
        return document.text if isinstance(document, Document) else None


@dataclass(frozen=True, slots=True)
class _FileHistory:
    """Earlier bytes of files by model, newest first, and all aliases to read them with."""

    snapshots: SnapshotStore
    contents: Mapping[str, Sequence[bytes]]
    possible_aliases: Sequence[Aliases]

    def has_resolution(self, model: str, record: PullRecord) -> bool:
        """Return True if somebody resolved the conflict that this pull left in the file."""
        contents = self.contents.get(model, ())
        if record.result_sha256 or not contents:
            return False
        later = list(takewhile(lambda data: not self._has_text(data, record.ours_sha256), contents))
        marked = self.snapshots.read_conflict_text(model, record)
        if marked is None or len(later) == len(contents):
            return False
        ours = read_canonical_body(contents[len(later)])
        return any(
            is_conflict_resolved(read_canonical_body(data), conflict_text=marked, ours=ours)
            for data in later
        )

    def _has_text(self, data: bytes, sha256: str | None) -> bool:
        return sha256 in hash_possible_texts(data, *self.possible_aliases)
