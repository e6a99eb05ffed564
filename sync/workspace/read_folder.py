"""Read the descriptions of a folder from disk."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from sync.errors import SyncError, explain_file_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.descriptions.file_filter import FileFilter


def read_folder(folder: Path, file_filter: FileFilter) -> dict[str, bytes]:
    """Return the bytes of each description by its path, sorted; links are not followed.

    Raises SyncError if one cannot be read.
    """
    paths = sorted(_list_description_paths(str(folder), file_filter))
    return {path: _read_file(f"{folder}/{path}") for path in paths}


def _read_file(path: str) -> bytes:
    with (
        explain_file_error(path, "read", kind=SyncError),
        open(path, "rb", buffering=0) as file,  # noqa: PTH123 - a Path for each file takes longer to make
    ):
        return file.readall()


def _list_description_paths(folder: str, file_filter: FileFilter) -> Iterator[str]:
    """Yield the paths, relative to the folder; a folder that cannot be read has none."""
    bases = [""]
    while bases:
        base = bases.pop()
        with suppress(OSError), os.scandir(f"{folder}/{base}") as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    bases.append(f"{base}{entry.name}/")
                elif file_filter.accepts(path := base + entry.name) and entry.is_file(
                    follow_symlinks=False
                ):
                    yield path
