"""Find the versions of files in a commit, and the commits that change a file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sync.errors import GitError
from sync.git.events import LOG_COMMAND, parse_event, read_log
from sync.git.folder_listing import list_tree
from sync.git.process import decode_printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.git.events import Event
    from sync.git.repository import Repository

_SHA256_LENGTH = 64  # hex digits of an object id in a repository with SHA-256


def read_changes_of_named_files(
    repository: Repository, names: Iterable[str], *, revisions: Sequence[str]
) -> list[Event]:
    """Return each change of files of these names, in any folder, newest first.

    A merge is compared with each of its parents, because it can bring a file from one of them to
    the files of another. Paths are relative to the root. Returns what this clone has.
    """
    # Git lists the changes of all files in half the time that it needs to match these names.
    wanted = {name.encode() for name in names}
    command = (*LOG_COMMAND, "-m", *revisions, "--")
    found: list[Event] = []
    try:
        for commit, raw_path, entry in read_log(repository.git.stream_fields(*command)):
            if raw_path.rpartition(b"/")[2] in wanted:
                found.append(parse_event(commit, decode_printable(raw_path), entry))
    except GitError:
        if not repository.is_partial:  # a partial clone may lack the trees
            raise
    return found


def read_contents(repository: Repository, events: Iterable[Event]) -> dict[str, list[bytes]]:
    """Return each file content that the events added, in their order, by path.

    Contents that this clone lacks are left out.
    """
    blobs: dict[str, dict[str, None]] = {}
    for event in events:
        if event.new:
            blobs.setdefault(event.path, {})[event.new] = None
    every = {blob for each in blobs.values() for blob in each}
    contents = dict(repository.git.read_blobs(repository.find_local_blobs(every)))
    return {
        path: [contents[blob] for blob in each if blob in contents] for path, each in blobs.items()
    }


def find_blobs(repository: Repository, commits: Iterable[str], path: str) -> dict[str, str]:
    """Return by commit the blob of the file, relative to the root; leave out those without it."""
    asked = list(commits)
    if "\n" in path or not asked:
        return {}
    given = (f"{commit}:{path}\n".encode() for commit in asked)
    command = ("cat-file", "--batch-check=%(objecttype) %(objectname)")
    answer = decode_printable(repository.git.read_output(*command, stdin_chunks=given))
    lines = answer.splitlines()
    return {
        commit: line.removeprefix("blob ")
        for commit, line in zip(asked, lines, strict=True)
        if line.startswith("blob ")
    }


def find_present_paths(repository: Repository, rev: str, paths: Iterable[str]) -> set[str]:
    """Return the paths, relative to the root, at which the commit has a file or folder."""
    asked = [path for path in paths if "\n" not in path]  # git reads one path per line
    if not asked:
        return set()
    given = (f"{rev}:{path}\n".encode() for path in asked)
    output = repository.git.read_output("cat-file", "--batch-check", stdin_chunks=given)
    lines = decode_printable(output).splitlines()
    return {path for path, line in zip(asked, lines, strict=True) if not line.endswith(" missing")}


def list_blobs(
    repository: Repository, commit: str, folder: str = "", *, others: Iterable[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yield the path, relative to the root, and the blob of each plain file of a commit's folder.

    Yields those of `others` as well. Files whose path is not UTF-8 are left out.
    """
    for entry in list_tree(repository.git, commit, folder, others=others):
        if entry.is_plain_file:
            yield entry.path, entry.blob


def hash_blob(data: bytes, *, like: str) -> str:
    """Return the id that git gives to the bytes, by the hash function of another id."""
    algorithm = hashlib.sha256 if len(like) == _SHA256_LENGTH else hashlib.sha1
    return algorithm(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()
