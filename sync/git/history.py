"""Search git history for texts that the files of the descriptions folder once had."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, assert_never

from sync.errors import GitError
from sync.git.events import find_former_names, read_events
from sync.git.process import REFETCH_HINT, UNSHALLOW_HINT
from sync.git.repository import TrackedFiles
from sync.git.timeline import Timeline
from sync.model import DeployedCommit, KnownText, TextLookup

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from sync.git.events import Event
    from sync.git.repository import Repository

    Digests = Callable[[bytes], Iterable[str]]
    TextLocation = Literal["commit", "deploy_branch"]


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
    no hash if the file is not a document.
    """

    repository: Repository
    folder: str
    tip: str | None

    @cached_property
    def events(self) -> list[Event] | None:
        """The events, newest first; None if a partial clone lacks the trees to read them from."""
        return (
            _read_events(self.repository, self._revisions, folder=self.folder) if self.tip else []
        )

    @property
    def _revisions(self) -> list[str]:
        return [self.tip] if self.tip else []

    def find_texts(
        self,
        lookups: Mapping[str, TextLookup],
        *,
        digests: Digests,
        deploy_branch: str | None,
        snapshot_hashes: Callable[[], Container[str]],
    ) -> TextSearchResult:
        """Find where git has the texts, and which commit introduced each text.

        Searches this history first, then the history of `deploy_branch`, then the snapshots. A text
        counts if any file of the folder had it, even if the file was elsewhere at that time. Raises
        GitError if `deploy_branch` does not exist.
        """
        deploy_tip = _find_deploy_tip(self.repository, deploy_branch)
        search = _TextSearch(self.repository, dict(lookups))
        self._search_own_history(search, digests)
        if deploy_tip:
            revisions = [deploy_tip, *(f"^{each}" for each in self._revisions)]
            search.search_history("deploy_branch", revisions, folder=self.folder, digests=digests)
        if search.missing:
            search.search_snapshots(snapshot_hashes())
        return search.build_result()

    def find_known_hashes(self, hashes: Iterable[str], *, digests: Digests) -> set[str]:
        """Return those of the hashes whose text was in any file of the folder."""
        search = _TextSearch(
            self.repository, {sha256: TextLookup(None, sha256) for sha256 in hashes}
        )
        self._search_own_history(search, digests)
        return set(search.found)

    def _search_own_history(self, search: _TextSearch, digests: Digests) -> None:
        if self.tip and search.missing:
            first = _build_timeline(self.repository, self.events, digests=digests)
            search.search_history(
                "commit", self._revisions, folder=self.folder, digests=digests, first=first
            )

    def read_versions(self, paths: Iterable[str], *, digests: Digests) -> dict[str, list[bytes]]:
        """Return for each path every content that its file had, newest first, across renames."""
        timeline = _build_timeline(self.repository, self.events, digests=digests)
        blobs = {path: timeline.list_blobs(path) for path in paths}
        contents = dict(
            self.repository.git.read_blobs({blob for each in blobs.values() for blob in each})
        )
        return {path: [contents[blob] for blob in each] for path, each in blobs.items()}

    def read_removed_files(self, present: Container[str]) -> TrackedFiles:
        """Read the last version of each file that is no longer `present`.

        If the clone is shallow or partial, notes say which files may be missing from the answer.
        """
        last: dict[str, str] = {}
        for event in self.events or ():
            blob = event.new or event.old
            if blob and event.path not in present:
                last.setdefault(event.path, blob)
        here = _find_local_blobs(self.repository, set(last.values()))
        paths = {path: blob for path, blob in last.items() if blob in here}
        contents = self.repository.git.read_blobs(paths.values())
        files = {path: data for path, (_, data) in zip(paths, contents, strict=True)}
        lacking = self.events is None or len(files) < len(last)
        return TrackedFiles(
            files, tuple(_explain_missing(self.repository, has_missing_blobs=lacking))
        )


def _explain_missing(repository: Repository, *, has_missing_blobs: bool) -> Iterator[str]:
    if repository.is_shallow():
        yield f"files removed before this clone's history begins are left out. {UNSHALLOW_HINT}"
    if has_missing_blobs:
        yield f"files that were removed are left out where this clone lacks them. {REFETCH_HINT}"


