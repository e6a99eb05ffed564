"""Write a file completely or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_MODE = 0o666  # less the umask


def write_atomically(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Write the bytes to a new file beside `path`, flush it to the disk, and rename it.

    `mode` are the permission bits of the file, by default those that every new file gets. A
    symbolic link at `path` is replaced, never followed. If the disk is full, or the process is
    killed, the old file stays; the next write removes the leftovers. Raises OSError.
    """
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(new, flags, DEFAULT_MODE if mode is None else mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        if mode is not None:
            new.chmod(mode)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
