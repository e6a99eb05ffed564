"""Read earlier versions of the descriptions, in the history of a commit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sync.errors import GitError
from sync.git.commit_files import read_changes_of_named_files
from sync.git.conversions import convert_versions, read_converted_blobs
from sync.git.events import (
    read_difference,
    read_events,
    read_events_of_every_ref,
    read_events_of_files,
)
from sync.git.folder_listing import normalize_path
from sync.git.former_attributes import FormerAttributes, read_former_attributes
from sync.git.process import REFETCH_HINT, UNSHALLOW_HINT, decode_printable
from sync.git.timeline import Timeline
from sync.git.version_texts import VersionTexts, hash_versions

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from sync.git.events import Event
    from sync.git.repository import Repository
    from sync.git.version_texts import TextHasher


FEW_FILES = 20  # to read the events of more files, git takes as long as for all of them


@dataclass(frozen=True)
class FolderHistory:
    """The history of a folder's Markdown files up to a commit, read once, at the first use.

    `tip` is that commit, or None if the repository has no commit yet. The methods take a function
    `hash_texts`: it returns the canonical hashes of the texts in the bytes of a file, and none if
    the file is not a document. `former_folders` are folders, relative to the root, that
    had the descriptions at another time.
    """

    repository: Repository
    folder: str
    tip: str | None
    _named_changes: dict[frozenset[str], list[Event]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def events(self) -> list[Event] | None:
        """Return the events, newest first; None if a partial clone lacks the trees."""
        return self.read_events(self.revisions) if self.tip else []

    @property
    def has_read_events(self) -> bool:
        """Return True if the events of all files were read already."""
        return "events" in vars(self)

    def read_named_changes(self, names: Iterable[str]) -> list[Event]:
        """Return each change of files of these names, in any folder, newest first.

        Paths are relative to the root. They are read once for the same names.
        """
        asked = frozenset(names)
        if asked not in self._named_changes:
            self._named_changes[asked] = read_changes_of_named_files(
                self.repository, sorted(asked), revisions=self.revisions
            )
        return self._named_changes[asked]

    @cached_property
    def former_attributes(self) -> FormerAttributes:
        """Return the git attributes of all commits that can convert a text."""
        return read_former_attributes(self.repository, self.tip)

    @property
    def revisions(self) -> list[str]:
        return [self.tip] if self.tip else []

    @cached_property
    def is_complete(self) -> bool:
        """Return True if this clone has every version of the files, partial or not."""
        return not (self.repository.is_shallow() or self._has_missing_blobs())

    def build_timeline(
        self,
        events: list[Event] | None,
        *,
        hash_texts: TextHasher,
        include_old: bool = False,
        attributes: FormerAttributes | None = None,
    ) -> Timeline:
        """Hash the texts of all events, with `include_old` also those that each event replaced."""
        if events is None:
            return Timeline([], VersionTexts(has_missing_blobs=True))
        versions = {(event.path, event.new) for event in events if event.new}
        if include_old:
            versions |= {(event.path, event.old) for event in events if event.old}
        places = {path: self._get_full_path(path) for path in {path for path, _ in versions}}
        whole = {(places[path], blob) for path, blob in versions}
        texts = hash_versions(self.repository, whole, hash_texts=hash_texts, attributes=attributes)
        return Timeline(events, texts)

    def read_events(
        self,
        revisions: list[str],
        *,
        former_folders: Collection[str] = (),
        other_paths: AbstractSet[str] = frozenset(),
    ) -> list[Event] | None:
        """Read the events of these revisions; None if a partial clone lacks the trees."""
        return self._list_local_events(
            read_events(
                self.repository,
                revisions,
                folder=self.folder,
                former_folders=former_folders,
                other_paths=other_paths,
            )
        )

    def read_events_of_files(self, paths: Collection[str]) -> list[Event]:
        """Return the events of a few files, newest first; none if a partial clone lacks the trees.

        Git is asked for these files alone, unless the events of all files were read already.
        """
        if self.has_read_events or len(paths) > FEW_FILES:
            return [event for event in self.events or () if event.path in paths]
        if not (self.tip and paths):
            return []
        found = read_events_of_files(
            self.repository, self.revisions, folder=self.folder, paths=paths
        )
        return self._list_local_events(found) or []

    def read_own_events(self, paths: Collection[str]) -> list[Event]:
        """Return the events of the files under these paths and under all paths they may have had.

        A file may have had the path of each file that was removed in the commit that added it.
        """
        own, added = set(paths), set[str]()
        while True:
            events = self.read_events_of_files(own)
            commits = {each.commit for each in events if each.old is None} - added
            former = self._find_paths_removed_in(commits)
            if former <= own:
                return events
            own |= former
            added |= commits

    def _find_paths_removed_in(self, commits: Collection[str]) -> set[str]:
        """Return the paths at which one of the commits removed a file, or put a link."""
        if not commits:
            return set()
        only_removals = ["--no-walk", "--diff-filter=DT", *commits]
        events = self.events if self.has_read_events else self.read_events(only_removals)
        return {each.path for each in events or () if each.new is None and each.commit in commits}

    def read_events_of_every_ref(self) -> list[Event] | None:
        """Read the events of all Markdown files in all refs; None if trees are missing."""
        return self._list_local_events(
            read_events_of_every_ref(self.repository, folder=self.folder)
        )

    def _list_local_events(self, events: Iterator[Event]) -> list[Event] | None:
        try:
            return list(events)
        except GitError:
            if not self.repository.is_partial:
                raise
            return None

    def read_difference(self, tip: str, former_folders: Collection[str]) -> list[Event]:
        """Return the net difference to a newer commit: merges can restore older texts."""
        if self.tip is None:
            return []
        base = self.repository.git.run_command("merge-base", self.tip, tip)
        if base.exit_code:
            return []
        commit = decode_printable(base.stdout).strip()
        return list(
            read_difference(
                self.repository, commit, tip, folder=self.folder, former_folders=former_folders
            )
        )

    def read_versions(
        self, paths: Iterable[str], *, hash_texts: TextHasher
    ) -> dict[str, list[bytes]]:
        """Return for each path every content that its file had, newest first, across renames."""
        asked = list(paths)
        events = self.read_own_events(asked)
        timeline = self.build_timeline(events, hash_texts=hash_texts)
        blobs = {path: timeline.list_blobs(path) for path in asked}
        contents = dict(
            self.repository.git.read_blobs({blob for each in blobs.values() for blob in each})
        )
        versions = {(self._get_full_path(path), blob) for path in blobs for blob in blobs[path]}
        converted = convert_versions(self.repository.git, versions).contents
        return {
            path: [
                converted.get((self._get_full_path(path), blob), contents[blob]) for blob in each
            ]
            for path, each in blobs.items()
        }

    def select_changed_files(self, paths: Collection[str]) -> set[str]:
        """Return the paths whose file may have had another content, under any path."""
        events = self.read_own_events(paths)
        removing = {each.commit for each in events if each.new is None}
        renamed = {each.path for each in events if each.old is None and each.commit in removing}
        blobs: defaultdict[str, set[str | None]] = defaultdict(set)
        for each in events:
            blobs[each.path].add(each.new)
        return {path for path in paths if path in renamed or len(blobs[path]) > 1}

    def _get_full_path(self, path: str) -> str:
        return normalize_path(self.folder, path)

    def read_texts_since(
        self, commits: Iterable[str], paths: Collection[str], *, hash_texts: TextHasher
    ) -> dict[str, list[frozenset[str]]]:
        """Return, by path, the hashes of each version that came with commits after these ones.

        A removal has no hash. Raises GitError if a partial clone lacks the objects for this.
        """
        revisions = [*self.revisions, *(f"^{commit}" for commit in commits)]
        every = read_events(self.repository, revisions, folder=self.folder)
        events = [event for event in every if event.path in paths]
        timeline = self.build_timeline(events, hash_texts=hash_texts)
        found: dict[str, list[frozenset[str]]] = {}
        for position, event in enumerate(events):
            found.setdefault(event.path, []).append(timeline.hashes_at(position))
        return found

    def read_events_of_folders(self, folders: Collection[str]) -> list[Event]:
        """Return the events of the folder and of others, relative to the root, newest first.

        Their paths are relative to the folder. Events that this clone cannot read are left out.
        """
        if not (self.tip and folders):
            return self.events or []
        events = self.read_events(self.revisions, former_folders=folders)
        return events or []

    def find_removed_paths(self, present: Container[str]) -> set[str]:
        """Return the paths of the files that are no longer `present`.

        A file counts as present where a submodule or a link has taken the place of its folder.
        """
        return {
            event.path
            for event in self.events or ()
            if (event.new or event.old)  # neither of a symbolic link
            and event.path not in present
            and not is_inside(event.path, present)
        }

    def read_removed_files(self, present: Container[str]) -> Mapping[str, bytes]:
        """Read the last version of each file that is no longer `present`, if this clone has it."""
        removed = self.find_removed_paths(present)
        last: dict[str, str] = {}
        for event in self.events or ():
            if event.path in removed and (blob := event.new or event.old):
                last.setdefault(event.path, blob)
        local_blobs = self.repository.find_local_blobs(set(last.values()))
        paths = {path: blob for path, blob in last.items() if blob in local_blobs}
        return read_converted_blobs(self.repository.git, self.folder, paths).files

    def explain_gaps(self) -> tuple[str, ...]:
        """Return a note on removed files that a shallow or partial clone may hide."""
        return tuple(_explain_gaps(self.repository, has_missing_blobs=self._has_missing_blobs()))

    def _has_missing_blobs(self) -> bool:
        if not self.repository.is_partial:
            return False
        if self.events is None:
            return True
        every = {event.new for event in self.events if event.new}
        return len(self.repository.find_local_blobs(every)) < len(every)


def is_inside(path: str, present: Container[str]) -> bool:
    """Return True if a submodule or a link has taken the place of one of the file's folders."""
    return any(str(folder) in present for folder in PurePosixPath(path).parents)


def _explain_gaps(repository: Repository, *, has_missing_blobs: bool) -> Iterator[str]:
    if repository.is_shallow():
        yield f"files removed before this clone's history begins are left out. {UNSHALLOW_HINT}"
    if has_missing_blobs:
        yield f"files that were removed are left out where this clone lacks them. {REFETCH_HINT}"
