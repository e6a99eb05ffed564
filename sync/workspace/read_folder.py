"""Read the descriptions of a folder from disk."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from sync.errors import SyncError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.descriptions.file_filter import FileFilter


def read_folder(folder: Path, file_filter: FileFilter) -> dict[str, bytes]:
    """Return the bytes of each description by its path, sorted; links are not followed.

    Raises SyncError if one cannot be read.
    """
    paths = sorted(_list_description_paths(folder, file_filter))
    return {path: _read_file(f"{folder}/{path}") for path in paths}


def _read_file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a Path for each file takes longer to make
            return file.read()
    except OSError as error:
        raise SyncError(f"{path} cannot be read: {error.strerror}") from error


def _list_description_paths(folder: Path, file_filter: FileFilter) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        base = parent[len(str(folder)) :].replace(os.sep, "/").lstrip("/")
        for name in names:
            path = f"{base}/{name}" if base else name
            if file_filter.accepts(path) and _is_plain_file(f"{folder}/{path}"):
                yield path


def _is_plain_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