@dataclass(slots=True)
class _TextSearch:
    """A search for texts through one history after another, until all are found.

    `missing` and `found` are by model. `has_missing_blobs` is set if a partial clone hid texts.
    """

    repository: Repository
    missing: dict[str, TextLookup]
    found: dict[str, KnownText] = field(default_factory=dict)
    has_missing_blobs: bool = False

    def search_history(
        self,
        where: TextLocation,
        revisions: list[str],
        *,
        folder: str,
        digests: Digests,
        first: Timeline | None = None,
    ) -> None:
        """Search a history: the folder first, then the former paths of files renamed into it.

        `first` is the timeline of the folder alone, if it was read before.
        """
        other_paths: set[str] = set()
        timeline = first
        while self.missing:
            if timeline is None:
                found = _read_events(
                    self.repository, revisions, folder=folder, other_paths=other_paths
                )
                timeline = _build_timeline(self.repository, found, digests=digests)
            self._match_texts(where, timeline)
            if timeline.has_missing_blobs or not self.missing:
                return
            former = find_former_names(self.repository, timeline.events, folder=folder)
            if former <= other_paths:
                return
            other_paths |= former
            timeline = None

    def search_snapshots(self, hashes: Container[str]) -> None:
        """Find the texts that the snapshots have; no commit of the files' own history has them."""
        for model, lookup in list(self.missing.items()):
            if lookup.sha256 in hashes:
                self.found[model] = KnownText("snapshot")
                del self.missing[model]

    def _match_texts(self, where: TextLocation, timeline: Timeline) -> None:
        self.has_missing_blobs |= timeline.has_missing_blobs
        holders = timeline.find_last_positions({wanted.sha256 for wanted in self.missing.values()})
        for model, wanted in list(self.missing.items()):
            if (holder := holders.get(wanted.sha256)) is not None:
                self.found[model] = KnownText(
                    where,
                    _find_deployed_commit(where, timeline, lookup=wanted, last_position=holder),
                )
                del self.missing[model]

    def build_result(self) -> TextSearchResult:
        cure = " ".join(
            [UNSHALLOW_HINT] * self.repository.is_shallow()
            + [REFETCH_HINT] * self.has_missing_blobs
        )
        return TextSearchResult(self.found, is_complete=not cure, hint=cure)


def _find_deployed_commit(
    where: TextLocation, timeline: Timeline, *, lookup: TextLookup, last_position: int
) -> DeployedCommit:
    match where:
        case "commit":
            return timeline.find_deployed_commit(lookup, last_position)
        # The deploy branch is ahead of the files, so their current text does not count as newer.
        case "deploy_branch":
            return timeline.find_deployed_commit(
                replace(lookup, desired_sha256=None), last_position
            )
        case _:
            assert_never(where)


def _find_deploy_tip(repository: Repository, branch: str | None) -> str | None:
    if branch is None:
        return None
    if tip := repository.find_commit(branch):
        return tip
    raise GitError(
        f'deploy_branch: "{branch}" is no branch of {repository.root}.',
        hint="Fetch it (in CI, check out with `fetch-depth: 0`), or correct it in config.yaml.",
    )


def _build_timeline(
    repository: Repository, found: list[Event] | None, *, digests: Digests
) -> Timeline:
    if found is None:
        return Timeline([], {}, has_missing_blobs=True)
    every = {event.new for event in found if event.new}
    blobs = _find_local_blobs(repository, every)
    texts = {blob: frozenset(digests(data)) for blob, data in repository.git.read_blobs(blobs)}
    return Timeline(found, texts, has_missing_blobs=len(blobs) < len(every))


def _read_events(
    repository: Repository,
    revisions: list[str],
    *,
    folder: str,
    other_paths: AbstractSet[str] = frozenset(),
) -> list[Event] | None:
    """Read all events of a history, newest first; None if a partial clone lacks the trees."""
    try:
        return list(read_events(repository, revisions, folder=folder, other_paths=other_paths))
    except GitError:
        if not repository.is_partial():
            raise
        return None


def _find_local_blobs(repository: Repository, blobs: set[str]) -> set[str]:
    """Return those of the blobs that this clone has: all of them, unless it is partial."""
    return repository.git.find_local_objects(blobs) if repository.is_partial() else blobs
