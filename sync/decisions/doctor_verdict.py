"""A verdict of `doctor` on one subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

VerdictLevel: TypeAlias = Literal["ok", "warn", "fail"]
VERDICT_LEVELS: tuple[VerdictLevel, ...] = ("ok", "warn", "fail")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one subject; `advice` says what to do."""

    subject: str
    level: VerdictLevel
    message: str
    advice: str = ""
