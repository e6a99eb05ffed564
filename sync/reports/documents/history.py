"""The document of the runs recorded for a target."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Literal, Self

from pydantic import AwareDatetime

from sync.model import TargetIdentity
from sync.reports.documents.base import JsonDocument, JsonPart

if TYPE_CHECKING:
    from sync.model import RunRecord
    from sync.reports.history import RunHistory


class SnapshotCommits(JsonPart):
    """The two commits of a run on the snapshot ref; `after` is null if the run was cut off."""

    before: str
    after: str | None


class RecordedRun(JsonPart):
    """One run; `replaced` and `written` count texts, `time` is in UTC."""

    run: str
    time: AwareDatetime
    command: str
    source_commit: str | None
    replaced: int
    written: int
    snapshot: SnapshotCommits

    @classmethod
    def from_record(cls, record: RunRecord) -> Self:
        return cls(
            run=record.id,
            time=record.time.astimezone(UTC),
            command=record.command,
            source_commit=record.source_commit,
            replaced=record.replaced,
            written=record.written,
            snapshot=SnapshotCommits(before=record.before, after=record.after),
        )


class HistoryDocument(JsonDocument):
    """The runs that `ref` records, newest first."""

    kind: Literal["history"] = "history"
    target: TargetIdentity
    ref: str
    runs: list[RecordedRun]

    @classmethod
    def from_history(cls, history: RunHistory) -> Self:
        return cls(
            target=history.target,
            ref=history.ref,
            runs=[RecordedRun.from_record(record) for record in history.runs],
        )
