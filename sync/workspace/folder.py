"""Read and write the files of the folder of descriptions."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sync.decisions.pull import ConflictedFile, CreatedFile, MergedFile, UntouchedFile, UpdatedFile
from sync.workspace.atomic_write import write_atomically
from sync.workspace.path_arguments import check_path_exists, match_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.decisions.pull import PullOutcome


_UNTRACKED_FILE_REASON = "a file that git does not track is in the way: move it, or commit it"
_CHANGED_FILE_REASON = "the file was changed meanwhile"
_ABSENT_FILE_REASON = (
    "the file is not on disk: it was removed, or a sparse checkout leaves it out "
    "(`git sparse-checkout add FOLDER` brings it)"
)
_SYMLINK_REASON = "it would be reached through a symbolic link"


@dataclass(frozen=True, slots=True)
class DescriptionFolder:
    """The folder of descriptions; `root` is the working tree, and `name` is relative to it."""

    root: Path
    name: str

    @property
    def path(self) -> Path:
        return self.root / self.name

    def list_entries(self) -> list[str]:
        """List the names of the files and subfolders in the folder."""
        return os.listdir(self.path) if self.path.is_dir() else []  # noqa: PTH208 - names only

    def read_file(self, path: str) -> bytes | None:
        """Return the bytes of a plain file; None if it does not exist."""
        file = self.path / path
        try:
            return file.read_bytes() if stat.S_ISREG(file.lstat().st_mode) else None
        except (FileNotFoundError, NotADirectoryError):
            return None

    def find_obstacle(self, path: str, *, old_data: bytes | None) -> str:
        """Return why the file must not be written in place of `old_data`; empty if it can be."""
        file = self.path / path
        if file.parent.resolve() != self.root.resolve() / self.name / Path(path).parent:
            return _SYMLINK_REASON
        if os.path.lexists(file) and file.is_symlink():
            return _SYMLINK_REASON
        if old_data is None and os.path.lexists(file):
            return _UNTRACKED_FILE_REASON
        if self.read_file(path) != old_data:
            return _CHANGED_FILE_REASON if os.path.lexists(file) else _ABSENT_FILE_REASON
        return ""

    def write_file(self, path: str, data: bytes, *, old_data: bytes | None) -> str:
        """Replace or create the file; return the reason if it was not written."""
        if obstacle := self.find_obstacle(path, old_data=old_data):
            return obstacle
        file = self.path / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else None
            write_atomically(file, data, mode=mode)
        except OSError as error:
            return f"it could not be written: {error.strerror}"
        return ""


def write_outcome(
    folder: DescriptionFolder, file: PullOutcome, *, old_data: bytes | None = None
) -> PullOutcome:
    """Write the file if the decision has new content; return the outcome."""
    if (
        not isinstance(file, CreatedFile | UpdatedFile | MergedFile | ConflictedFile)
        or file.path is None
    ):
        return file
    if obstacle := folder.find_obstacle(file.path, old_data=old_data):
        return UntouchedFile(result="refused", model=file.model, path=file.path, reason=obstacle)
    reason = folder.write_file(file.path, file.data, old_data=old_data)
    if not reason:
        return file
    return UntouchedFile(
        result="failed", model=file.model, path=file.path, reason=reason, is_disk_failure=True
    )


def select_named_files(
    names: tuple[str, ...], files: Mapping[str, bytes], folder: Path
) -> set[str]:
    """Return the files that the PATHs name; all files without a PATH.

    A PATH that is not a description is ignored, because a hook passes every changed file. Raises
    UsageError for a PATH that does not exist.
    """
    if not names:
        return set(files)
    return {path for name in names for path in _match_existing(name, files, folder)}


def _match_existing(name: str, files: Mapping[str, bytes], folder: Path) -> set[str]:
    matches = match_path(name, files, folder)
    if not matches:
        check_path_exists(name, folder)
    return matches
