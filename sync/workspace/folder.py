"""Files written whole or not at all, and never over what the run does not know of."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sync.decisions.pull import ConflictedFile, CreatedFile, MergedFile, UntouchedFile, UpdatedFile

if TYPE_CHECKING:
    from sync.decisions.pull import PullOutcome


from typing import TYPE_CHECKING

from sync.errors import SyncError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync.descriptions.file_filter import FileFilter


_APPEARED = "a file that git does not track is in the way: move it, or commit it"
_CHANGED = "the file was changed meanwhile"
_LINKED = "it would be reached through a symbolic link"


@dataclass(frozen=True, slots=True)
class DescriptionFolder:
    """The folder of descriptions of a working tree; `root` is the tree's, `name` relative to it."""

    root: Path
    name: str

    @property
    def path(self) -> Path:
        return self.root / self.name

    def list_entries(self) -> list[str]:
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


def write_outcome(
    folder: DescriptionFolder, file: PullOutcome, *, replacing: bytes | None = None
) -> PullOutcome:
    """Write what was decided of the file, if anything; what came of it."""
    if (
        not isinstance(file, CreatedFile | UpdatedFile | MergedFile | ConflictedFile)
        or file.path is None
    ):
        return file
    reason = folder.write(file.path, file.data, replacing=replacing)
    if not reason:
        return file
    return UntouchedFile(result="refused", model=file.model, path=file.path, reason=reason)


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


def read_folder(folder: Path, rules: FileFilter) -> dict[str, bytes]:
    """The bytes of each description by its path in the folder, sorted; links are not followed.

    Raises SyncError where one can't be read.
    """
    return {path: _read(folder / path) for path in sorted(_paths(folder, rules))}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SyncError(f"{path} cannot be read: {error.strerror}") from error


def _paths(folder: Path, rules: FileFilter) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        base = Path(parent).relative_to(folder)
        for name in names:
            path = (base / name).as_posix()
            if rules.accepts(path) and _is_plain_file(folder / path):
                yield path


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def select_named_files(
    names: tuple[str, ...], files: Mapping[str, bytes], folder: Path
) -> set[str]:
    """The files that PATHs mean: all where there is none.

    A PATH is seen from the working directory, else from the folder. One that is no description
    means nothing, since a hook is given whatever changed. Raises UsageError where it isn't there.
    """
    if not names:
        return set(files)
    return {path for name in names for path in _named(_seen(name, folder), files)}


def _seen(name: str, folder: Path) -> str:
    """The path of an existing PATH, as seen from the folder."""
    for base in (Path.cwd(), folder):
        if os.path.lexists(base / name):
            return Path(os.path.relpath(base / name, folder)).as_posix()
    raise UsageError(f"{name} does not exist", hint="Check the spelling.")


def _named(path: str, files: Mapping[str, bytes]) -> set[str]:
    if path in files:
        return {path}
    if set(path.split("/")) <= {".", ".."}:
        return set(files)
    return {each for each in files if each.startswith(f"{path}/")}
