"""What a pull that was cut off had already done, so that the next one need not do it again."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

LASTS = 24 * 3600  # seconds; what was found out earlier is found out again


class Done(NamedTuple):
    """The file written for a model, and the SHA-256 of its bytes; None where there is no text."""

    path: str | None
    sha256: str | None

    def still_holds(self, data: bytes | None) -> bool:
        """Whether these are the bytes that were written."""
        return self.sha256 == (None if data is None else _sha256(data))


class Journal:
    """A line of JSON for each model of an unfinished pull; a line cut short counts for nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.done: dict[str, Done] = dict(_read(path))
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # The first line of this run is to stand on a line of its own, whatever was cut short.
        self._file = path.open("ab", buffering=0)
        self._file.write(b"\n")

    def note(self, model: str, path: str | None = None, *, data: bytes | None = None) -> None:
        """The model is done, with this file, or without any."""
        sha256 = None if data is None else _sha256(data)
        self._file.write(json.dumps([model, path, sha256]).encode() + b"\n")

    def forget(self) -> None:
        """Nothing is left to be done."""
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        self._file.close()


def _read(path: Path) -> list[tuple[str, Done]]:
    if not path.exists() or time.time() - path.stat().st_mtime > LASTS:
        path.unlink(missing_ok=True)
        return []
    entries = []
    for line in path.read_bytes().splitlines():
        with suppress(ValueError):
            model, name, sha256 = json.loads(line)
            entries.append((model, Done(name, sha256)))
    return entries


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
