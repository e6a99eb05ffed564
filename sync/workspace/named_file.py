"""Read and write a file named on the command line; raise an error with its path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.errors import SyncError, UsageError, explain_file_error
from sync.workspace.atomic_write import write_atomically
from sync.workspace.find_config import format_path

if TYPE_CHECKING:
    from pathlib import Path


def read_named_file(path: Path, *, hint: str = "") -> bytes:
    """Read the bytes of a file. Raises UsageError, with the hint, if it cannot be read."""
    with explain_file_error(format_path(path), "read", kind=UsageError, hint=hint):
        return path.read_bytes()


def read_named_text(path: Path, *, kind: str, hint: str = "") -> str:
    """Read a text, without its byte order mark. Raises UsageError, which names the `kind`."""
    try:
        return read_named_file(path, hint=hint).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{format_path(path)} is not {kind}: it is not UTF-8", hint="Save it as UTF-8."
        ) from error


def write_named_file(path: Path, data: bytes) -> None:
    """Write a file completely or not at all. Raises SyncError if it cannot be written."""
    with explain_file_error(format_path(path), "written", kind=SyncError):
        write_atomically(path, data)
