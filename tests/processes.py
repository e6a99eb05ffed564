"""Processes that a test starts: none outlives it, and no wait for one is without an end."""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LIMIT = 200  # seconds for what a busy machine does in a few: below pytest's own limit for a test


@contextlib.contextmanager
def started(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process of the command, which is killed when the context ends, in whatever way."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.kill()
