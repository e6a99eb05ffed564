"""Every text that the files of the descriptions folder ever held, told from history."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, assert_never

from sync.errors import GitError
from sync.git.events import events, former_names
from sync.git.process import REFETCH, UNSHALLOW
from sync.git.repository import Tracked
from sync.git.timeline import Timeline
from sync.model import Deployed, Known, Text, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from sync.git.events import Event
    from sync.git.repository import Repository

    Digests = Callable[[str, bytes], Iterable[str]]
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


def known_texts(  # noqa: PLR0913 - three histories, and how to read them
    repository: Repository,
    wanted: Mapping[str, Wanted],
    *,
    folder: str,
    digests: Digests,
    commit: str | None,
    deploy_branch: str | None,
    snapshot_ref: str | None,
) -> History:
    """Where git still has the wanted texts, and for each model which commit brought its own.

    A text counts, whichever file of `folder` held it, and wherever that file lay then: in the
    commit (None: the one at hand), then in `deploy_branch`, then in the snapshots. `digests` gives
    the canonical hashes of the texts that a file (path, bytes) stands for, none where it is no
    document.
    """
    tip = commit or repository.head()
    deploy_tip = _deploy_tip(repository, deploy_branch)
    search = _Search(repository, dict(wanted))
    if tip:
        search.through("commit", [tip], folder=folder, digests=digests)
    if deploy_tip:
        revisions = [deploy_tip, *([f"^{tip}"] if tip else [])]
        search.through("deploy_branch", revisions, folder=folder, digests=digests)
    if snapshot_ref and (snapshots := repository.find(snapshot_ref)):
        for texts in ("texts", "sent"):  # what was pulled is no more known than its file is
            search.through("snapshot", [snapshots], folder=texts, digests=_as_held)
    return search.result()


def versions(
    repository: Repository,
    paths: Iterable[str],
    *,
    folder: str,
    digests: Digests,
    commit: str | None,
) -> dict[str, list[bytes]]:
    """Every content that each file had in the history, newest first, through renames."""
    tip = commit or repository.head()
    if tip is None:
        return {}
    timeline = _timeline(repository, [tip], folder=folder, digests=digests)
    blobs = {path: timeline.blobs(path) for path in paths}
    contents = dict(repository.git.blobs({blob for each in blobs.values() for blob in each}))
    return {path: [contents[blob] for blob in each] for path, each in blobs.items()}


def in_history(
    repository: Repository,
    hashes: Iterable[str],
    *,
    folder: str,
    digests: Digests,
    commit: str | None,
) -> set[str]:
    """Those of the texts, by hash, that any file of the folder had in the history."""
    tip = commit or repository.head()
    search = _Search(repository, {sha256: Wanted(None, sha256) for sha256 in hashes})
    if tip:
        search.through("commit", [tip], folder=folder, digests=digests)
    return set(search.known)


def removed(repository: Repository, folder: str, *, commit: str | None) -> Tracked:
    """The last version of each file that the folder once held and no longer holds.

    Notes say of a clone that is not complete what it cannot tell.
    """
    tip = commit or repository.head()
    if tip is None:
        return Tracked({})
    present = repository.present(folder, commit)
    last: dict[str, str] = {}
    found = _events(repository, [tip], folder=folder)
    for event in found or ():
        blob = event.new or event.old
        if blob and event.path not in present:
            last.setdefault(event.path, blob)
    here = _here(repository, set(last.values()))
    paths = {path: blob for path, blob in last.items() if blob in here}
    contents = repository.git.blobs(paths.values())
    files = {path: data for path, (_, data) in zip(paths, contents, strict=True)}
    lacking = found is None or len(files) < len(last)
    return Tracked(files, tuple(_untold(repository, lacking=lacking)))


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
    ) -> None:
        """Look in a history, and beyond the folder only for what it alone does not explain."""
        others: set[str] = set()
        while self.missing:
            timeline = _timeline(
                self.repository, revisions, folder=folder, others=others, digests=digests
            )
            self._settle(where, timeline)
            if where == "snapshot" or timeline.lacking or not self.missing:
                return
            former = former_names(self.repository, timeline.events, folder=folder)
            if former <= others:
                return
            others |= former

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


def _timeline(
    repository: Repository,
    revisions: list[str],
    *,
    folder: str,
    digests: Digests,
    others: AbstractSet[str] = frozenset(),
) -> Timeline:
    found = _events(repository, revisions, folder=folder, others=others)
    if found is None:
        return Timeline([], {}, lacking=True)
    paths = {event.new: event.path for event in found if event.new}
    blobs = _here(repository, set(paths))
    texts = {
        blob: frozenset(digests(paths[blob], data)) for blob, data in repository.git.blobs(blobs)
    }
    return Timeline(found, texts, lacking=len(blobs) < len(paths))


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


def _as_held(_path: str, data: bytes) -> Iterable[str]:
    """The hash of a text in a snapshot: kept as the server held it, so nothing is taken off."""
    try:
        return (Text(data.decode()).sha256,)
    except UnicodeDecodeError:  # nothing of ours
        return ()
