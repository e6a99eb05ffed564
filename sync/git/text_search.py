"""Search the history of a folder, and that of every ref, for texts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from sync.git.events import find_former_names, find_ref_of_commit
from sync.git.folder_listing import normalize_path
from sync.git.process import REFETCH_HINT, UNSHALLOW_HINT
from sync.model.known_texts import DeployedCommit, KnownText, TextLookup

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from sync.git.events import Event
    from sync.git.history import FolderHistory
    from sync.git.timeline import Timeline
    from sync.git.version_texts import TextHasher, VersionTexts

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


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch, or another name of a commit, and the commit."""

    name: str
    commit: str


def find_texts(
    history: FolderHistory,
    lookups: Mapping[str, TextLookup],
    *,
    hash_texts: TextHasher,
    former_folders: Collection[str] = (),
) -> TextSearchResult:
    """Find where the history has the texts, and which commit introduced each text.

    A text counts if any file of the folders had it, even if the file was elsewhere at that
    time.
    """
    search = _TextSearch(history, dict(lookups))
    if history.tip and search.missing:
        if not former_folders:
            search.search_own_files(hash_texts=hash_texts)
        if search.missing:
            search.search_history(
                history.revisions,
                former_folders=former_folders,
                hash_texts=hash_texts,
                events=None if former_folders else history.events,
            )
    return search.build_result()


def find_newer_texts(  # noqa: PLR0913 - two histories, and what to look for
    history: FolderHistory,
    lookups: Mapping[str, TextLookup],
    branch: Branch,
    *,
    hash_texts: TextHasher,
    former_folders: Collection[str] = (),
    whole: bool = False,
) -> TextSearchResult:
    """Find the texts that commits of `branch` have and that the history does not contain.

    With `whole`, the commits that it contains count as well, for texts that files have only by
    a newer config.
    """
    search = _TextSearch(history, dict(lookups))
    tip, where = branch.commit, _Place("deploy_branch", branch.name)
    difference = partial(history.read_difference, tip, former_folders)
    search.search_history(
        [tip, *(f"^{each}" for each in history.revisions if not whole)],
        former_folders=former_folders,
        hash_texts=hash_texts,
        place=where,
        read_more=difference,
    )
    return search.build_result()


def find_texts_elsewhere(
    history: FolderHistory, lookups: Mapping[str, TextLookup], *, hash_texts: TextHasher
) -> TextSearchResult:
    """Find the texts in any Markdown file of any ref or stash; name the commit, ref and path.

    This reads the history of every ref: only unknown texts are worth it.
    """
    search = _TextSearch(history, dict(lookups))
    search.search_elsewhere(history.read_events_of_every_ref(), hash_texts=hash_texts)
    return search.build_result()


@dataclass(frozen=True, slots=True)
class _Place:
    """The history to search: that of the files, or that of the branch `ref`."""

    location: TextLocation
    ref: str = ""


_OWN_HISTORY = _Place("commit")


@dataclass(slots=True)
class _TextSearch:
    """A search for texts through histories; `missing` and `found` are by model.

    `gaps` are the last timelines of each search, which name the parts that could not be read.
    """

    history: FolderHistory
    missing: dict[str, TextLookup]
    found: dict[str, KnownText] = field(default_factory=dict)
    gaps: list[VersionTexts] = field(default_factory=list)

    def search_own_files(self, *, hash_texts: TextHasher) -> None:
        """Search the models' own files, if that is much less than to search all files."""
        history = self.history
        every = history.events or () if history.has_read_events else None
        if every is not None and len(every) < FEW_EVENTS:
            return
        own = history.read_own_events({each.path for each in self.missing.values() if each.path})
        if every is not None and len(own) > len(every) // 2:
            return
        timeline = self.history.build_timeline(own, hash_texts=hash_texts)
        for model, wanted in list(self.missing.items()):
            if deployed := timeline.find_commit_of_own_file(wanted):
                self.found[model] = KnownText("commit", deployed)
                del self.missing[model]

    def search_history(  # noqa: PLR0913 - a history, its folders, and what to look for
        self,
        revisions: list[str],
        *,
        hash_texts: TextHasher,
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
                events = self.history.read_events(
                    revisions, former_folders=former_folders, other_paths=other_paths
                )
                events = None if events is None else [*events, *read_more()]
            texts = self._search_events(
                events,
                hash_texts=hash_texts,
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

    def search_elsewhere(self, events: list[Event] | None, *, hash_texts: TextHasher) -> None:
        """Search the events of every ref, and name the ref of each text found."""
        self._search_events(events, hash_texts=hash_texts, match=self._match_elsewhere)

    def _search_events(
        self,
        events: list[Event] | None,
        *,
        hash_texts: TextHasher,
        match: Callable[[Timeline], None],
        include_old: bool = False,
    ) -> VersionTexts:
        """Match the texts as today's git attributes convert them, the rest also by former ones.

        Returns the timelines with the parts that could not be read.
        """
        history = self.history
        build = partial(
            history.build_timeline, events, hash_texts=hash_texts, include_old=include_old
        )
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
        """Return the found texts, and how to complete the clone if a part could not be read."""
        filters = sorted(frozenset().union(*(each.failed_filters for each in self.gaps)))
        cures = (
            UNSHALLOW_HINT if self.history.repository.is_shallow() else "",
            REFETCH_HINT if any(each.has_missing_blobs for each in self.gaps) else "",
            f"Earlier texts need git's filter {', '.join(filters)}: set it up." if filters else "",
            LFS_HINT if any(each.has_missing_lfs_objects for each in self.gaps) else "",
        )
        hint = " ".join(filter(None, cures))
        return TextSearchResult(self.found, is_complete=not hint, hint=hint)
