"""The document of the runs recorded for a target."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Literal, Self

from pydantic import AwareDatetime

from sync.model import TargetIdentity
from sync.reports.documents.base import JsonDocument, JsonPart

if TYPE_CHECKING:
    from sync.model import ForeignRuns, RunRecord
    from sync.reports.history import RecordedText, RunHistory


class SnapshotCommits(JsonPart):
    """The two commits of a run on the snapshot ref; `after` is null if the run was cut off."""

    before: str
    after: str | None


class RecordedRun(JsonPart):
    """One run; `replaced`, `written` and `unsure` count texts, `time` is in UTC.

    It is unknown of `unsure` texts whether they were written. If `snapshot.after` is null, nobody
    knows what was written, and `replaced` counts the texts that would have been replaced.
    """

    run: str
    time: AwareDatetime
    command: str
    source_commit: str | None
    replaced: int
    written: int
    unsure: int
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
            unsure=record.unsure,
            snapshot=SnapshotCommits(before=record.before, after=record.after),
        )


class ForeignRunsPart(JsonPart):
    """A count of runs for another project or config file; null where they do not name it."""

    base_url: str | None
    project_id: str | None
    config: str | None
    runs: int

    @classmethod
    def from_foreign_runs(cls, foreign: ForeignRuns) -> Self:
        return cls(
            base_url=foreign.base_url,
            project_id=foreign.project_id,
            config=foreign.config,
            runs=foreign.count,
        )


class RecordedTextPart(JsonPart):
    """A text that a run wrote, and the one that it replaced; null is no description.

    If `known` is false, it is not known what Scenario had after the run.
    """

    model: str
    path: str | None
    before: str | None
    after: str | None
    known: bool

    @classmethod
    def from_recorded_text(cls, text: RecordedText) -> Self:
        return cls(
            model=text.model,
            path=text.path,
            before=text.before,
            after=text.after,
            known=text.is_known,
        )


class HistoryDocument(JsonDocument):
    """The runs that `ref` records, newest first; `foreign_runs` are not among them.

    `texts` is what the only run wrote if one run was asked for, otherwise null.
    """

    kind: Literal["history"] = "history"
    target: TargetIdentity
    ref: str
    runs: list[RecordedRun]
    foreign_runs: list[ForeignRunsPart]
    texts: list[RecordedTextPart] | None

    @classmethod
    def from_history(cls, history: RunHistory) -> Self:
        return cls(
            target=history.target,
            ref=history.ref,
            runs=[RecordedRun.from_record(record) for record in history.runs],
            foreign_runs=[ForeignRunsPart.from_foreign_runs(each) for each in history.foreign_runs],
            texts=None
            if history.texts is None
            else [RecordedTextPart.from_recorded_text(text) for text in history.texts],
        )
