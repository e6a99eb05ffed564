"""Note which models a pull has finished, so that the next pull can continue it."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, NamedTuple

from sync.workspace.atomic_write import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from sync.model.target_identity import TargetIdentity


MAX_AGE_SECONDS = 3600.0  # seconds; older entries are ignored, and their models are read again


class PulledModel(NamedTuple):
    """The file written for a model, and the SHA-256 of its bytes; None if there is no text.

    `time` is the time of the entry, in seconds since 1970.
    """

    path: str | None
    sha256: str | None
    time: float

    def matches_file(self, data: bytes | None) -> bool:
        """Return True if these are the bytes that were written."""
        return self.sha256 == (None if data is None else _hash_bytes(data))


class PullJournal:
    """The journal of one project's unfinished pull, as lines of JSON.

    The first line names the project, and each other line a model. Incomplete lines are ignored,
    and the journal of another project is overwritten.
    """

    def __init__(
        self, path: Path, target: TargetIdentity, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._path, self._clock = path, clock
        self._header = _render_line(target.base_url, target.project_id)
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        is_ours = lines[:1] == [self._header]
        self.finished_models = (
            dict(_parse_entries(lines[1:], since=clock() - MAX_AGE_SECONDS)) if is_ours else {}
        )
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._file = path.open("ab" if is_ours else "wb", buffering=0)
        # The last line may be incomplete; the entries of this run start on a new line.
        self._file.write(b"\n" if is_ours else self._header)

    def note_model(self, model: str, path: str | None = None, *, data: bytes | None = None) -> None:
        """Note that the model is finished, with this file or without a file."""
        sha256 = None if data is None else _hash_bytes(data)
        self._file.write(_render_line(model, path, sha256, self._clock()))

    def forget_models(self, models: Collection[str] = ()) -> None:
        """Close the journal, and remove the entries of these models, or of all if none is named."""
        self.close()  # Windows neither removes nor replaces an open file
        rest = {
            model: done
            for model, done in self.finished_models.items()
            if models and model not in models
        }
        if not rest:
            self._path.unlink(missing_ok=True)
            return
        lines = (_render_line(model, *done) for model, done in rest.items())
        write_atomically(self._path, b"".join([self._header, *lines]), mode=0o600)

    def close(self) -> None:
        self._file.close()


def _render_line(*fields: str | float | None) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def _parse_entries(lines: Iterable[bytes], *, since: float) -> Iterator[tuple[str, PulledModel]]:
    for line in lines:
        try:
            model, path, sha256, noted = json.loads(line)
        except ValueError:
            continue
        if noted >= since:
            yield model, PulledModel(path, sha256, noted)


def _hash_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
