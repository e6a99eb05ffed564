"""The selection of descriptions that a command works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.model.changes import DriftPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The descriptions that a command works on, and the source of their texts."""

    paths: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    since: str | None = None
    commit: str | None = None
    from_target: str | None = None
    on_drift: DriftPolicy | None = None
    allow_older: bool = False
    resume: bool = False
    unmanaged: bool = False
    skip_untranslatable: bool = False
