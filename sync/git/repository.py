"""The files that git tracks: as they are on disk now, or as a commit holds them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from sync.errors import GitError
from sync.git.process import UNSHALLOW, Git, decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

# Git names the repository at hand to its hooks; here the path that was asked for decides.
HOOK_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
FILE_MODES = ("100644", "100755")
LINK_MODE = "120000"


@dataclass(frozen=True, slots=True)
class Tracked:
    """Bytes by path relative to the folder, and what was left out, a sentence each."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of the index or of a tree; `sparse`: the checkout leaves it out on purpose."""

    raw_path: bytes
    mode: str
    blob: str
    sparse: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why a file that is there was not read."""

    reason: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository with files; `common_dir` is git's own folder, shared by all worktrees.

    Folders are named relative to `root`, with slashes, "" or "." being the root itself; paths in
    answers are relative to the folder asked about, and only Markdown files (`*.md`) appear.
    """

    root: Path
    common_dir: Path

    @staticmethod
    def containing(path: Path) -> Repository:
        """The repository around a file or folder; GitError says why there is none, and the cure."""
        for variable in HOOK_VARIABLES:
            os.environ.pop(variable, None)
        around = path.absolute()
        start = next(folder for folder in (around, *around.parents) if folder.is_dir())
        answer = Git(start).line(
            "rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir"
        )
        root, common_dir = answer.split("\n")
        return Repository(Path(root), Path(common_dir))

    @property
    def git(self) -> Git:
        return Git(self.root)

    def relative(self, path: Path) -> str:
        """The path as seen from the root, with slashes; GitError when it lies elsewhere."""
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError as error:
            raise GitError(f"{path} is outside the repository {self.root}.") from error

    # --- commits ---

    def head(self) -> str | None:
        """The full id of the commit at hand; None before the first commit."""
        return self.find("HEAD")

    def find(self, rev: str) -> str | None:
        """The full id of the commit that a revision names; None where it names none."""
        if rev.startswith("-") or "\0" in rev:
            return None
        answer = self.git.answer("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}")
        return decoded(answer.out).strip() if answer.status == 0 else None

    def resolve(self, rev: str) -> str:
        """As `find`, with a GitError that names the revision and a cure."""
        if commit := self.find(rev):
            return commit
        if rev == "HEAD":
            raise GitError(f"{self.root} has no commit yet.", hint="Commit the descriptions.")
        hint = "See `git branch --all` and `git log` for what there is; `git fetch` may bring it."
        if self.shallow():
            hint = f"{hint} {UNSHALLOW}"
        raise GitError(f'"{rev}" is no commit of {self.root}.', hint=hint)

    def shallow(self) -> bool:
        """Whether older commits were left out of this clone."""
        return self.git.line("rev-parse", "--is-shallow-repository") == "true"

    def partial(self) -> bool:
        """Whether this clone may lack objects, to be fetched when they are needed."""
        promisors = ("config", "--get-regexp", r"^remote\..*\.(promisor|partialclonefilter)$")
        return self.git.answer(*promisors).status == 0

    # --- files ---

    def tracked(self, folder: str, commit: str | None, *, wanted: Callable[[str], bool]) -> Tracked:
        """The tracked files for whose path `wanted` holds: on disk now, or in a commit.

        A file deleted on disk is not there. Links are not followed: a note names them.
        """
        chosen, notes = {}, []
        for path, entry in self._listing(folder, commit).items():
            if not wanted(path):
                continue
            if reason := _unusable(path, entry):
                notes.append(f"{path}: {reason}; it was left out.")
            else:
                chosen[path] = entry
        if commit is not None:
            return Tracked(self._stored(chosen), tuple(notes))
        return self._on_disk(folder, chosen, notes=notes)

    def present(self, folder: str, commit: str | None) -> set[str]:
        """The paths of the tracked files that a commit holds, or that are still on disk."""
        listing = self._listing(folder, commit)
        if commit is not None:
            return set(listing)
        base = self.root / folder
        return {path for path, at in listing.items() if at.sparse or os.path.lexists(base / path)}

    def untracked(self, folder: str) -> list[str]:
        """Files that git neither tracks nor ignores."""
        others = ("ls-files", "-z", "--others", "--exclude-standard", "--", folder or ".")
        return sorted(_markdown(folder, self.git.fields(*others)))

    def ignored(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths, here from the root, that git ignores, or would if they were there.

        A path that ends in a slash is a folder.
        """
        # This command takes no path literally; none that starts with a dot has magic, though.
        given = (f"./{path}\0".encode() for path in paths)
        command = ("--no-literal-pathspecs", "check-ignore", "-z", "--stdin")
        answer = self.git.answer(*command, given=given)
        if answer.status > 1 and "beyond a symbolic link" not in answer.complaint:
            raise self.git.failure(answer.complaint)
        return {decoded(path).removeprefix("./") for path in answer.out.split(b"\0") if path}

    def dirty(self, folder: str) -> list[str]:
        """Tracked files that differ from the commit at hand, in the index or on disk."""
        status = ("status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames")
        entries = self.git.fields(*status, "--", folder or ".")
        return sorted(_markdown(folder, (entry[3:] for entry in entries)))

    def changed_since(self, folder: str, rev: str, *, commit: str | None) -> set[str]:
        """Files changed between the merge base with `rev` and the commit, or the disk."""
        base = self.merge_base(rev, commit=commit)
        ends = [base] if commit is None else [base, commit]
        diff = ("diff", "--name-only", "-z", "--no-renames", *ends, "--", folder or ".")
        return set(_markdown(folder, self.git.fields(*diff)))

    def merge_base(self, rev: str, *, commit: str | None) -> str:
        """The commit from which `rev` and the other, or the commit at hand, went apart."""
        ours = commit or self.resolve("HEAD")
        answer = self.git.answer("merge-base", self.resolve(rev), ours)
        if answer.status == 0:
            return decoded(answer.out).strip()
        hint = UNSHALLOW if self.shallow() else "Name a revision of the same history."
        raise GitError(f'"{rev}" and {ours[:12]} have no commit in common.', hint=hint)

    def _listing(self, folder: str, commit: str | None) -> dict[str, Listed]:
        entries = self._index(folder) if commit is None else self._tree(folder, commit)
        return {
            inside(folder, entry.raw_path): entry
            for entry in entries
            if is_markdown(entry.raw_path)
        }

    def _index(self, folder: str) -> Iterator[Listed]:
        listing = ("ls-files", "-z", "-t", "--stage", "--", folder or ".")
        for field in self.git.fields(*listing):
            about, _, path = field.partition(b"\t")
            tag, mode, blob, _ = decoded(about).split(" ")
            yield Listed(path, mode, blob, sparse=tag == "S")

    def _tree(self, folder: str, commit: str) -> Iterator[Listed]:
        inside = () if folder in ("", ".") else ("--", f"{folder}/")
        for field in self.git.fields("ls-tree", "-r", "-z", commit, *inside):
            about, _, path = field.partition(b"\t")
            mode, _, blob = decoded(about).split(" ")
            yield Listed(path, mode, blob)

    def _stored(self, entries: Mapping[str, Listed]) -> dict[str, bytes]:
        contents = self.git.blobs(entry.blob for entry in entries.values())
        return {path: data for path, (_, data) in zip(entries, contents, strict=True)}

    def _on_disk(
        self, folder: str, entries: Mapping[str, Listed], *, notes: Iterable[str]
    ) -> Tracked:
        base = self.root / folder
        files, left_out = {}, list(notes)
        sparse = {path: entry for path, entry in entries.items() if entry.sparse}
        linked = _behind_links(base / path for path in entries)
        for path in entries:
            match _read(base / path, linked=linked):
                case bytes() as data:
                    files[path] = data
                case Skipped(reason=reason):
                    left_out.append(f"{path}: {reason}; it was left out.")
                case None:
                    continue
                case unknown:
                    assert_never(unknown)
        missing = {path: entry for path, entry in sparse.items() if path not in files}
        return Tracked(files | self._stored(missing), tuple(left_out))


def is_markdown(path: bytes) -> bool:
    """Whether the name says so, in capitals or not."""
    return path.lower().endswith(b".md")


def inside(folder: str, path: bytes) -> str:
    """A path from the root as one from the folder that it lies in."""
    return decoded(path).removeprefix("" if folder in ("", ".") else f"{folder}/")


def _markdown(folder: str, paths: Iterable[bytes]) -> Iterator[str]:
    return (inside(folder, path) for path in paths if is_markdown(path))


def _unusable(path: str, entry: Listed) -> str:
    if entry.mode == LINK_MODE:
        return "a symbolic link"
    if entry.mode not in FILE_MODES:
        return "not a file"
    return "" if entry.raw_path.endswith(path.encode()) else "its name is not UTF-8"


def _behind_links(paths: Iterable[Path]) -> set[Path]:
    """The folders of these files that a symbolic link leads away from where they seem to be."""
    return {folder for folder in {path.parent for path in paths} if folder.resolve() != folder}


def _read(path: Path, *, linked: set[Path]) -> bytes | Skipped | None:
    """The file's bytes; None where there is no such file."""
    try:
        mode = path.lstat().st_mode
        if path.parent in linked or stat.S_ISLNK(mode):
            return Skipped("reached through a symbolic link")
        return path.read_bytes() if stat.S_ISREG(mode) else Skipped("not a file")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise GitError(f"{path} could not be read: {error.strerror}.") from error
