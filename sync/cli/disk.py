"""Files written whole or not at all, and never over what the run does not know of."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sync.adopt import Conflict, LeftAlone, Merged, NewFile, Updated

if TYPE_CHECKING:
    from sync.adopt import Adopted

_APPEARED = "a file that git does not track is in the way: move it, or commit it"
_CHANGED = "the file was changed meanwhile"
_LINKED = "it would be reached through a symbolic link"


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of descriptions of a working tree; `root` is the tree's, `name` relative to it."""

    root: Path
    name: str

    @property
    def path(self) -> Path:
        return self.root / self.name

    def entries(self) -> list[str]:
        """What is there, subfolders and all, in the folder itself."""
        return os.listdir(self.path) if self.path.is_dir() else []  # noqa: PTH208 - names only

    def read(self, path: str) -> bytes | None:
        """The bytes of a plain file; None where there is none."""
        file = self.path / path
        try:
            return file.read_bytes() if stat.S_ISREG(file.lstat().st_mode) else None
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, path: str, data: bytes, *, replacing: bytes | None) -> str:
        """Put the bytes there in place of others, or of none; the reason why not, if so."""
        file = self.path / path
        if file.parent.resolve() != self.root.resolve() / self.name / Path(path).parent:
            return _LINKED
        if os.path.lexists(file) and file.is_symlink():
            return _LINKED
        if replacing is None and os.path.lexists(file):
            return _APPEARED
        if self.read(path) != replacing:
            return _CHANGED
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            _replace(file, data)
        except OSError as error:
            return f"it could not be written: {error.strerror}"
        return ""


def put(folder: Folder, file: Adopted, *, replacing: bytes | None = None) -> Adopted:
    """Write what was decided of the file, if anything; what came of it."""
    if not isinstance(file, NewFile | Updated | Merged | Conflict) or file.path is None:
        return file
    reason = folder.write(file.path, file.data, replacing=replacing)
    if not reason:
        return file
    return LeftAlone(result="refused", model=file.model, path=file.path, reason=reason)


def _replace(file: Path, data: bytes) -> None:
    # What a killed run left under this name goes when the next one writes the same file.
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    try:
        with new.open("xb") as opened:
            opened.write(data)
        if file.exists():
            new.chmod(stat.S_IMODE(file.stat().st_mode))
        new.replace(file)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
