"""Read the files that git tracks, from disk or from a commit, and resolve revisions."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from sync.errors import GitError, RepositoryError
from sync.git.conversions import ConvertedFiles, find_doubts, open_attributes, read_converted_blobs
from sync.git.folder_listing import (
    FILE_MODES,
    LINK_MODE,
    filter_markdown,
    list_folder,
)
from sync.git.name_collisions import find_name_collisions
from sync.git.process import UNSHALLOW_HINT, Git, decode_printable, make_old_git_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from sync.git.folder_listing import FolderListing, TrackedEntry

NEEDED_SETTINGS = r"^(user\.name|core\.sharedrepository|remote\..*\.(promisor|partialclonefilter))$"


@dataclass(frozen=True, slots=True)
class TrackedFiles:
    """The bytes of tracked files, by path relative to the folder.

    `notes` has one sentence per file that was left out. `doubts` maps files to the reason why the
    text here may not be the one that was meant: git converts it, or the disk mixes up two files.
    """

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()
    doubts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that exists but was not read, with the reason."""

    reason: str


@dataclass(frozen=True)
class Repository:
    """A repository with a working tree.

    `common_dir` is git's own folder, shared by all worktrees. The methods take folders relative to
    `root`, with slashes; "" and "." are the root itself. They return paths relative to that folder,
    and only Markdown files (`*.md`), unless they say otherwise.
    """

    root: Path
    common_dir: Path

    @staticmethod
    def discover(path: Path) -> Repository:
        """Find the repository that contains a file or folder.

        Raises GitError if there is none.
        """
        around = path.absolute()
        start = next(folder for folder in (around, *around.parents) if folder.is_dir())
        asked = ("--show-toplevel", "--git-common-dir")
        places = Git(start).read_line("rev-parse", "--path-format=absolute", *asked).split("\n")
        if places[0].startswith("--"):  # git repeats an option that it does not know
            raise make_old_git_error()
        if len(places) > len(asked):  # a path with a line break
            places = [
                Git(start).read_line("rev-parse", "--path-format=absolute", each) for each in asked
            ]
        root, common_dir = places
        return Repository(Path(root), Path(common_dir))

    @property
    def git(self) -> Git:
        return Git(self.root)

    def make_relative(self, path: Path) -> str:
        """Return the path relative to the root, with slashes.

        Raises GitError if it is outside the repository.
        """
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError as error:
            raise RepositoryError(f"{path} is outside the repository {self.root}.") from error

    # --- commits ---

    def find_head(self) -> str | None:
        """Return the full id of the current commit, or None before the first commit."""
        return self.find_commit("HEAD")

    def get_user_name(self) -> str:
        """Return the name that git is configured with for commits; "" if there is none."""
        return self.get_setting("user.name").strip()

    def get_setting(self, name: str) -> str:
        """Return a setting of git that is among NEEDED_SETTINGS; empty if it is not set."""
        return self._settings.get(name.lower(), "")

    def find_commit(self, rev: str) -> str | None:
        """Return the full id of the commit that a revision names, or None if there is none."""
        if rev.startswith("-") or "\0" in rev:
            return None
        answer = self.git.run_command("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}")
        return decode_printable(answer.stdout).strip() if answer.exit_code == 0 else None

    def resolve_commit(self, rev: str) -> str:
        """Return the full id of the commit that a revision names.

        Raises GitError if there is none.
        """
        if commit := self.find_commit(rev):
            return commit
        if rev == "HEAD":
            raise RepositoryError(
                f"{self.root} has no commit yet.", hint="Commit the descriptions."
            )
        hint = "See `git branch --all` and `git log` for what there is; `git fetch` may bring it."
        if self.is_shallow():
            hint = f"{hint} {UNSHALLOW_HINT}"
        raise RepositoryError(f'"{rev}" is not a commit of {self.root}', hint=hint)

    def read_subjects(self, commits: Iterable[str]) -> dict[str, str]:
        """Return the first line of each commit's message; leave out commits that are not here."""
        ids = list(dict.fromkeys(commits))
        if not ids:
            return {}
        fields = self.git.stream_fields(
            *("-c", "log.showSignature=false", "log", "-z", "--no-walk=unsorted"),
            *("--ignore-missing", "--encoding=UTF-8", "--format=%H %s", *ids, "--"),
        )
        lines = (decode_printable(field).partition(" ") for field in fields)
        return {commit: subject for commit, _, subject in lines}

    def find_branch(self, name: str) -> str | None:
        """Return the commit of a branch, or None; a tag of the same name does not count."""
        refs = [f"refs/{kind}/{name}" for kind in ("heads", "remotes", "tags")]
        listing = ("for-each-ref", "--format=%(refname) %(objectname)", *refs)
        found = dict(line.split(" ") for line in self.git.read_line(*listing).splitlines())
        first = next((ref for ref in refs if ref in found), None)
        if first is None:
            return self.find_commit(name)
        return None if first == refs[-1] else found[first]

    def find_remote_head(self) -> tuple[str, str] | None:
        """Return the HEAD branch of `origin`, or of the only remote, as `origin/main`, and its tip.

        The checkouts of CI jobs know no HEAD of a remote: there, `origin/main` or `origin/master`
        counts. Returns None if there is none of them.
        """
        form = "--format=%(refname) %(symref) %(objectname)"
        listing = self.git.read_line("for-each-ref", form, "refs/remotes")
        lines = [line.split(" ") for line in listing.splitlines()]
        heads = {
            name.removesuffix("/HEAD"): (target.removeprefix("refs/remotes/"), tip)
            for name, target, tip in lines
            if name.endswith("/HEAD") and target
        }
        if not heads:
            tips = {name.removeprefix("refs/remotes/"): tip for name, _, tip in lines}
            usual = (name for name in ("origin/main", "origin/master") if name in tips)
            return next(((name, tips[name]) for name in usual), None)
        only = next(iter(heads.values())) if len(heads) == 1 else None
        return heads.get("refs/remotes/origin", only)

    def is_ancestor(self, commit: str, descendant: str) -> bool:
        """Return True if the history of `descendant` has the commit; False if it is missing."""
        answer = self.git.run_command("merge-base", "--is-ancestor", commit, descendant)
        return answer.exit_code == 0

    def is_shallow(self) -> bool:
        """Return True if this is a shallow clone, which lacks older commits."""
        return (self.common_dir / "shallow").exists()

    @property
    def is_partial(self) -> bool:
        """Return True if this is a partial clone, which may lack objects."""
        return any(name.startswith("remote.") for name in self._settings)

    @cached_property
    def _settings(self) -> dict[str, str]:
        """Return the settings of git that are needed, by name; git is asked once."""
        answer = self.git.run_command("config", "-z", "--get-regexp", NEEDED_SETTINGS)
        settings = (each.partition("\n") for each in decode_printable(answer.stdout).split("\0"))
        return {name: value for name, _, value in settings if name}

    def find_local_blobs(self, blobs: AbstractSet[str]) -> AbstractSet[str]:
        """Return the blobs that this clone has: all of them, unless it is partial."""
        return self.git.find_local_objects(blobs) if self.is_partial and blobs else blobs

    # --- files ---

    def has_path(self, rev: str, path: str) -> bool:
        """Return True if the commit has a file or folder of this path, relative to the root."""
        answer = self.git.run_command("rev-parse", "--verify", "--quiet", f"{rev}:{path}")
        return answer.exit_code == 0

    def list_folder(self, folder: str, commit: str | None) -> FolderListing:
        """List the files of the folder in the commit, or, if it is None, in the index."""
        return list_folder(self.git, folder, commit)

    def read_tracked_files(
        self, folder: str, commit: str | None, *, include: Callable[[str], bool]
    ) -> TrackedFiles:
        """Read the tracked files whose path `include` accepts, from disk or from a commit."""
        return self.read_listed_files(self.list_folder(folder, commit), include=include)

    def read_listed_files(
        self, listing: FolderListing, *, include: Callable[[str], bool]
    ) -> TrackedFiles:
        """Read the listed files whose path `include` accepts, from disk or from the commit.

        If the commit is None, the files are read from disk, and deleted files are left out.
        Symbolic links are not followed; a note names each of them. Raises GitError if a file cannot
        be read.
        """
        folder, commit = listing.folder, listing.commit
        chosen, notes = {}, []
        for path, entry in listing.entries.items():
            if not (include(path) or _may_hide_files(path, entry, include=include)):
                continue
            if reason := _explain_unusable(path, entry):
                notes.append(f"{path}: {reason}; it was left out.")
            else:
                chosen[path] = entry
        if commit is None:
            return self._read_from_disk(folder, chosen, notes=notes)
        with open_attributes(self.git, commit, folder=folder) as git:
            texts = read_converted_blobs(git, folder, {p: e.blob for p, e in chosen.items()})
        return TrackedFiles(texts.files, tuple(notes), texts.doubts)

    def list_tracked_paths(self, listing: FolderListing) -> set[str]:
        """List the paths of tracked files in the commit, or, if it is None, on disk."""
        entries = listing.entries
        if listing.commit is not None:
            return set(entries)
        linked = _find_linked_folders(self.root / listing.folder, entries)
        root = os.fsencode(self.root)
        return {
            path
            for path, entry in entries.items()
            if entry.sparse
            or entry.mode not in FILE_MODES
            or path.rpartition("/")[0] in linked
            or os.path.lexists(root + b"/" + entry.raw_path)
        }

    def has_sparse_files(self, folder: str) -> bool:
        """Return True if a sparse checkout leaves out any tracked file of the folder."""
        return any(entry.sparse for entry in self.list_folder(folder, None).entries.values())

    def find_ignored_paths(self, paths: Iterable[str]) -> set[str]:
        """Return the paths that git ignores; the files need not exist.

        The paths are relative to the root; a path that ends in a slash is a folder.
        """
        # `check-ignore` does not accept literal pathspecs. The prefix `./` switches magic off, too.
        given = (f"./{path}\0".encode() for path in paths)
        command = ("--no-literal-pathspecs", "check-ignore", "-z", "--stdin")
        answer = self.git.run_command(*command, stdin_chunks=given)
        if answer.exit_code > 1 and "beyond a symbolic link" not in answer.stderr:
            raise self.git.explain_failure(answer.stderr)
        return {
            decode_printable(path).removeprefix("./") for path in answer.stdout.split(b"\0") if path
        }

    def list_changed_paths(self, commit: str) -> list[bytes]:
        """List the paths that differ between the commit and its one parent."""
        diff = ("diff-tree", "-r", "--no-commit-id", "--no-renames", "--name-only", "-z", commit)
        return [*self.git.stream_fields(*diff)]

    def find_changed_files(self, folder: str, base: str, *, commit: str | None) -> set[str]:
        """Return the files that differ between `base` and `commit`, or, if it is None, the disk."""
        ends = [base] if commit is None else [base, commit]
        diff = ("diff", "--name-only", "-z", "--no-renames", *ends, "--", folder or ".")
        return set(filter_markdown(folder, self.git.stream_fields(*diff)))

    def has_changed_attributes(self, base: str, *, commit: str | None) -> bool:
        """Return True if any `.gitattributes` differs from the base in the commit, or on disk."""
        ends = [base] if commit is None else [base, commit]
        diff = ("--no-literal-pathspecs", "diff", "--quiet", *ends)
        answer = self.git.run_command(*diff, "--", ":(top,glob)**/.gitattributes")
        return answer.exit_code != 0

    def find_merge_base(self, rev: str, *, commit: str | None) -> str:
        """Return the merge base of `rev` and `commit`; None stands for the current commit.

        Raises GitError if the two have no commit in common.
        """
        ours = commit or self.resolve_commit("HEAD")
        answer = self.git.run_command("merge-base", self.resolve_commit(rev), ours)
        if answer.exit_code == 0:
            return decode_printable(answer.stdout).strip()
        hint = UNSHALLOW_HINT if self.is_shallow() else "Name a revision of the same history."
        raise RepositoryError(f'"{rev}" and {ours[:12]} have no commit in common.', hint=hint)

    def _read_outside_checkout(self, folder: str, blobs: Mapping[str, str]) -> ConvertedFiles:
        """Read the files that a sparse checkout leaves out of the disk."""
        try:
            return read_converted_blobs(self.git, folder, blobs)
        except GitError as error:
            if not self.is_partial:
                raise
            raise GitError(
                f"{self.root}: the sparse checkout leaves out {folder}/{min(blobs)}, and this "
                "partial clone does not have its text.",
                hint=f"Bring the files with `git sparse-checkout add {folder}` in the root of the "
                "repository.",
            ) from error

    def _read_from_disk(
        self, folder: str, entries: Mapping[str, TrackedEntry], *, notes: Iterable[str]
    ) -> TrackedFiles:
        base = self.root / folder
        files, left_out = {}, list(notes)
        sparse = {path: entry for path, entry in entries.items() if entry.sparse}
        linked = _find_linked_folders(base, entries)
        for path in entries:
            match _read_file(f"{base}/{path}", is_linked=path.rpartition("/")[0] in linked):
                case bytes() as data:
                    files[path] = data
                case SkippedFile(reason=reason):
                    left_out.append(f"{path}: {reason}; it was left out.")
                case None:
                    continue
                case unknown:
                    assert_never(unknown)
        missing = {path: entry.blob for path, entry in sparse.items() if path not in files}
        unchecked = self._read_outside_checkout(folder, missing)
        doubts = {
            **find_doubts(self.git, folder, files),
            **unchecked.doubts,
            **find_name_collisions(str(self.root), folder, files),
        }
        return TrackedFiles({**files, **unchecked.files}, tuple(left_out), doubts)


