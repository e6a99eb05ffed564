"""One run at a time per target and machine: a lock in git's own folder."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from sync.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.git import Repository


@contextmanager
def locked(repository: Repository, target: str, *, timeout: float) -> Iterator[None]:
    """Hold the target's lock, waiting `timeout` seconds for another run to end.

    All worktrees of a repository share it, and the system lets go of it when the process dies.
    Raises LockedError.
    """
    folder = repository.common_dir / "description-sync"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = FileLock(folder / f"{target}.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        sys.stderr.write(f"Another run is at work on {target}; waiting for it to end.\n")
        sys.stderr.flush()
        _wait(lock, target, timeout=timeout)
    try:
        yield
    finally:
        lock.release()


def _wait(lock: FileLock, target: str, *, timeout: float) -> None:
    started = time.monotonic()
    try:
        lock.acquire(timeout=timeout)
    except Timeout:
        waited = time.monotonic() - started
        raise LockedError(
            f"another run still holds the lock of {target} after {waited:.0f} s",
            hint="Try again later, or wait longer with --lock-timeout SECONDS.",
        ) from None
