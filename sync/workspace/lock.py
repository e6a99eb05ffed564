"""Allow one run at a time per config file, target and machine, by a lock file in git's folder."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from filelock import AsyncFileLock, FileLock, Timeout

from sync.errors import LockedError, SyncError
from sync.model.target_identity import shorten_file_name
from sync.workspace.private_folder import find_file_mode, make_private_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from filelock import BaseAsyncFileLock

    from sync.git import Repository
    from sync.model.target_identity import TargetIdentity


@asynccontextmanager
async def lock_target(
    repository: Repository,
    target: TargetIdentity,
    *,
    timeout: float,  # noqa: ASYNC109 - LockedError says how long the run waited
    on_wait: Callable[[str], None],
) -> AsyncIterator[None]:
    """Hold the target's lock; wait up to `timeout` seconds for another run to end.

    `on_wait` is called with a sentence before the wait. All worktrees of a repository share the
    lock, and the system releases it when the process dies. There is one lock per config file and
    target. Raises LockedError, and SyncError if no lock is possible, as in a read-only folder.
    """
    path, mode = _get_lock_path(repository, target), find_file_mode(repository)
    lock = AsyncFileLock(path, mode=mode, run_in_executor=False)
    try:
        make_private_folder(path.parent, mode)
        await lock.acquire(timeout=0)
    except Timeout:
        if timeout:
            on_wait(f"Another run is using {target.name}; waiting for it to end.")
        await _wait_for_lock(lock, target.name, timeout=timeout)
    except OSError as error:
        raise _make_lock_error(path, error) from error
    try:
        yield
    finally:
        await lock.release()


def is_locked(repository: Repository, target: TargetIdentity) -> bool:
    """Return True if another run holds the target's lock now; create no lock file.

    Raises SyncError if the folder does not support lock files.
    """
    path = _get_lock_path(repository, target)
    try:
        path.stat()
        with FileLock(path, mode=find_file_mode(repository)).acquire(timeout=0):
            return False
    except FileNotFoundError:
        return False
    except Timeout:
        return True
    except OSError as error:
        raise _make_lock_error(path, error) from error


def _make_lock_error(path: Path, error: OSError) -> SyncError:
    return SyncError(
        f"{path} cannot be locked: {error.strerror}",
        hint="It must be a file that you may write to, in a folder that you may write to. If "
        "several people share this repository, set `git config core.sharedRepository group` and "
        "delete the file.",
    )


async def _wait_for_lock(lock: BaseAsyncFileLock, target: str, *, timeout: float) -> None:  # noqa: ASYNC109
    started = time.monotonic()
    try:
        await lock.acquire(timeout=timeout)
    except Timeout:
        waited = time.monotonic() - started
        raise LockedError(
            f"another run still holds the lock of {target} after {waited:.0f} s",
            hint="Try again later, or wait longer with --lock-timeout SECONDS.",
        ) from None


def _get_lock_path(repository: Repository, target: TargetIdentity) -> Path:
    name = target.snapshot_ref.removeprefix("refs/description-sync/").replace("/", "%2f")
    return repository.common_dir / "description-sync" / f"{shorten_file_name(name, of=name)}.lock"
