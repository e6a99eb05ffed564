"""The descriptions as they are on disk now, tracked by git or not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sync.errors import SyncError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync.documents import Rules


def read_folder(folder: Path, rules: Rules) -> dict[str, bytes]:
    """The bytes of each description by its path in the folder, sorted; links are not followed.

    Raises SyncError where one can't be read.
    """
    return {path: _read(folder / path) for path in sorted(_paths(folder, rules))}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SyncError(f"{path} cannot be read: {error.strerror}") from error


def _paths(folder: Path, rules: Rules) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        base = Path(parent).relative_to(folder)
        for name in names:
            path = (base / name).as_posix()
            if rules.count(path) and _is_plain_file(folder / path):
                yield path


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def named_files(names: tuple[str, ...], files: Mapping[str, bytes], folder: Path) -> set[str]:
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
