"""The document of a doctor's checkup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from sync.decisions.doctor import VERDICT_LEVELS, Verdict, VerdictLevel
from sync.model import TargetIdentity
from sync.reports.documents.base import JsonDocument

if TYPE_CHECKING:
    from sync.decisions.doctor import Checkup


class DoctorDocument(JsonDocument):
    """The checks of one target, in the order in which they were made."""

    kind: Literal["doctor"] = "doctor"
    target: TargetIdentity
    summary: dict[VerdictLevel, int]
    interrupted: bool
    checks: list[Verdict]

    @classmethod
    def from_checkup(cls, checkup: Checkup) -> Self:
        return cls(
            target=checkup.target,
            summary={level: checkup.count(level) for level in VERDICT_LEVELS},
            interrupted=checkup.interrupted,
            checks=[*checkup.verdicts],
        )