def _explain_unusable(path: str, entry: TrackedEntry) -> str:
    if entry.mode == LINK_MODE:
        return "a symbolic link"
    if entry.mode not in FILE_MODES:
        return "not a file"
    return "" if entry.raw_path.endswith(path.encode()) else "its name is not UTF-8"


def _may_hide_files(path: str, entry: TrackedEntry, *, include: Callable[[str], bool]) -> bool:
    """Return True for a submodule or a link that can stand in place of a folder of descriptions."""
    is_folder_name = entry.mode != LINK_MODE or "." not in path.rpartition("/")[2]
    return entry.mode not in FILE_MODES and is_folder_name and include(f"{path}/any.md")


def _find_linked_folders(base: Path, paths: Iterable[str]) -> set[str]:
    """Return the folders of the files, below `base`, that are behind a symbolic link."""
    folders = {path.rpartition("/")[0] for path in paths}
    return {folder for folder in folders if (base / folder).resolve() != base / folder}


def _read_file(path: str, *, is_linked: bool) -> bytes | SkippedFile | None:
    """Return the file's bytes, or None if it does not exist; raise GitError if unreadable.

    A path is text here, because thousands of `Path` objects take longer than reading the files.
    """
    try:
        if is_linked:
            return SkippedFile("reached through a symbolic link")
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            return SkippedFile("reached through a symbolic link")
        if not stat.S_ISREG(mode):
            return SkippedFile("not a file")
        with open(path, "rb") as file:  # noqa: PTH123 - see above
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise GitError(f"{path} could not be read: {error.strerror}.") from error


def create_repository(folder: Path) -> None:
    """Run `git init` in the folder, with the branch main; add no files."""
    Git(folder).read_output("init", "--quiet", "--initial-branch=main")
