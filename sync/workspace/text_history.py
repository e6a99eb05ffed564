"""Look texts up in git: which it has, what they were made from, and which pulls were merged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from sync.config.settings import read_config
from sync.config.yaml import FaultsError
from sync.decisions.conflicts import is_conflict_resolved
from sync.decisions.plan import GitKnowledge
from sync.decisions.pull import choose_merge_base
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import hash_possible_texts, read_document
from sync.descriptions.front_matter import read_body
from sync.git import read_file_versions
from sync.model import Document, KnownText, Text, TextLookup, canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.git import FolderHistory, PullRecord, SnapshotStore, TextSearchResult
    from sync.model import Drift
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class TextHistory:
    """The texts of one target in git, up to a commit; for None, up to HEAD."""

    target: Target
    commit: str | None

    @property
    def _history(self) -> FolderHistory:
        return self.target.workspace.get_history(self.commit)

    # --- texts that git has ---

    def collect_knowledge(self, lookups: Mapping[str, TextLookup]) -> GitKnowledge:
        """Return what git knows about the texts: their commits, merged pulls, and last writes."""
        found, last_writes = self.find_texts(lookups), self.target.snapshots.find_last_writes()
        unknown = {model: each for model, each in lookups.items() if model not in found.texts}
        known = {**(self.find_pulled_texts(unknown) if unknown else {}), **found.texts}
        if found.is_complete:
            return GitKnowledge(known, last_writes)
        reason = f"nobody can tell: the history is not complete here. {found.hint}"
        return GitKnowledge(known, last_writes, reason, is_complete=False)

    def find_texts(self, wanted: Mapping[str, TextLookup]) -> TextSearchResult:
        """Find the texts in git, whatever their aliases stood for at the time."""
        history = self._search_history(wanted, [self.target.aliases])
        unknown = {model: each for model, each in wanted.items() if model not in history.texts}
        former = self._read_former_aliases() if unknown else []
        if not former:
            return history
        more = self._search_history(unknown, former)
        return replace(history, texts={**history.texts, **more.texts})

    def _search_history(
        self, wanted: Mapping[str, TextLookup], namings: Sequence[Aliases]
    ) -> TextSearchResult:
        return self._history.find_texts(
            wanted,
            digests=lambda data: hash_possible_texts(data, *namings),
            deploy_branch=self.target.config.deploy_branch,
            snapshot_hashes=self.target.snapshots.list_known_hashes,
        )

    def _read_former_aliases(self) -> list[Aliases]:
        """Read the aliases in earlier versions of config.yaml, except for today's.

        Versions with faults are left out.
        """
        chosen, tip = self.target, self._history.tip
        repository = chosen.workspace.repository
        path = repository.make_relative(chosen.workspace.config_path)
        found: list[Aliases] = []
        for data in read_file_versions(repository, path, commit=tip) if tip else ():
            naming = _parse_aliases(data, chosen.name)
            if naming and naming not in (chosen.aliases, *found):
                found.append(naming)
        return found

    # --- pulls ---

    def find_pulled_texts(self, wanted: Mapping[str, TextLookup]) -> dict[str, KnownText]:
        """Find the texts that a pull merged into files that are in the history by now."""
        pulled = {
            model: those
            for model, records in self.target.snapshots.list_pulls().items()
            if model in wanted
            if (those := [each for each in records if each.remote_sha256 == wanted[model].sha256])
        }
        return {model: KnownText("commit") for model in self._find_merged_pulls(wanted, pulled)}

    def find_merge_bases(self, drifted: Sequence[Drift]) -> dict[str, Text]:
        """Return by model what its file and the remote text were both made from, if known.

        That is what was last sent or pulled, unless a newer version of the file is nearer to the
        remote text; without a record, an earlier version of the file. Versions are read only if
        the history is complete.
        """
        wanted = {
            change.model: TextLookup(
                change.path, change.before.sha256, change.after.sha256 if change.after else None
            )
            for change in drifted
        }
        snapshots, repository = self.target.snapshots, self.target.workspace.repository
        records = snapshots.list_pulls()
        pulled = {model: records[model] for model in wanted if model in records}
        recorded = snapshots.find_merge_bases(
            wanted.keys(), merged_pulls=self._find_merged_pulls(wanted, pulled)
        )
        is_complete = not (repository.is_shallow() or repository.is_partial())
        versions = self._read_file_texts(drifted) if is_complete else {}
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
        self, wanted: Mapping[str, TextLookup], pulled: Mapping[str, Sequence[PullRecord]]
    ) -> dict[str, PullRecord]:
        """Find the newest pull of each model whose result was committed.

        The history has the merged text; if conflicts were left, a later version of the file shows
        that somebody resolved them.
        """
        merged = {
            each.result_sha256
            for records in pulled.values()
            for each in records
            if each.result_sha256
        }
        there = self._find_known_hashes(merged) if merged else set()
        past = self._read_conflict_history(wanted, pulled)
        found: dict[str, PullRecord] = {}
        for model, records in pulled.items():
            for record in records:
                if record.result_sha256 in there or past.has_resolution(model, record):
                    found.setdefault(model, record)
        return found

    def _find_known_hashes(self, hashes: set[str]) -> set[str]:
        """Find the texts that the history has, whatever their aliases stood for at the time."""
        naming = self.target.aliases
        there = self._history.find_known_hashes(
            hashes, digests=lambda data: hash_possible_texts(data, naming)
        )
        missing = hashes - there
        former = self._read_former_aliases() if missing else []
        if not former:
            return there
        return there | self._history.find_known_hashes(
            missing, digests=lambda data: hash_possible_texts(data, *former)
        )

    def _read_conflict_history(
        self, wanted: Mapping[str, TextLookup], pulled: Mapping[str, Sequence[PullRecord]]
    ) -> _FileHistory:
        """Read the history of the files in which a pull left conflicts."""
        paths = {
            model: path
            for model, records in pulled.items()
            if not all(each.result_sha256 for each in records) and (path := wanted[model].path)
        }
        if not paths:
            return _FileHistory(self.target.snapshots, {}, ())
        past = self._read_versions(paths.values())
        return _FileHistory(
            self.target.snapshots,
            {model: past.get(path, []) for model, path in paths.items()},
            [self.target.aliases, *self._read_former_aliases()],
        )

    # --- earlier texts ---

    def _read_versions(self, paths: Iterable[str]) -> Mapping[str, Sequence[bytes]]:
        naming = self.target.aliases
        return self._history.read_versions(
            paths, digests=lambda data: hash_possible_texts(data, naming)
        )

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


def _parse_aliases(config: bytes, target: str) -> Aliases | None:
    try:
        section = read_config(config.decode("utf-8-sig"), path="").targets.get(target)
    except (FaultsError, UnicodeDecodeError):
        return None
    return Aliases(target, section.models, section.assets) if section else None


@dataclass(frozen=True, slots=True)
class _FileHistory:
    """Earlier bytes of files by model, newest first, and all aliases to read them with."""

    snapshots: SnapshotStore
    contents: Mapping[str, Sequence[bytes]]
    namings: Sequence[Aliases]

    def has_resolution(self, model: str, record: PullRecord) -> bool:
        """Return True if somebody resolved the conflict that this pull left in the file."""
        contents = self.contents.get(model, ())
        if record.result_sha256 or not contents:
            return False
        later = list(takewhile(lambda data: not self._has_text(data, record.ours_sha256), contents))
        marked = self.snapshots.read_conflict_text(model, record)
        if marked is None or len(later) == len(contents):
            return False
        ours = _read_body(contents[len(later)])
        return any(
            is_conflict_resolved(_read_body(data), conflict_text=marked, ours=ours)
            for data in later
        )

    def _has_text(self, data: bytes, sha256: str | None) -> bool:
        return sha256 in hash_possible_texts(data, *self.namings)


def _read_body(data: bytes) -> str:
    body = read_body(data)
    return canonical(body.text) if body else ""
