"""Remember which open decisions `--quiet` has told, in git's own folder."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from sync.workspace.private_folder import get_private_path, write_private_file

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from sync.git import Repository
    from sync.model.target_identity import TargetIdentity


class _ToldDecisions(BaseModel):
    """The decisions that were told last, as hashes, and the time in seconds since 1970."""

    model_config = ConfigDict(defer_build=True)

    told_at: float
    decisions: set[str]


def is_reminder_due(
    repository: Repository, target: TargetIdentity, decisions: Collection[str], *, hours: float
) -> bool:
    """Return True if a decision is new, or if they were told last more than `hours` ago.

    A memory that cannot be read, or that a clock wrote which was ahead, counts as none.
    """
    told = _read(get_private_path(repository, target, "told"))
    if told is None or not {_hash(each) for each in decisions} <= told.decisions:
        return True
    return not 0 <= time.time() - told.told_at < hours * 3600


def record_told_decisions(
    repository: Repository, target: TargetIdentity, decisions: Collection[str]
) -> None:
    """Record what was told just now. If that fails, it will be told again."""
    path = get_private_path(repository, target, "told")
    told = _ToldDecisions(told_at=time.time(), decisions={_hash(each) for each in decisions})
    write_private_file(repository, path, told.model_dump_json().encode())


def _read(path: Path) -> _ToldDecisions | None:
    try:
        return _ToldDecisions.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _hash(decision: str) -> str:
    return hashlib.sha256(decision.encode()).hexdigest()
