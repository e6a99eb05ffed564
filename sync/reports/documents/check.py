"""The document of a check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from sync.config.rules import Severity
from sync.reports.check import count_by_severity
from sync.reports.documents.base import JsonDocument, JsonPart

if TYPE_CHECKING:
    from sync.reports.check import CheckResult


class FindingDocument(JsonPart):
    """One finding; `line` and `column` count characters from 1."""

    path: str
    line: int
    column: int
    rule: str
    severity: Severity
    message: str


class FixDocument(JsonPart):
    """One correction of `check --fix`; `line` is that of the file as it was."""

    line: int
    change: str


class FixedFileDocument(JsonPart):
    """The corrections of a file; `reason` says why they were not written, or is empty."""

    path: str
    fixes: list[FixDocument]
    reason: str


class CheckDocument(JsonDocument):
    """The findings of a check, and their number per severity; `fixed` is what `--fix` did."""

    kind: Literal["check"] = "check"
    summary: dict[Severity, int]
    findings: list[FindingDocument]
    fixed: list[FixedFileDocument]

    @classmethod
    def from_result(cls, result: CheckResult) -> Self:
        return cls(
            summary=count_by_severity(result.findings),
            findings=[FindingDocument.from_value(finding) for finding in result.findings],
            fixed=[FixedFileDocument.from_value(file) for file in result.fixes or ()],
        )
