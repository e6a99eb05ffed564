"""The document of a doctor's checkup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from sync.decisions.doctor_verdict import VERDICT_LEVELS, Verdict, VerdictLevel
from sync.model.target_identity import TargetIdentity
from sync.reports.documents.base import JsonDocument, JsonPart

if TYPE_CHECKING:
    from sync.decisions.doctor import Checkup
    from sync.decisions.doctor_trials import TrialResult

_LONGEST_QUOTE = 500


class DoctorTrial(JsonPart):
    """A test text and what Scenario made of it; both are quoted up to 500 characters.

    `held` is null if the text was refused. `resolved` tells whether Scenario resolved the tag of
    the text; it is null if the text has no tag, or if no answer told.
    """

    subject: str
    sent: str
    sent_characters: int
    held: str | None
    held_characters: int | None
    refused: str
    resolved: bool | None

    @classmethod
    def from_result(cls, result: TrialResult) -> Self:
        sent, held = result.trial.text, result.stored.raw if result.stored else None
        return cls(
            subject=result.trial.subject,
            sent=sent[:_LONGEST_QUOTE],
            sent_characters=len(sent),
            held=None if held is None else held[:_LONGEST_QUOTE],
            held_characters=None if held is None else len(held),
            refused=result.refused,
            resolved=result.is_resolved,
        )


class DoctorDocument(JsonDocument):
    """The checks of one target, in the order in which they were made."""

    kind: Literal["doctor"] = "doctor"
    target: TargetIdentity
    summary: dict[VerdictLevel, int]
    interrupted: bool
    checks: list[Verdict]
    trials: list[DoctorTrial]

    @classmethod
    def from_checkup(cls, checkup: Checkup) -> Self:
        return cls(
            target=checkup.target,
            summary={level: checkup.count(level) for level in VERDICT_LEVELS},
            interrupted=checkup.interrupted,
            checks=[*checkup.verdicts],
            trials=[*map(DoctorTrial.from_result, checkup.trials)],
        )
