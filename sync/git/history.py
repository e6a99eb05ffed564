"""Every text that the descriptions folder ever held, from one pass over history."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, Literal, assert_never

from sync.errors import GitError
from sync.git.process import REFETCH, UNSHALLOW, decoded
from sync.git.repository import FILE_MODES, inside, is_markdown
from sync.model import Deployed, Known, Text, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sync.git.repository import Repository
    from sync.git.snapshots import PulledRecord

    Digests = Callable[[str, bytes], Iterable[str]]
    Where = Literal["commit", "snapshot", "deploy_branch"]

# Side branches included, whatever the reader's own settings for `git log` are. `-c` gives for a
# merge only the files that differ from all its parents: texts that the merge itself made.
LOG = (
    *("-c", "log.showSignature=false", "-c", "log.follow=false"),
    *("log", "--raw", "-z", "--no-abbrev", "--no-renames", "--full-history", "-c", "--root"),
    *("--date-order", "--format=%x01%H"),
)


@dataclass(frozen=True, slots=True)
class History:
    """Where git still has the wanted texts, by model.

    A text that is not among them is in no commit if the history is `complete`; else nobody can
    tell, and `cure` says how to complete the clone.
    """

    known: Mapping[str, Known]
    complete: bool = True
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A commit gave a file other content: blob ids, None where there was, or is, no file."""

    commit: str
    path: str
    old: str | None
    new: str | None


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

    A text counts, whichever file under today's `folder` held it, in the commit (None: the one at
    hand), then in `deploy_branch`, then in the snapshots. `digests` gives the canonical hashes of
    the texts that a file (path, bytes) stands for, none where it is no document. What lay in
    another folder before `folder` was moved does not count, beyond the texts moved with it.
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


def taken_in(  # noqa: PLR0913 - as for `known_texts`
    repository: Repository,
    wanted: Mapping[str, Wanted],
    *,
    pulled: Mapping[str, PulledRecord],
    folder: str,
    digests: Digests,
    commit: str | None,
) -> set[str]:
    """The models whose last pull became part of the history, and was not thrown away.

    That is so where the history has what came of the merge; where it was left to a person, where
    the file says another thing than before.
    """
    merged = {
        model: Wanted(each.path, into)
        for model, each in wanted.items()
        if model in pulled and (into := pulled[model].into)
    }
    settled = {
        model
        for model, each in wanted.items()
        if model in pulled and pulled[model].ours not in (None, each.desired)
    }
    tip = commit or repository.head()
    search = _Search(repository, merged)
    if tip:
        search.through("commit", [tip], folder=folder, digests=digests)
    return settled | set(search.known)


def removed(repository: Repository, folder: str, *, commit: str | None) -> dict[str, bytes]:
    """The last version of each file that the folder once held and no longer holds, by path."""
    tip = commit or repository.head()
    if tip is None:
        return {}
    present = repository.present(folder, commit)
    last: dict[str, str] = {}
    for event in _events(repository, [tip], folder=folder):
        blob = event.new or event.old
        if blob and event.path not in present:
            last.setdefault(event.path, blob)
    blobs = _here(repository, set(last.values()))
    paths = {path: blob for path, blob in last.items() if blob in blobs}
    contents = repository.git.blobs(paths.values())
    return {path: data for path, (_, data) in zip(paths, contents, strict=True)}


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
        if not self.missing:
            return
        timeline = _timeline(self.repository, revisions, folder=folder, digests=digests)
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
    repository: Repository, revisions: list[str], *, folder: str, digests: Digests
) -> Timeline:
    try:
        events = list(_events(repository, revisions, folder=folder))
    except GitError:
        if not repository.partial():
            raise
        return Timeline([], {}, lacking=True)  # a clone without trees has no history to show
    paths = {event.new: event.path for event in events if event.new}
    blobs = _here(repository, set(paths))
    texts = {
        blob: frozenset(digests(paths[blob], data)) for blob, data in repository.git.blobs(blobs)
    }
    return Timeline(events, texts, lacking=len(blobs) < len(paths))


def _here(repository: Repository, blobs: set[str]) -> set[str]:
    """Those of the blobs that this clone has: all of them, unless it is a partial one."""
    return repository.git.local(blobs) if repository.partial() else blobs


def _events(repository: Repository, revisions: list[str], *, folder: str) -> Iterator[Event]:
    commit = ""
    fields = repository.git.fields(*LOG, *revisions, "--", folder or ".")
    for name in fields:
        if name.startswith(b"\x01"):
            commit = decoded(name[1:])
        elif name.lstrip(b"\n").startswith(b":"):
            path = next(fields)
            if is_markdown(path):
                yield _event(commit, inside(folder, path), decoded(name.lstrip(b"\n")))


def _event(commit: str, path: str, about: str) -> Event:
    """From `:mode mode id id status`, or `::…` with one more mode and id for each parent more."""
    parents = about.count(":")
    modes_and_ids = about.lstrip(":").split(" ")
    modes, ids = modes_and_ids[: parents + 1], modes_and_ids[parents + 1 : 2 * parents + 2]
    old = next((each for each in ids[:-1] if each.strip("0")), None)
    return Event(commit, path, old, ids[-1] if modes[-1] in FILE_MODES else None)


def _as_held(_path: str, data: bytes) -> Iterable[str]:
    """The hash of a text in a snapshot: kept as the server held it, so nothing is taken off."""
    return (Text(data.decode()).sha256,)
