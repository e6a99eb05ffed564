"""Read from `git log` the files that each commit changed, added or removed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sync.errors import GitError
from sync.git.folder_listing import FILE_MODES, is_markdown, normalize_path, strip_folder
from sync.git.process import decode_printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from sync.git.repository import Repository

# The log includes side branches and ignores the user's own `git log` settings. `-c` lists for a
# merge commit only the files that differ from all parents: texts that the merge itself created.
LOG_COMMAND = (
    *("-c", "log.showSignature=false", "-c", "log.follow=false"),
    *("log", "--raw", "-z", "--no-abbrev", "--no-renames", "--full-history", "-c", "--root"),
    *("--date-order", "--format=%x01%H"),
)
# `-m` compares a merge with each of its parents: `git subtree add` moves files in a merge.
RENAMES_COMMAND = (
    *("diff-tree", "--stdin", "-m", "-r", "-z"),
    *("--diff-filter=R", "--name-status", "-l1000"),
)
# All branches, tags, remote branches and the newest stash, but no snapshots of any target.
EVERY_REF = ("--exclude=refs/description-sync/*", "--all")
ANY_MARKDOWN = ":(top,icase,glob)**/*.md"


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
    former_folders: Collection[str] = (),
    other_paths: AbstractSet[str] = frozenset(),
) -> Iterator[Event]:
    """Yield the events of the Markdown files of the folders, and of `other_paths`, newest first.

    Paths are relative to `folder`, also those of `former_folders`. Runs `git log` once. Raises
    GitError if the history cannot be read.
    """
    folders = (folder, *former_folders)
    command = (*LOG_COMMAND, *revisions, "--", *_make_pathspecs(folders, other_paths))
    paths: dict[bytes, str | None] = {}  # by raw path; None for a file of no folder
    for commit, raw_path, entry in read_log(repository.git.stream_fields(*command)):
        if raw_path not in paths:
            path = _make_relative(raw_path, folder)
            is_wanted = path in other_paths or any(_is_in_folder(f, raw_path) for f in folders)
            paths[raw_path] = path if is_wanted else None
        if known := paths[raw_path]:
            yield parse_event(commit, known, entry)


def read_events_of_files(
    repository: Repository, revisions: Iterable[str], *, folder: str, paths: Collection[str]
) -> Iterator[Event]:
    """Yield the events of a few files, newest first; their paths are relative to `folder`."""
    pathspecs = (normalize_path(folder, path) for path in paths)
    fields = repository.git.stream_fields(*LOG_COMMAND, *revisions, "--", *pathspecs)
    for commit, raw_path, entry in read_log(fields):
        if (path := _make_relative(raw_path, folder)) in paths:
            yield parse_event(commit, path, entry)


def read_events_of_every_ref(repository: Repository, *, folder: str) -> Iterator[Event]:
    """Yield the events of all Markdown files, in any folder, in all refs and stashes, newest first.

    Paths are relative to `folder`. Raises GitError if the history cannot be read.
    """
    stashes = _list_stashes(repository)
    command = ("--no-literal-pathspecs", *LOG_COMMAND, *EVERY_REF)
    fields = repository.git.stream_fields(*command, *stashes, "--", ANY_MARKDOWN)
    for commit, raw_path, entry in read_log(fields):
        if is_markdown(raw_path):
            yield parse_event(commit, _make_relative(raw_path, folder), entry)


def _list_stashes(repository: Repository) -> list[str]:
    """List the commits of all stashes: only the newest one is a ref."""
    folder = repository.common_dir
    if not (folder / "logs/refs/stash").exists() and not (folder / "reftable").exists():
        return []
    answer = repository.git.run_command("stash", "list", "--format=%H")
    return decode_printable(answer.stdout).split()


def read_difference(
    repository: Repository, old: str, new: str, *, folder: str, former_folders: Collection[str] = ()
) -> Iterator[Event]:
    """Yield the differences between two commits, as events of the newer one."""
    folders = (folder, *former_folders)
    command = ("diff-tree", "-r", "--raw", "-z", "--no-abbrev", "--no-renames", old, new)
    fields = repository.git.stream_fields(*command, "--", *_make_pathspecs(folders, ()))
    for _, raw_path, entry in read_log(fields):
        if any(_is_in_folder(each, raw_path) for each in folders):
            yield parse_event(new, _make_relative(raw_path, folder), entry)


def find_ref_of_commit(repository: Repository, commit: str) -> str:
    """Return a short name of a ref whose history has the commit: branches first; or a stash."""
    for pattern in ("refs/heads", "refs/remotes", "refs/tags", "refs"):
        listing = ("for-each-ref", "--contains", commit, "--format=%(refname:short)", pattern)
        names = repository.git.read_line(*listing).splitlines()
        if found := next((name for name in names if not name.startswith("description-sync/")), ""):
            return found
    return "HEAD" if repository.is_ancestor(commit, "HEAD") else "a stash"


def read_log(fields: Iterator[bytes]) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield the commit, the raw path and the raw entry of each change in a log."""
    commit = ""
    for name in fields:
        if name.startswith(b"\x01"):
            commit = decode_printable(name[1:])
        elif (entry := name.lstrip(b"\n")).startswith(b":"):
            yield commit, next(fields), entry


