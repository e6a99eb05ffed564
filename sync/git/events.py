"""Read from `git log` which commit changed, added or removed which file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sync.git.process import decode_printable
from sync.git.repository import FILE_MODES, is_markdown, strip_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from sync.git.repository import Repository

# The log includes side branches and ignores the user's own `git log` settings. `-c` lists for a
# merge commit only the files that differ from all parents: texts that the merge itself created.
LOG_COMMAND = (
    *("-c", "log.showSignature=false", "-c", "log.follow=false"),
    *("log", "--raw", "-z", "--no-abbrev", "--no-renames", "--full-history", "-c", "--root"),
    *("--date-order", "--format=%x01%H"),
)
RENAMES_COMMAND = ("diff-tree", "--stdin", "-r", "-z", "--diff-filter=R", "--name-status", "-l1000")


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one file by one commit.

    `old` and `new` are blob ids. `old` is None if the commit added the file, `new` is None if the
    commit removed it. `path` is relative to the folder in question; a path outside it starts with
    `../`.
    """

    commit: str
    path: str
    old: str | None
    new: str | None


def read_events(
    repository: Repository,
    revisions: Iterable[str],
    *,
    folder: str,
    other_paths: AbstractSet[str] = frozenset(),
) -> Iterator[Event]:
    """Yield the events of the folder's Markdown files and of `other_paths`, newest first.

    Runs `git log` once. Raises GitError if the history cannot be read.
    """
    commit = ""
    fields = repository.git.stream_fields(
        *LOG_COMMAND, *revisions, "--", *_make_pathspecs(folder, other_paths)
    )
    for name in fields:
        if name.startswith(b"\x01"):
            commit = decode_printable(name[1:])
        elif name.lstrip(b"\n").startswith(b":"):
            raw_path = next(fields)
            path = _make_relative(raw_path, folder)
            if path in other_paths or _is_in_folder(folder, raw_path):
                yield _parse_event(commit, path, decode_printable(name.lstrip(b"\n")))


def read_file_versions(repository: Repository, path: str, *, commit: str) -> list[bytes]:
    """Return each content that the file had in the history of the commit, newest first.

    `path` is relative to the root. In a partial clone, contents that were not fetched are left out.
    """
    fields = repository.git.stream_fields(*LOG_COMMAND, commit, "--", path)
    found = (_parse_event("", path, about) for about in _read_raw_entries(fields))
    blobs = list(dict.fromkeys(event.new for event in found if event.new))
    here = repository.git.find_local_objects(blobs) if repository.is_partial() else set(blobs)
    return [data for _, data in repository.git.read_blobs(blob for blob in blobs if blob in here)]


def _read_raw_entries(fields: Iterator[bytes]) -> Iterator[str]:
    """Yield the raw entry (`:mode mode id id status`) of each change in the log."""
    for name in fields:
        if name.lstrip(b"\n").startswith(b":"):
            next(fields)
            yield decode_printable(name.lstrip(b"\n"))


def find_former_names(repository: Repository, events: Iterable[Event], *, folder: str) -> set[str]:
    """Return the former paths of files that were renamed into the folder by these events.

    Contains only paths outside the folder and paths that are not Markdown, because `read_events`
    covers the others already. In a partial clone git can detect only renames without an edit.
    """
    brought = {(event.commit, event.path) for event in events if event.old is None}
    commits = dict.fromkeys(commit for commit, _ in sorted(brought))
    likeness = "-M100%" if repository.is_partial() else "-M"
    given = (f"{commit}\n".encode() for commit in commits)
    fields = repository.git.stream_fields(*RENAMES_COMMAND, likeness, stdin_chunks=given)
    found, commit = set(), ""
    for name in fields:
        if not name.startswith(b"R"):
            commit = decode_printable(name)
            continue
        old, new = next(fields), next(fields)
        if (commit, _make_relative(new, folder)) in brought and not _is_in_folder(folder, old):
            found.add(_make_relative(old, folder))
    return found


def _make_pathspecs(folder: str, other_paths: Iterable[str]) -> list[str]:
    """Return the pathspecs for `git log`: a few folders, because git is slow with many files."""
    paths = [PurePosixPath(os.path.normpath(f"{folder or '.'}/{path}")) for path in other_paths]
    around = {str(path.parent if path.parent.name else path) for path in paths}
    return [folder or ".", *sorted(around)]


def _is_in_folder(folder: str, raw_path: bytes) -> bool:
    """Return True if the path, relative to the root, is a Markdown file of the folder."""
    within = folder in {"", "."} or raw_path.startswith(f"{folder}/".encode())
    return within and is_markdown(raw_path)


def _make_relative(raw_path: bytes, folder: str) -> str:
    """Turn a path relative to the root into one relative to the folder, with `../` if needed."""
    path = strip_folder(folder, raw_path)
    elsewhere = folder not in {"", "."} and not raw_path.startswith(f"{folder}/".encode())
    return os.path.relpath(path, folder).replace(os.sep, "/") if elsewhere else path


def _parse_event(commit: str, path: str, entry: str) -> Event:
    """Parse a raw entry of `git log`: `:mode mode id id status`.

    The entry of a merge starts with one colon per parent and has one mode and one id more for each.
    """
    sides = entry.count(":") + 1
    words = entry.lstrip(":").split(" ")
    files = [
        blob if mode in FILE_MODES else None
        for mode, blob in zip(words[:sides], words[sides : 2 * sides], strict=True)
    ]
    return Event(commit, path, next(filter(None, files[:-1]), None), files[-1])
