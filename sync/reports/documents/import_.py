"""The document of an import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from sync.decisions.import_ import ImportResult
from sync.reports.documents.base import JsonDocument, JsonPart

if TYPE_CHECKING:
    from sync.decisions.import_ import ImportOutcome, ImportRun


class ImportedFileDocument(JsonPart):
    """The result for one source; `warnings` are what `check` says about the new file."""

    source: str
    result: ImportResult
    model: str | None
    path: str | None
    reason: str
    dropped: list[str]
    warnings: list[str]

    @classmethod
    def from_outcome(cls, outcome: ImportOutcome) -> Self:
        return cls(
            source=outcome.source,
            result=outcome.result,
            model=outcome.model or None,
            path=outcome.path,
            reason=outcome.reason,
            dropped=[*outcome.dropped],
            warnings=[*outcome.warnings],
        )


class ImportDocument(JsonDocument):
    """An import; `target` is the name of the target."""

    kind: Literal["import"] = "import"
    target: str
    dry_run: bool
    summary: dict[ImportResult, int]
    files: list[ImportedFileDocument]

    @classmethod
    def from_import(cls, import_run: ImportRun) -> Self:
        return cls(
            target=import_run.target,
            dry_run=import_run.dry,
            summary=import_run.summary,
            files=[ImportedFileDocument.from_outcome(outcome) for outcome in import_run.outcomes],
        )
