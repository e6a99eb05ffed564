"""The events of one history in their order: which commit brought which text to which file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

from sync.model import Deployed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.git.events import Event
    from sync.model import Wanted


@dataclass(slots=True)
class Timeline:
    """The events of one history, newest first, with the hashes of each blob's texts."""

    events: list[Event]
    texts: Mapping[str, frozenset[str]]
    lacking: bool
    by_path: dict[str, list[int]] = field(init=False)
    former: dict[str, set[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_path = defaultdict(list)
        for position, event in enumerate(self.events):
            self.by_path[event.path].append(position)
        self.former = self._former_paths()

    def text(self, position: int) -> frozenset[str]:
        return self._text(self.events[position].new)

    def _text(self, blob: str | None) -> frozenset[str]:
        return self.texts.get(blob, frozenset()) if blob else frozenset()

    def holders(self, hashes: set[str]) -> dict[str, int]:
        """Where each of these texts was last put into a file; texts never seen are left out."""
        found: dict[str, int] = {}
        for position in range(len(self.events)):
            for sha256 in self.text(position) & hashes:
                found.setdefault(sha256, position)
        return found

    def deployed(self, wanted: Wanted, holder: int) -> Deployed:
        """The commit that brought the wanted text, and the count of newer texts of its file.

        The file is followed through renames, from where the model's document lives now, or
        else from where the text was last seen.
        """
        versions = self._versions(wanted.path)
        at = self._newest(wanted.sha256, versions)
        if at is None:
            versions = self._versions(wanted.path, self.events[holder].path)
            at = versions.index(holder)
        commit = self.events[versions[at]].commit
        newer = {self.text(each) for each in versions[:at] if self.events[each].commit != commit}
        if wanted.desired and not any(wanted.desired in text for text in newer):
            newer.add(frozenset({wanted.desired}))
        behind = sum(1 for text in newer if wanted.sha256 not in text)
        return Deployed(self._brought_by(wanted.sha256, versions[at:]), behind)

    def blobs(self, path: str) -> list[str]:
        """The contents that a file had, newest first, each once."""
        events = (self.events[position].new for position in self._versions(path))
        return list(dict.fromkeys(blob for blob in events if blob))

    def _newest(self, sha256: str, versions: list[int]) -> int | None:
        found = (at for at, position in enumerate(versions) if sha256 in self.text(position))
        return next(found, None)

    def _brought_by(self, sha256: str, versions: list[int]) -> str:
        """The commit that starts the run of versions with this text: a rename brings nothing."""
        run = takewhile(lambda position: sha256 in self.text(position), versions)
        return [self.events[position].commit for position in run][-1]

    def _versions(self, *paths: str | None) -> list[int]:
        """Positions at which the files, or what they were renamed from, held a text."""
        lineage: set[str] = set()
        ahead = {path for path in paths if path is not None}
        while ahead:
            path = ahead.pop()
            lineage.add(path)
            ahead |= self.former.get(path, set()) - lineage
        positions = (each for path in lineage for each in self.by_path.get(path, ()))
        return sorted(position for position in positions if self.text(position))

    def _former_paths(self) -> dict[str, set[str]]:
        """New path → old paths: one commit took a text away there and put it here."""
        former: dict[str, set[str]] = {}
        for _, group in groupby(self.events, key=lambda event: event.commit):
            events = list(group)
            gone = {self._text(event.old): event.path for event in events if event.new is None}
            for event in events:
                if event.old is None and (text := self._text(event.new)) and text in gone:
                    former.setdefault(event.path, set()).add(gone[text])
        return former
