"""Make this program's folder in git's folder, with the permissions of git's own files."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from sync.workspace.atomic_write import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from sync.git import Repository
    from sync.model.target_identity import TargetIdentity

SHARED_MODES = {
    **dict.fromkeys(("group", "true", "yes", "on", "1"), 0o660),
    **dict.fromkeys(("all", "world", "everybody", "2"), 0o664),
}


def find_file_mode(repository: Repository) -> int:
    """Return the permissions of our files: the same people can write them as git's own files.

    Git does the same with its own files: it follows core.sharedRepository.
    """
    setting = repository.get_setting("core.sharedRepository").strip().lower()
    octal = int(setting, 8) if re.fullmatch("0[0-7]{3}", setting) else 0
    configured = SHARED_MODES.get(setting, octal)
    group_writes = bool(repository.common_dir.stat().st_mode & 0o020)
    return 0o600 | configured & 0o666 | (0o060 if group_writes else 0)


def make_private_folder(folder: Path, mode: int) -> None:
    """Make our folder for files of this mode; in a shared repository they belong to its group."""
    folder.mkdir(mode=0o700, exist_ok=True)
    searchable = mode | (mode & 0o444) >> 2
    wanted = searchable | (0o2000 if mode & 0o020 else 0)
    if folder.stat().st_mode & wanted != wanted:
        with suppress(PermissionError):  # it belongs to a colleague
            folder.chmod(folder.stat().st_mode & 0o7777 | wanted)


def get_private_path(repository: Repository, target: TargetIdentity, kind: str) -> Path:
    """Return the path of a file about one project of one config file; it may not exist yet."""
    return repository.common_dir / "description-sync" / f"{kind}-{target.digest}.json"


def write_private_file(repository: Repository, path: Path, data: bytes) -> None:
    """Write a file that no decision depends on; ignore a failure."""
    with suppress(OSError):
        make_private_folder(path.parent, find_file_mode(repository))
        write_atomically(path, data)
