"""The document of a pull."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from sync.decisions.pull import ProposalAction, PullResult
from sync.model.target_identity import TargetIdentity
from sync.reports.documents.base import JsonDocument, JsonPart

if TYPE_CHECKING:
    from sync.decisions.pull import PullRun


class PulledFileDocument(JsonPart):
    """The result for one model; `path` is relative to the descriptions folder."""

    model: str
    path: str | None
    result: PullResult
    reason: str


class ProposalPart(JsonPart):
    """The pull or merge request of `propose`; number and URL are null if there is none."""

    action: ProposalAction
    noun: str
    number: int | None
    url: str | None


class PullDocument(JsonDocument):
    """A pull; `branch` and `commit` are null if it wrote into the working tree.

    `proposal` is null unless the command was `propose`.
    """

    kind: Literal["pull"] = "pull"
    target: TargetIdentity
    branch: str | None
    commit: str | None
    interrupted: bool
    summary: dict[PullResult, int]
    files: list[PulledFileDocument]
    notes: list[str]
    proposal: ProposalPart | None

    @classmethod
    def from_pull(cls, pull: PullRun) -> Self:
        return cls(
            target=pull.target,
            branch=pull.branch,
            commit=pull.commit,
            interrupted=pull.interrupted,
            summary=pull.summary,
            files=[PulledFileDocument.from_value(file) for file in pull.files],
            notes=[*pull.notes],
            proposal=ProposalPart.from_value(pull.proposal) if pull.proposal else None,
        )