def read_file_versions(repository: Repository, path: str, *, commit: str) -> list[bytes]:
    """Return each content that the file had in the history of the commit, newest first.

    `path` is relative to the root. In a partial clone, contents that were not fetched are left out.
    """
    fields = repository.git.stream_fields(*LOG_COMMAND, commit, "--", path)
    found = (parse_event("", path, entry) for _, _, entry in read_log(fields))
    blobs = list(dict.fromkeys(event.new for event in found if event.new))
    local = repository.git.find_local_objects(blobs) if repository.is_partial else set(blobs)
    return [data for _, data in repository.git.read_blobs(blob for blob in blobs if blob in local)]


def find_former_names(repository: Repository, events: Iterable[Event], *, folder: str) -> set[str]:
    """Return the former paths of files that were renamed into the folder by these events.

    Contains only paths outside the folder and paths that are not Markdown, because `read_events`
    covers the others already. Where a partial clone lacks the contents that git would compare, only
    renames without an edit are found.
    """
    brought = {(event.commit, event.path) for event in events if event.old is None}
    commits = list(dict.fromkeys(commit for commit, _ in sorted(brought)))
    try:
        fields = _read_renames(repository, commits, likeness="-M")
    except GitError:
        if not repository.is_partial:
            raise
        fields = _read_renames(repository, commits, likeness="-M100%")
    found, commit = set(), ""
    for name in fields:
        if not name.startswith(b"R"):
            commit = decode_printable(name)
            continue
        old, new = next(fields), next(fields)
        if (commit, _make_relative(new, folder)) in brought and not _is_in_folder(folder, old):
            found.add(_make_relative(old, folder))
    return found


def _read_renames(
    repository: Repository, commits: Iterable[str], *, likeness: str
) -> Iterator[bytes]:
    """Read the renames of commits as fields: a commit, then per rename `R…`, old and new path."""
    given = (f"{commit}\n".encode() for commit in commits)
    command = (*RENAMES_COMMAND, likeness)
    return iter(list(repository.git.stream_fields(*command, stdin_chunks=given)))


def _make_pathspecs(folders: Sequence[str], other_paths: Iterable[str]) -> list[str]:
    """Return the pathspecs for `git log`: a few folders, because git is slow with many files.

    `other_paths` are relative to the first folder.
    """
    base = folders[0] or "."
    paths = [PurePosixPath(normalize_path(base, path)) for path in other_paths]
    around = {str(path.parent if path.parent.name else path) for path in paths}
    return [*(folder or "." for folder in folders), *sorted(around)]


def _is_in_folder(folder: str, raw_path: bytes) -> bool:
    """Return True if the path, relative to the root, is a Markdown file of the folder."""
    within = folder in {"", "."} or raw_path.startswith(f"{folder}/".encode())
    return within and is_markdown(raw_path)


def _make_relative(raw_path: bytes, folder: str) -> str:
    """Turn a path relative to the root into one relative to the folder, with `../` if needed."""
    path = strip_folder(folder, raw_path)
    elsewhere = folder not in {"", "."} and not raw_path.startswith(f"{folder}/".encode())
    return os.path.relpath(path, folder).replace(os.sep, "/") if elsewhere else path


def parse_event(commit: str, path: str, raw_entry: bytes) -> Event:
    """Parse a raw entry of `git log`: `:mode mode id id status`.

    The entry of a merge starts with one colon per parent and has one mode and one id more for each.
    """
    entry = decode_printable(raw_entry)
    words = entry.lstrip(":").split(" ")
    if not entry.startswith("::"):  # by far most of them
        old_mode, new_mode, old, new, *_ = words
        return Event(
            commit,
            path,
            old if old_mode in FILE_MODES else None,
            new if new_mode in FILE_MODES else None,
        )
    sides = entry.count(":") + 1
    files = [
        blob if mode in FILE_MODES else None
        for mode, blob in zip(words[:sides], words[sides : 2 * sides], strict=True)
    ]
    return Event(commit, path, next(filter(None, files[:-1]), None), files[-1])
