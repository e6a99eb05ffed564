"""What happened to files in a history: each commit that gave one other content, or another name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sync.git.process import decoded
from sync.git.repository import FILE_MODES, inside, is_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from sync.git.repository import Repository

# Side branches included, whatever the reader's own settings for `git log` are. `-c` gives for a
# merge only the files that differ from all its parents: texts that the merge itself made.
LOG = (
    *("-c", "log.showSignature=false", "-c", "log.follow=false"),
    *("log", "--raw", "-z", "--no-abbrev", "--no-renames", "--full-history", "-c", "--root"),
    *("--date-order", "--format=%x01%H"),
)
RENAMES = ("diff-tree", "--stdin", "-r", "-z", "--diff-filter=R", "--name-status", "-l1000")


@dataclass(frozen=True, slots=True)
class Event:
    """A commit gave a file other content: blob ids, None where there was, or is, no file.

    `path` is relative to the folder that was asked about, `../…` for a file elsewhere.
    """

    commit: str
    path: str
    old: str | None
    new: str | None


def events(
    repository: Repository,
    revisions: Iterable[str],
    *,
    folder: str,
    others: AbstractSet[str] = frozenset(),
) -> Iterator[Event]:
    """What happened to the Markdown files of the folder, and to `others`, newest first.

    One pass of `git log`; a GitError where the history cannot be read.
    """
    commit = ""
    fields = repository.git.fields(*LOG, *revisions, "--", *_places(folder, others))
    for name in fields:
        if name.startswith(b"\x01"):
            commit = decoded(name[1:])
        elif name.lstrip(b"\n").startswith(b":"):
            raw_path = next(fields)
            path = _relative(raw_path, folder)
            if path in others or _is_of(folder, raw_path):
                yield _event(commit, path, decoded(name.lstrip(b"\n")))


def contents(repository: Repository, path: str, *, commit: str) -> list[bytes]:
    """What one file, by its path from the root, held in the history of the commit, newest first.

    In a partial clone only what is here.
    """
    fields = repository.git.fields(*LOG, commit, "--", path)
    found = (_event("", path, about) for about in _abouts(fields))
    blobs = list(dict.fromkeys(event.new for event in found if event.new))
    here = repository.git.local(blobs) if repository.partial() else set(blobs)
    return [data for _, data in repository.git.blobs(blob for blob in blobs if blob in here)]


def _abouts(fields: Iterator[bytes]) -> Iterator[str]:
    """What the log says of one file, change by change."""
    for name in fields:
        if name.lstrip(b"\n").startswith(b":"):
            next(fields)
            yield decoded(name.lstrip(b"\n"))


def former_names(repository: Repository, events: Iterable[Event], *, folder: str) -> set[str]:
    """What files were called before a commit of these events brought them, where they lay.

    Only names that the folder's Markdown does not have: of files that lay elsewhere, or were no
    Markdown. A partial clone sees those alone that were moved as they were.
    """
    brought = {(event.commit, event.path) for event in events if event.old is None}
    commits = dict.fromkeys(commit for commit, _ in sorted(brought))
    likeness = "-M100%" if repository.partial() else "-M"
    given = (f"{commit}\n".encode() for commit in commits)
    fields = repository.git.fields(*RENAMES, likeness, given=given)
    found, commit = set(), ""
    for name in fields:
        if not name.startswith(b"R"):
            commit = decoded(name)
            continue
        old, new = next(fields), next(fields)
        if (commit, _relative(new, folder)) in brought and not _is_of(folder, old):
            found.add(_relative(old, folder))
    return found


def _places(folder: str, others: Iterable[str]) -> list[str]:
    """What to limit `git log` to: few folders rather than many files, which it would be slow at."""
    paths = [PurePosixPath(os.path.normpath(f"{folder or '.'}/{path}")) for path in others]
    around = {str(path.parent if path.parent.name else path) for path in paths}
    return [folder or ".", *sorted(around)]


def _is_of(folder: str, raw_path: bytes) -> bool:
    """Whether a path, from the root, is that of a Markdown file of the folder."""
    within = folder in {"", "."} or raw_path.startswith(f"{folder}/".encode())
    return within and is_markdown(raw_path)


def _relative(raw_path: bytes, folder: str) -> str:
    """A path from the root as one from the folder, wherever it lies."""
    path = inside(folder, raw_path)
    elsewhere = folder not in {"", "."} and not raw_path.startswith(f"{folder}/".encode())
    return os.path.relpath(path, folder).replace(os.sep, "/") if elsewhere else path


def _event(commit: str, path: str, about: str) -> Event:
    """From `:mode mode id id status`, or `::…` with one more mode and id for each parent more."""
    sides = about.count(":") + 1
    words = about.lstrip(":").split(" ")
    files = [
        blob if mode in FILE_MODES else None
        for mode, blob in zip(words[:sides], words[sides : 2 * sides], strict=True)
    ]
    return Event(commit, path, next(filter(None, files[:-1]), None), files[-1])
