"""Every text that the files of the descriptions folder ever held, told from history."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, assert_never

from sync.errors import GitError
from sync.git.events import events, former_names
from sync.git.process import REFETCH, UNSHALLOW
from sync.git.repository import Tracked
from sync.git.timeline import Timeline
from sync.model import Deployed, Known, Text, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from sync.git.events import Event
    from sync.git.repository import Repository

    Digests = Callable[[bytes], Iterable[str]]
    Where = Literal["commit", "snapshot", "deploy_branch"]


@dataclass(frozen=True, slots=True)
class History:
    """Where git still has the wanted texts, by model.

    A text that is not among them is in no commit if the history is `complete`; else nobody can
    tell, and `cure` says how to complete the clone.
    """

    known: Mapping[str, Known]
    complete: bool = True
    cure: str = ""


@dataclass(frozen=True)
class FolderHistory:
    """What happened to a folder's Markdown files up to a commit, read once, and only when asked.

    `tip` is that commit, None where there is none yet. `digests`, as the methods take it, gives the
    canonical hashes of the texts that the bytes of a file stand for, none where it is no document.
    """

    repository: Repository
    folder: str
    tip: str | None

    @cached_property
    def events(self) -> list[Event] | None:
        """Newest first; None in a clone without trees, which has no history to show."""
        return _events(self.repository, self._revisions, folder=self.folder) if self.tip else []

    @property
    def _revisions(self) -> list[str]:
        return [self.tip] if self.tip else []

    def known(
        self,
        wanted: Mapping[str, Wanted],
        *,
        digests: Digests,
        deploy_branch: str | None,
        snapshot_ref: str | None,
    ) -> History:
        """Where git still has the wanted texts, and for each model which commit brought its own.

        A text counts, whichever file of the folder held it, and wherever that file lay then: in
        this history, then in that of `deploy_branch`, then in the snapshots.
        """
        deploy_tip = _deploy_tip(self.repository, deploy_branch)
        search = _Search(self.repository, dict(wanted))
        self._search(search, digests)
        if deploy_tip:
            revisions = [deploy_tip, *(f"^{each}" for each in self._revisions)]
            search.through("deploy_branch", revisions, folder=self.folder, digests=digests)
        if snapshot_ref and (snapshots := self.repository.find(snapshot_ref)):
            for texts in ("texts", "sent"):  # what was pulled is no more known than its file is
                search.through("snapshot", [snapshots], folder=texts, digests=_as_held)
        return search.result()

    def has(self, hashes: Iterable[str], *, digests: Digests) -> set[str]:
        """Those of the texts, by hash, that any file of the folder had."""
        search = _Search(self.repository, {sha256: Wanted(None, sha256) for sha256 in hashes})
        self._search(search, digests)
        return set(search.known)

    def _search(self, search: _Search, digests: Digests) -> None:
        if self.tip and search.missing:
            first = _timeline(self.repository, self.events, digests=digests)
            search.through(
                "commit", self._revisions, folder=self.folder, digests=digests, first=first
            )

    def versions(self, paths: Iterable[str], *, digests: Digests) -> dict[str, list[bytes]]:
        """Every content that each file had, newest first, through renames."""
        timeline = _timeline(self.repository, self.events, digests=digests)
        blobs = {path: timeline.blobs(path) for path in paths}
        contents = dict(
            self.repository.git.blobs({blob for each in blobs.values() for blob in each})
        )
        return {path: [contents[blob] for blob in each] for path, each in blobs.items()}

    def removed(self, present: Container[str]) -> Tracked:
        """The last version of each file that is no longer `present`.

        Notes say of a clone that is not complete what it cannot tell.
        """
        last: dict[str, str] = {}
        for event in self.events or ():
            blob = event.new or event.old
            if blob and event.path not in present:
                last.setdefault(event.path, blob)
        here = _here(self.repository, set(last.values()))
        paths = {path: blob for path, blob in last.items() if blob in here}
        contents = self.repository.git.blobs(paths.values())
        files = {path: data for path, (_, data) in zip(paths, contents, strict=True)}
        lacking = self.events is None or len(files) < len(last)
        return Tracked(files, tuple(_untold(self.repository, lacking=lacking)))


def _untold(repository: Repository, *, lacking: bool) -> Iterator[str]:
    if repository.shallow():
        yield f"files removed before this clone's history begins are left out. {UNSHALLOW}"
    if lacking:
        yield f"files that were removed are left out where this clone lacks them. {REFETCH}"


@dataclass(slots=True)
class _Search:
    """The wanted texts, looked for in one history after the other until all are found."""

    repository: Repository
    missing: dict[str, Wanted]
    known: dict[str, Known] = field(default_factory=dict)
    lacking: bool = False

    def through(
        self,
        where: Where,
        revisions: list[str],
        *,
        folder: str,
        digests: Digests,
        first: Timeline | None = None,
    ) -> None:
        """Look in a history, and beyond the folder only for what it alone does not explain.

        `first` is the folder's own timeline, where that was read before.
        """
        others: set[str] = set()
        timeline = first
        while self.missing:
            if timeline is None:
                found = _events(self.repository, revisions, folder=folder, others=others)
                timeline = _timeline(self.repository, found, digests=digests)
            self._settle(where, timeline)
            if where == "snapshot" or timeline.lacking or not self.missing:
                return
            former = former_names(self.repository, timeline.events, folder=folder)
            if former <= others:
                return
            others |= former
            timeline = None

    def _settle(self, where: Where, timeline: Timeline) -> None:
        self.lacking |= timeline.lacking
        holders = timeline.holders({wanted.sha256 for wanted in self.missing.values()})
        for model, wanted in list(self.missing.items()):
            if (holder := holders.get(wanted.sha256)) is not None:
                self.known[model] = Known(
                    where, _deployed(where, timeline, wanted=wanted, holder=holder)
                )
                del self.missing[model]

    def result(self) -> History:
        cure = " ".join([UNSHALLOW] * self.repository.shallow() + [REFETCH] * self.lacking)
        return History(self.known, complete=not cure, cure=cure)


def _deployed(where: Where, timeline: Timeline, *, wanted: Wanted, holder: int) -> Deployed | None:
    match where:
        case "commit":
            return timeline.deployed(wanted, holder)
        case "deploy_branch":  # which is ahead of the files: what they hold now is no newer text
            return timeline.deployed(replace(wanted, desired=None), holder)
        case "snapshot":
            return None
        case _:
            assert_never(where)


def _deploy_tip(repository: Repository, branch: str | None) -> str | None:
    if branch is None:
        return None
    if tip := repository.find(branch):
        return tip
    raise GitError(
        f'deploy_branch: "{branch}" is no branch of {repository.root}.',
        hint="Fetch it (in CI, check out with `fetch-depth: 0`), or correct it in config.yaml.",
    )


def _timeline(repository: Repository, found: list[Event] | None, *, digests: Digests) -> Timeline:
    if found is None:
        return Timeline([], {}, lacking=True)
    every = {event.new for event in found if event.new}
    blobs = _here(repository, every)
    texts = {blob: frozenset(digests(data)) for blob, data in repository.git.blobs(blobs)}
    return Timeline(found, texts, lacking=len(blobs) < len(every))


def _events(
    repository: Repository,
    revisions: list[str],
    *,
    folder: str,
    others: AbstractSet[str] = frozenset(),
) -> list[Event] | None:
    """All of a history, newest first; None in a clone without trees, which has none to show."""
    try:
        return list(events(repository, revisions, folder=folder, others=others))
    except GitError:
        if not repository.partial():
            raise
        return None


def _here(repository: Repository, blobs: set[str]) -> set[str]:
    """Those of the blobs that this clone has: all of them, unless it is a partial one."""
    return repository.git.local(blobs) if repository.partial() else blobs


def _as_held(data: bytes) -> Iterable[str]:
    """The hash of a text in a snapshot: kept as the server held it, so nothing is taken off."""
    try:
        return (Text(data.decode()).sha256,)
    except UnicodeDecodeError:  # nothing of ours
        return ()
