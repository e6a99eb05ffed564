"""A finding: one problem at one place of one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.config.rules import Severity


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A problem and how to fix it; line and column count characters from 1."""

    path: str
    line: int
    column: int
    rule: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A match of a rule in a text, at an offset in characters."""

    start: int
    message: str
