"""List the files of a folder that git tracks, from the index or from a commit."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.git.process import decode_printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sync.git.process import Git

FILE_MODES = ("100644", "100755")
LINK_MODE = "120000"


@dataclass(frozen=True, slots=True)
class TrackedEntry:
    """One entry of the index or of a tree.

    `sparse` is true if a sparse checkout leaves the file out of the disk on purpose, `is_unmerged`
    if a merge left a conflict in it.
    """

    raw_path: bytes
    mode: str
    blob: str
    sparse: bool = False
    is_unmerged: bool = False

    @property
    def is_plain_file(self) -> bool:
        """Return True for a file, and not a link or submodule, whose name is UTF-8."""
        return self.mode in FILE_MODES and self.path.encode() == self.raw_path

    @property
    def path(self) -> str:
        return decode_printable(self.raw_path)


@dataclass(frozen=True, slots=True)
class FolderListing:
    """The files that git tracks in a folder, by path: those of a commit, or None for the index.

    Besides Markdown files, `entries` has links and submodules. `untracked` are the Markdown files
    that git neither tracks nor ignores, sorted.
    """

    folder: str
    commit: str | None
    entries: Mapping[str, TrackedEntry]
    untracked: tuple[str, ...] = ()


def list_folder(git: Git, folder: str, commit: str | None) -> FolderListing:
    """List the files of the folder in the commit, or, if it is None, in the index."""
    if commit is not None:
        return FolderListing(folder, commit, _by_path(folder, list_tree(git, commit, folder)))
    tracked, untracked = [], []
    listing = ("ls-files", "-z", "-t", "--stage", "--others", "--exclude-standard")
    for field_ in git.stream_fields(*listing, "--", folder or "."):
        if field_.startswith(b"? "):
            untracked.append(field_[2:])
        else:
            tracked.append(_parse_index_entry(field_))
    names = tuple(sorted(filter_markdown(folder, untracked)))
    return FolderListing(folder, None, _by_path(folder, tracked), names)


def list_tree(
    git: Git, commit: str, folder: str = "", *, others: Iterable[str] = ()
) -> Iterator[TrackedEntry]:
    """Yield the entries of a commit's folder, at any depth, and those at the `others`."""
    inside = () if folder in ("", ".") else ("--", f"{folder}/", *others)
    for entry in git.stream_fields("ls-tree", "-r", "-z", commit, *inside):
        about, _, path = entry.partition(b"\t")
        mode, _, blob = decode_printable(about).split(" ")
        yield TrackedEntry(path, mode, blob)


def _parse_index_entry(line: bytes) -> TrackedEntry:
    about, _, path = line.partition(b"\t")
    tag, mode, blob, stage = decode_printable(about).split(" ")
    return TrackedEntry(path, mode, blob, sparse=tag == "S", is_unmerged=stage != "0")


def _by_path(folder: str, entries: Iterable[TrackedEntry]) -> dict[str, TrackedEntry]:
    """Map paths relative to the folder to the entries of Markdown files, links and submodules."""
    return {
        strip_folder(folder, entry.raw_path): entry
        for entry in entries
        if is_markdown(entry.raw_path) or entry.mode not in FILE_MODES
    }


def filter_markdown(folder: str, paths: Iterable[bytes]) -> Iterator[str]:
    """Yield the paths of Markdown files, relative to the folder."""
    return (strip_folder(folder, path) for path in paths if is_markdown(path))


def is_markdown(path: bytes) -> bool:
    """Return True if the name ends in `.md`, in upper or lower case."""
    return path.lower().endswith(b".md")


def normalize_path(folder: str, path: str) -> str:
    """Turn a path relative to the folder into one relative to the root."""
    return os.path.normpath(f"{folder or '.'}/{path}").replace(os.sep, "/")


def strip_folder(folder: str, path: bytes) -> str:
    """Turn a path relative to the root into one relative to the folder that contains it."""
    return decode_printable(path).removeprefix("" if folder in ("", ".") else f"{folder}/")
