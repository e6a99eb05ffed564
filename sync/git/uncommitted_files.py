"""Find the files whose content differs from the current commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.git.commit_files import hash_blob, list_blobs
from sync.git.process import decode_printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from sync.git.folder_listing import FolderListing
    from sync.git.repository import Repository


@dataclass(frozen=True, slots=True)
class UncommittedFiles:
    """Files whose content, as it was read, is not in the current commit.

    The paths of `descriptions` are relative to their folder, those of `others` to the root.
    """

    descriptions: AbstractSet[str]
    others: AbstractSet[str] = frozenset()


def find_uncommitted_files(  # noqa: PLR0913 - what was read, and what it is compared with
    repository: Repository,
    listing: FolderListing,
    contents: Mapping[str, bytes],
    *,
    head: str | None,
    include: Callable[[str], bool],
    others: Mapping[str, bytes],
) -> UncommittedFiles:
    """Return the files that differ from the current commit, on disk or in the index.

    `contents` is what was read of the folder's files that `include` accepts, `others` of other
    files, by their paths from the root. It is compared with the commit `head`, because `git status`
    says nothing about files marked as assume-unchanged or skip-worktree, and calls a file modified
    if only its line ends have changed. Other files do not count if git is told to ignore them.
    """
    if head is None:
        return UncommittedFiles(set(contents), set(others))
    folder = listing.folder
    inside = "" if folder in ("", ".") else f"{folder}/"
    every = dict(list_blobs(repository, head, folder, others=others))
    committed = {
        path: blob
        for whole, blob in every.items()
        if whole.startswith(inside) and include(path := whole.removeprefix(inside))
    }
    staged = {
        path
        for path, entry in listing.entries.items()
        if entry.is_plain_file and include(path)
        if entry.is_unmerged or committed.get(path) != entry.blob
    }
    read = {**{f"{inside}{path}": data for path, data in contents.items()}, **others}
    differing = {
        path for path, data in read.items() if every.get(path) != hash_blob(data, like=head)
    }
    differing = _drop_converted(repository, differing, every)
    unknown = (differing & others.keys()) - every.keys()
    ignored = repository.find_ignored_paths(unknown) if unknown else set()
    return UncommittedFiles(
        staged
        | (committed.keys() - contents.keys())
        | {path for path in contents if f"{inside}{path}" in differing},
        (differing & others.keys()) - ignored,
    )


def _drop_converted(
    repository: Repository, paths: set[str], committed: Mapping[str, str]
) -> set[str]:
    """Drop the paths whose file on disk becomes the committed blob by git's conversions."""
    asked = [
        path for path in sorted(paths) if path in committed and _can_be_hashed(repository, path)
    ]
    blobs = _hash_files(repository, asked)
    return paths - {
        path for path, blob in zip(asked, blobs, strict=True) if blob == committed[path]
    }


def _can_be_hashed(repository: Repository, path: str) -> bool:
    """Return True for a file on disk whose path needs no quotes in a list of lines."""
    return "\n" not in path and path[0] != '"' and (repository.root / path).is_file()


def _hash_files(repository: Repository, paths: Iterable[str]) -> list[str]:
    """Return the blobs that git would make of files on disk, by its filters and line ends."""
    given = [f"{path}\n".encode() for path in paths]
    if not given:
        return []
    answer = repository.git.read_output("hash-object", "--stdin-paths", stdin_chunks=given)
    return decode_printable(answer).splitlines()
