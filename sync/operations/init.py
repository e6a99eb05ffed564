"""Write the first files of a repository."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sync.errors import SyncError, UsageError, explain_file_error
from sync.workspace.atomic_write import write_atomically
from sync.workspace.find_config import CONFIG_NAME, OTHER_CONFIG_NAME, is_foreign_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.config.starter import StarterFile


@dataclass(frozen=True, slots=True)
class StarterResult:
    """The result for one starter file; `lacks` are the lines that an existing file should have."""

    path: str
    was_there: bool = False
    lacks: Sequence[str] = ()

    @property
    def line(self) -> str:
        if not self.was_there:
            return f"created  {self.path}"
        lacking = " and ".join(f"`{line}`" for line in self.lacks)
        return f"kept     {self.path}{': add to it ' if lacking else ''}{lacking}"


def choose_config(folder: Path, named: Path | None) -> Path:
    """Return the path of the config file to start with, or to keep.

    It is description-sync.yaml if config.yaml belongs to another program. Raises UsageError if the
    named file is in another folder.
    """
    if named is None:
        usual, other = folder / CONFIG_NAME, folder / OTHER_CONFIG_NAME
        is_taken = usual.is_file() and is_foreign_config(usual)
        return other if is_taken or (other.exists() and not usual.exists()) else usual
    if folder != Path.cwd().resolve() and named.parent.resolve() != folder:
        raise UsageError(f"{named} is not in {folder}", hint="Give either --config FILE or FOLDER.")
    return named.parent.resolve() / named.name


def refuse_links(root: Path, files: Sequence[StarterFile]) -> None:
    """Raise UsageError if a file would be written through a symbolic link: git ignores it there."""
    for file in files:
        for folder in Path(file.path).parents:
            if (root / folder).is_symlink():
                raise UsageError(
                    f"{root / folder} is a symbolic link: git does not track the files behind it",
                    hint="Replace it with a folder, or name another folder with --descriptions.",
                )


def create_starter_file(root: Path, file: StarterFile) -> StarterResult:
    """Create the file unless it exists. Raises SyncError if it cannot be written."""
    path = root / file.path
    with explain_file_error(path, "written", kind=SyncError):
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path):
            return _inspect_existing_file(path, file)
        write_atomically(path, file.content.encode())
    return StarterResult(file.path)


def _inspect_existing_file(path: Path, file: StarterFile) -> StarterResult:
    content = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return StarterResult(file.path, was_there=True, lacks=file.find_missing_lines(content))
