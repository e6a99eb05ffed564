"""Record the open decisions that `--quiet` has shown, in git's own folder."""

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


class _ShownDecisions(BaseModel):
    """The decisions shown last, as hashes, and the time in seconds since 1970."""

    model_config = ConfigDict(defer_build=True)

    shown_at: float
    decisions: set[str]


def is_reminder_due(
    repository: Repository, target: TargetIdentity, decisions: Collection[str], *, hours: float
) -> bool:
    """Return True if a decision is new, or if the last reminder is more than `hours` old.

    A record that cannot be read, or with a time in the future, is ignored.
    """
    shown = _read(get_private_path(repository, target, "told"))
    if shown is None or not {_hash(each) for each in decisions} <= shown.decisions:
        return True
    return not 0 <= time.time() - shown.shown_at < hours * 3600


def record_shown_decisions(
    repository: Repository, target: TargetIdentity, decisions: Collection[str]
) -> None:
    """Record that the decisions were shown now. If that fails, they will be shown again."""
    path = get_private_path(repository, target, "told")
    shown = _ShownDecisions(shown_at=time.time(), decisions={_hash(each) for each in decisions})
    write_private_file(repository, path, shown.model_dump_json().encode())


def _read(path: Path) -> _ShownDecisions | None:
    try:
        return _ShownDecisions.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _hash(decision: str) -> str:
    return hashlib.sha256(decision.encode()).hexdigest()
