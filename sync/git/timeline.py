"""Find in the events of a history the commit that brought a text to a file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

from sync.model.known_texts import DeployedCommit

if TYPE_CHECKING:
    from sync.git.events import Event
    from sync.git.version_texts import VersionTexts
    from sync.model.known_texts import TextLookup


@dataclass(slots=True)
class Timeline:
    """The events of one history, newest first, with the hashes of the texts in each blob.

    A position is an index into `events`, so a smaller position is newer. `former_paths` maps new
    paths to old paths.
    """

    events: list[Event]
    texts: VersionTexts
    positions_by_path: dict[str, list[int]] = field(init=False)
    former_paths: dict[str, set[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.positions_by_path = defaultdict(list)
        for position, event in enumerate(self.events):
            self.positions_by_path[event.path].append(position)
        self.former_paths = self._find_former_paths()

    def hashes_at(self, position: int) -> frozenset[str]:
        return self._hashes_of(self.events[position].new)

    def _hashes_of(self, blob: str | None) -> frozenset[str]:
        return self.texts.hashes_by_blob.get(blob, frozenset()) if blob else frozenset()

    def find_last_positions(
        self, hashes: set[str], *, only_changes: bool = False
    ) -> dict[str, int]:
        """Return the newest position that brought each text, by hash; leave out unknown texts.

        With `only_changes`, a commit that changes something else of the file, or renames it, does
        not count; this needs the hashes of the old blobs, too.
        """
        removed = self._find_removed_hashes() if only_changes else {}
        found: dict[str, int] = {}
        for position, event in enumerate(self.events):
            before = self._hashes_of(event.old) | removed.get(event.commit, frozenset())
            for sha256 in self.hashes_at(position) & hashes:
                if not only_changes or sha256 not in before:
                    found.setdefault(sha256, position)
        return found

    def _find_removed_hashes(self) -> dict[str, frozenset[str]]:
        """Return the texts of the files that each commit removes, by commit."""
        found: dict[str, frozenset[str]] = {}
        for event in self.events:
            if event.new is None:
                gone = found.get(event.commit, frozenset())
                found[event.commit] = gone | self._hashes_of(event.old)
        return found

    def find_deployed_commit(self, lookup: TextLookup, last_position: int) -> DeployedCommit:
        """Find the commit that brought the text, and count the newer texts of its file.

        Follows the file through renames: from the path of the model's document, or, if the text was
        never there, also from the file at `last_position`, where the text was seen last.
        """
        if deployed := self.find_commit_of_own_file(lookup):
            return deployed
        versions = self._find_versions(lookup.path, self.events[last_position].path)
        return self._describe_version(lookup, versions, versions.index(last_position))

    def find_commit_of_own_file(self, lookup: TextLookup) -> DeployedCommit | None:
        """Do the same if the document's file, under any former path, had the text; or None."""
        versions = self._find_versions(lookup.path)
        at = self._find_newest(lookup.sha256, versions)
        return None if at is None else self._describe_version(lookup, versions, at)

    def _describe_version(self, lookup: TextLookup, versions: list[int], at: int) -> DeployedCommit:
        commit = self.events[versions[at]].commit
        newer = {
            self.hashes_at(each) for each in versions[:at] if self.events[each].commit != commit
        }
        if lookup.desired_sha256 and not any(lookup.desired_sha256 in text for text in newer):
            newer.add(frozenset({lookup.desired_sha256}))
        behind = sum(1 for text in newer if lookup.sha256 not in text)
        return DeployedCommit(self._find_introducing_commit(lookup.sha256, versions[at:]), behind)

    def list_blobs(self, path: str) -> list[str]:
        """Return the blobs that a file had, newest first, without duplicates."""
        events = (self.events[position].new for position in self._find_versions(path))
        return list(dict.fromkeys(blob for blob in events if blob))

    def _find_newest(self, sha256: str, versions: list[int]) -> int | None:
        found = (at for at, position in enumerate(versions) if sha256 in self.hashes_at(position))
        return next(found, None)

    def _find_introducing_commit(self, sha256: str, versions: list[int]) -> str:
        """Return the oldest commit of the newest versions in a row that have this text.

        So a commit that only renamed the file does not count.
        """
        run = takewhile(lambda position: sha256 in self.hashes_at(position), versions)
        return [self.events[position].commit for position in run][-1]

    def _find_versions(self, *paths: str | None) -> list[int]:
        """Return the positions at which the files, under any former path, had a text."""
        lineage: set[str] = set()
        ahead = {path for path in paths if path is not None}
        while ahead:
            path = ahead.pop()
            lineage.add(path)
            ahead |= self.former_paths.get(path, set()) - lineage
        positions = (each for path in lineage for each in self.positions_by_path.get(path, ()))
        return sorted(position for position in positions if self.hashes_at(position))

    def _find_former_paths(self) -> dict[str, set[str]]:
        """Map new paths to old paths: one commit removed a text there and added it here."""
        former: dict[str, set[str]] = {}
        for _, group in groupby(self.events, key=lambda event: event.commit):
            events = list(group)
            gone = {self._hashes_of(event.old): event.path for event in events if event.new is None}
            for event in events:
                if event.old is None and (text := self._hashes_of(event.new)) and text in gone:
                    former.setdefault(event.path, set()).add(gone[text])
        return former
