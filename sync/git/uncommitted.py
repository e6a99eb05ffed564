"""Find the files whose content, as it was read, is not that of the current commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.git.commit_files import find_blobs, hash_blob, list_blobs
from sync.git.process import decode_printable
from sync.git.repository import strip_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sync.git.repository import Repository


def find_uncommitted_descriptions(
    repository: Repository,
    folder: str,
    contents: Mapping[str, bytes],
    *,
    include: Callable[[str], bool],
) -> set[str]:
    """Return the files of the folder that differ from the current commit, on disk or in the index.

    `contents` is what was read of the files that `include` accepts. It is compared with the
    commit, because `git status` says nothing about files marked as assume-unchanged or
    skip-worktree, and calls a file modified if only its line ends have changed.
    """
    head = repository.find_head()
    if head is None:
        return set(contents)
    found = set(repository.list_staged_files(folder))
    committed = {
        path: blob
        for raw_path, blob in list_blobs(repository, head, folder)
        if include(path := strip_folder(folder, raw_path.encode()))
    }
    found |= committed.keys() - contents.keys()
    differing = {
        path
        for path, data in contents.items()
        if path not in found and committed.get(path) != hash_blob(data, like=head)
    }
    inside = "" if folder in ("", ".") else f"{folder}/"
    return found | _drop_converted(repository, differing, committed, inside=inside)


def is_file_uncommitted(repository: Repository, path: str, data: bytes) -> bool:
    """Return True if the file, relative to the root, is not `data` in the current commit.

    A file that git is told to ignore does not count.
    """
    head = repository.find_head()
    if head is None:
        return True
    committed = find_blobs(repository, [head], path).get(head)
    if committed is None:
        return not repository.find_ignored_paths([path])
    if committed == hash_blob(data, like=head):
        return False
    return bool(_drop_converted(repository, {path}, {path: committed}, inside=""))


def _drop_converted(
    repository: Repository, paths: set[str], committed: Mapping[str, str], *, inside: str
) -> set[str]:
    """Drop the paths whose file on disk becomes the committed blob by git's conversions."""
    places = {path: f"{inside}{path}" for path in sorted(paths) if path in committed}
    asked = {path: place for path, place in places.items() if _can_be_hashed(repository, place)}
    blobs = _hash_files(repository, asked.values())
    return paths - {
        path for path, blob in zip(asked, blobs, strict=True) if blob == committed[path]
    }


def _can_be_hashed(repository: Repository, path: str) -> bool:
    """Return True for a file on disk whose path git reads as it stands from a list of lines."""
    return "\n" not in path and path[0] != '"' and (repository.root / path).is_file()


def _hash_files(repository: Repository, paths: Iterable[str]) -> list[str]:
    """Return the blobs that git would make of files on disk, by its filters and line ends."""
    given = [f"{path}\n".encode() for path in paths]
    if not given:
        return []
    answer = repository.git.read_output("hash-object", "--stdin-paths", stdin_chunks=given)
    return decode_printable(answer).splitlines()
