"""One run at a time per target and machine: a lock in git's own folder."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from filelock import AsyncFileLock, FileLock, Timeout

from sync.cli.output import print_info
from sync.errors import LockedError, SyncError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from filelock import BaseAsyncFileLock

    from sync.git import Repository


@asynccontextmanager
async def hold_lock(repository: Repository, target: str, *, timeout: float) -> AsyncIterator[None]:  # noqa: ASYNC109 - the lock's own, with words
    """Hold the target's lock, waiting `timeout` seconds for another run to end.

    All worktrees of a repository share it, and the system lets go of it when the process dies.
    Raises LockedError; SyncError where there can be no lock, as in a read-only folder.
    """
    path = _path(repository, target)
    lock = AsyncFileLock(path, mode=0o600, run_in_executor=False)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        await lock.acquire(timeout=0)
    except Timeout:
        if timeout:
            print_info(f"Another run is at work on {target}; waiting for it to end.")
        await _wait(lock, target, timeout=timeout)
    except OSError as error:
        raise _unfit(path, error) from error
    try:
        yield
    finally:
        await lock.release()


def is_locked(repository: Repository, target: str) -> bool:
    """Whether another run holds the target's lock right now; no lock is made to find out.

    Raises SyncError where nobody could.
    """
    path = _path(repository, target)
    try:
        path.stat()
        with FileLock(path, mode=0o600).acquire(timeout=0):
            return False
    except FileNotFoundError:
        return False
    except Timeout:
        return True
    except OSError as error:
        raise _unfit(path, error) from error


def _unfit(path: Path, error: OSError) -> SyncError:
    return SyncError(
        f"{path} cannot be locked: {error.strerror}",
        hint="It must be a file of yours, in a folder that you may write to; or not be there.",
    )


async def _wait(lock: BaseAsyncFileLock, target: str, *, timeout: float) -> None:  # noqa: ASYNC109
    started = time.monotonic()
    try:
        await lock.acquire(timeout=timeout)
    except Timeout:
        waited = time.monotonic() - started
        raise LockedError(
            f"another run still holds the lock of {target} after {waited:.0f} s",
            hint="Try again later, or wait longer with --lock-timeout SECONDS.",
        ) from None


def _path(repository: Repository, target: str) -> Path:
    return repository.common_dir / "description-sync" / f"{target}.lock"
