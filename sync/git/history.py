"""Search git history for texts that the files of the descriptions folder once had."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from sync.errors import GitError
from sync.git.commit_files import read_changes_of_named_files
from sync.git.conversions import convert_versions, read_converted_blobs
from sync.git.events import (
    find_former_names,
    find_ref_of_commit,
    normalize_path,
    read_difference,
    read_events,
    read_events_of_every_ref,
)
from sync.git.former_attributes import FormerAttributes, read_former_attributes
from sync.git.process import REFETCH_HINT, UNSHALLOW_HINT, decode_printable
from sync.git.timeline import Timeline, select_own_events
from sync.git.version_texts import VersionTexts, hash_versions
from sync.model.git_knowledge import DeployedCommit, KnownText, TextLookup

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from sync.git.events import Event
    from sync.git.repository import Repository
    from sync.git.version_texts import Digests

    TextLocation = Literal["commit", "deploy_branch"]


# To hash the texts of so many events takes no longer than to run git once more.
FEW_EVENTS = 1000
LFS_HINT = "Earlier texts are in Git LFS, and this clone lacks them: run `git lfs fetch --all`."


@dataclass(frozen=True, slots=True)
class TextSearchResult:
    """The result of a search: where git has the text of each model.

    `texts` contains only models whose text was found. If `is_complete` is true, the other texts are
    in no commit of the searched histories. Otherwise parts of the histories could not be read, and
    `hint` says how to complete the clone.
    """

    texts: Mapping[str, KnownText]
    is_complete: bool = True
    hint: str = ""


@dataclass(frozen=True)
class FolderHistory:
    """The history of a folder's Markdown files up to a commit, read once, at the first use.

    `tip` is that commit, or None if the repository has no commit yet. The methods take a function
    `digests`: it maps the bytes of a file to the canonical hashes of the texts in it, and returns
    no hash if the file is not a document. `former_folders` are folders, relative to the root, that
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
        return (
            _read_events(self.repository, self._revisions, folder=self.folder) if self.tip else []
        )

    def read_named_changes(self, names: Iterable[str]) -> list[Event]:
        """Return each change of files of these names, in any folder, newest first.

        Paths are relative to the root. They are read once for the same names.
        """
        asked = frozenset(names)
        if asked not in self._named_changes:
            self._named_changes[asked] = read_changes_of_named_files(
                self.repository, sorted(asked), revisions=self._revisions
            )
        return self._named_changes[asked]

    @cached_property
    def former_attributes(self) -> FormerAttributes:
        """Return the git attributes of all commits that can convert a text."""
        return read_former_attributes(self.repository, self.tip)

    @property
    def _revisions(self) -> list[str]:
        return [self.tip] if self.tip else []

    @cached_property
    def is_complete(self) -> bool:
        """Return True if this clone has every version of the files, partial or not."""
        return not (self.repository.is_shallow() or self._has_missing_blobs())

    def find_texts(
        self,
        lookups: Mapping[str, TextLookup],
        *,
        digests: Digests,
        former_folders: Collection[str] = (),
    ) -> TextSearchResult:
        """Find where this history has the texts, and which commit introduced each text.

        A text counts if any file of the folders had it, even if the file was elsewhere at that
        time.
        """
        search = _TextSearch(self, dict(lookups))
        if self.tip and search.missing:
            if not former_folders:
                search.search_own_files(self.events or [], digests=digests)
            search.search_history(
                self._revisions,
                former_folders=former_folders,
                digests=digests,
                events=None if former_folders else self.events,
            )
        return search.build_result()

    def find_newer_texts(
        self,
        lookups: Mapping[str, TextLookup],
        branch: Branch,
        *,
        digests: Digests,
        former_folders: Collection[str] = (),
        whole: bool = False,
    ) -> TextSearchResult:
        """Find the texts that commits of `branch` have and that this history does not contain.

        With `whole`, the commits that it contains count as well, for texts that files have only by
        a newer config.
        """
        search = _TextSearch(self, dict(lookups))
        tip, where = branch.commit, _Place("deploy_branch", branch.name)
        difference = partial(self._read_difference, tip, former_folders)
        search.search_history(
            [tip, *(f"^{each}" for each in self._revisions if not whole)],
            former_folders=former_folders,
            digests=digests,
            place=where,
            read_more=difference,
        )
        return search.build_result()

    def build_timeline(
        self,
        events: list[Event] | None,
        *,
        digests: Digests,
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
        texts = hash_versions(self.repository, whole, digests=digests, attributes=attributes)
        return Timeline(events, texts)

    def _read_difference(self, tip: str, former_folders: Collection[str]) -> list[Event]:
        """Read what a newer commit changes as a whole: its merges may take back older texts."""
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

    def find_texts_elsewhere(
        self, lookups: Mapping[str, TextLookup], *, digests: Digests
    ) -> TextSearchResult:
        """Find the texts in any Markdown file of any ref or stash; name the commit, ref and path.

        This reads the history of every ref: only unknown texts are worth it.
        """
        search = _TextSearch(self, dict(lookups))
        try:
            events = list(read_events_of_every_ref(self.repository, folder=self.folder))
        except GitError:
            if not self.repository.is_partial:
                raise
            events = None
        search.search_elsewhere(events, digests=digests)
        return search.build_result()

    def find_known_hashes(
        self, hashes: Iterable[str], *, digests: Digests, former_folders: Collection[str] = ()
    ) -> set[str]:
        """Return those of the hashes whose text was in any file of the folders."""
        lookups = {sha256: TextLookup(None, sha256) for sha256 in hashes}
        return set(self.find_texts(lookups, digests=digests, former_folders=former_folders).texts)

    def read_versions(self, paths: Iterable[str], *, digests: Digests) -> dict[str, list[bytes]]:
        """Return for each path every content that its file had, newest first, across renames."""
        asked = list(paths)
        events = None if self.events is None else select_own_events(self.events, asked)
        timeline = self.build_timeline(events, digests=digests)
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

    def select_changed_files(self, paths: Iterable[str]) -> set[str]:
        """Return those of the paths whose file may have had another content, under any path."""
        events = self.events or ()
        removing = {each.commit for each in events if each.new is None}
        renamed = {each.path for each in events if each.old is None and each.commit in removing}
        blobs: defaultdict[str, set[str | None]] = defaultdict(set)
        for each in events:
            blobs[each.path].add(each.new)
        return {path for path in paths if path in renamed or len(blobs[path]) > 1}

    def _get_full_path(self, path: str) -> str:
        return normalize_path(self.folder, path)

    def read_texts_since(
        self, commits: Iterable[str], paths: Collection[str], *, digests: Digests
    ) -> dict[str, list[frozenset[str]]]:
        """Return, by path, the hashes of each version that came with commits after these ones.

        A removal has no hash. Raises GitError if a partial clone lacks what would tell.
        """
        revisions = [*self._revisions, *(f"^{commit}" for commit in commits)]
        every = read_events(self.repository, revisions, folder=self.folder)
        events = [event for event in every if event.path in paths]
        timeline = self.build_timeline(events, digests=digests)
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
        events = _read_events(
            self.repository, self._revisions, folder=self.folder, former_folders=folders
        )
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
        here = self.repository.find_local_blobs(set(last.values()))
        paths = {path: blob for path, blob in last.items() if blob in here}
        return read_converted_blobs(self.repository.git, self.folder, paths).files

    def explain_gaps(self) -> tuple[str, ...]:
        """Say which removed files may be unknown, because the clone is shallow or partial."""
        return tuple(_explain_gaps(self.repository, has_missing_blobs=self._has_missing_blobs()))

    def _has_missing_blobs(self) -> bool:
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


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch, or another name of a commit, and the commit."""

    name: str
    commit: str


@dataclass(frozen=True, slots=True)
class _Place:
    """The history that a search looks at: the files' own, or that of the branch `ref`."""

    location: TextLocation
    ref: str = ""


_OWN_HISTORY = _Place("commit")


@dataclass(slots=True)
class _TextSearch:
    """A search for texts through histories; `missing` and `found` are by model.

    `gaps` are the last timelines of each search, which say what could not be looked at.
    """

    history: FolderHistory
    missing: dict[str, TextLookup]
    found: dict[str, KnownText] = field(default_factory=dict)
    gaps: list[VersionTexts] = field(default_factory=list)

    def search_own_files(self, events: list[Event], *, digests: Digests) -> None:
        """Search the models' own files, if that is much less than to search all files."""
        if len(events) < FEW_EVENTS:
            return
        own = select_own_events(events, {each.path for each in self.missing.values() if each.path})
        if len(own) > len(events) // 2:
            return
        timeline = self.history.build_timeline(own, digests=digests)
        for model, wanted in list(self.missing.items()):
            if deployed := timeline.find_commit_of_own_file(wanted):
                self.found[model] = KnownText("commit", deployed)
                del self.missing[model]

    def search_history(  # noqa: PLR0913 - a history, its folders, and what to look for
        self,
        revisions: list[str],
        *,
        digests: Digests,
        former_folders: Collection[str] = (),
        place: _Place = _OWN_HISTORY,
        events: list[Event] | None = None,
        read_more: Callable[[], Iterable[Event]] = tuple,
    ) -> None:
        """Search a history: the folders first, then the former paths of files renamed into them.

        `events` are those of the folder alone, if they were read before. `read_more` gives more
        events, older than all others.
        """
        repository, folder = self.history.repository, self.history.folder
        other_paths: set[str] = set()
        while self.missing:
            if events is None:
                events = _read_events(
                    repository,
                    revisions,
                    folder=folder,
                    former_folders=former_folders,
                    other_paths=other_paths,
                )
                events = None if events is None else [*events, *read_more()]
            texts = self._search_events(
                events,
                digests=digests,
                include_old=place is not _OWN_HISTORY,
                match=partial(self._match_texts, place),
            )
            if events is None or texts.has_missing_blobs or not self.missing:
                return
            former = find_former_names(repository, events, folder=folder)
            if former <= other_paths:
                return
            other_paths |= former
            events = None

    def search_elsewhere(self, events: list[Event] | None, *, digests: Digests) -> None:
        """Search the events of every ref, and name the ref of each text found."""
        self._search_events(events, digests=digests, match=self._match_elsewhere)

    def _search_events(
        self,
        events: list[Event] | None,
        *,
        digests: Digests,
        match: Callable[[Timeline], None],
        include_old: bool = False,
    ) -> VersionTexts:
        """Match the texts as today's git attributes convert them, the rest also by former ones.

        Returns what could not be looked at.
        """
        history = self.history
        build = partial(history.build_timeline, events, digests=digests, include_old=include_old)
        timeline = build()
        match(timeline)
        if self.missing and events and not history.former_attributes.is_empty:
            timeline = build(attributes=history.former_attributes)
            match(timeline)
        self.gaps.append(timeline.texts)
        return timeline.texts

    def _match_texts(self, place: _Place, timeline: Timeline) -> None:
        hashes = {wanted.sha256 for wanted in self.missing.values()}
        is_own = place is _OWN_HISTORY
        holders = timeline.find_last_positions(hashes, only_changes=not is_own)
        for model, wanted in list(self.missing.items()):
            if (holder := holders.get(wanted.sha256)) is not None:
                # A branch ahead of the files has newer texts than they: theirs does not count.
                lookup = wanted if is_own else replace(wanted, desired_sha256=None)
                deployed = timeline.find_deployed_commit(lookup, holder)
                self.found[model] = KnownText(place.location, deployed, place.ref)
                del self.missing[model]

    def _match_elsewhere(self, timeline: Timeline) -> None:
        """Match the texts with a timeline of every ref, and name the ref of each text found."""
        repository, folder = self.history.repository, self.history.folder
        holders = timeline.find_last_positions({wanted.sha256 for wanted in self.missing.values()})
        commits = {timeline.events[holder].commit for holder in holders.values()}
        refs = {commit: find_ref_of_commit(repository, commit) for commit in commits}
        for model, wanted in list(self.missing.items()):
            if (holder := holders.get(wanted.sha256)) is not None:
                event = timeline.events[holder]
                self.found[model] = KnownText(
                    "elsewhere",
                    DeployedCommit(event.commit, 0),
                    refs[event.commit],
                    normalize_path(folder, event.path),
                )
                del self.missing[model]

    def build_result(self) -> TextSearchResult:
        """Return what was found, and how to complete the clone if anything was not looked at."""
        filters = sorted(frozenset().union(*(each.failed_filters for each in self.gaps)))
        cures = (
            UNSHALLOW_HINT if self.history.repository.is_shallow() else "",
            REFETCH_HINT if any(each.has_missing_blobs for each in self.gaps) else "",
            f"Earlier texts need git's filter {', '.join(filters)}: set it up." if filters else "",
            LFS_HINT if any(each.has_missing_lfs_objects for each in self.gaps) else "",
        )
        hint = " ".join(filter(None, cures))
        return TextSearchResult(self.found, is_complete=not hint, hint=hint)


def _read_events(
    repository: Repository,
    revisions: list[str],
    *,
    folder: str,
    former_folders: Collection[str] = (),
    other_paths: AbstractSet[str] = frozenset(),
) -> list[Event] | None:
    """Read all events of a history, newest first; None if a partial clone lacks the trees."""
    try:
        return list(
            read_events(
                repository,
                revisions,
                folder=folder,
                former_folders=former_folders,
                other_paths=other_paths,
            )
        )
    except GitError:
        if not repository.is_partial:
            raise
        return None
