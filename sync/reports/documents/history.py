"""The document of the runs recorded for a target."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Literal, Self

from pydantic import AwareDatetime

from sync.model.run_record import RunEnd
from sync.model.target_identity import TargetIdentity
from sync.reports.documents.base import JsonDocument, JsonPart

if TYPE_CHECKING:
    from sync.model.run_record import ForeignRuns, LoggedRun, RunRecord
    from sync.reports.history import RecordedText, RunHistory


class SnapshotCommits(JsonPart):
    """The two commits of a run on the snapshot ref; `after` is null if the run was cut off."""

    before: str
    after: str | None


class RecordedRun(JsonPart):
    """One run; the numbers count texts, `time` is in UTC.

    It is unknown of `unsure` texts whether they were written, and `unwritten` were refused or
    failed. If `snapshot.after` is null, nobody knows what was written, and `replaced` counts the
    texts that would have been replaced. `subject` is the first line of the source commit, null if
    that commit is not here. A rollback `undoes` another run.
    """

    run: str
    time: AwareDatetime
    command: str
    source_commit: str | None
    replaced: int
    written: int
    unsure: int
    unwritten: int
    subject: str | None
    snapshot: SnapshotCommits
    undoes: str | None = None

    @classmethod
    def from_record(cls, record: RunRecord, subject: str | None) -> Self:
        return cls(
            run=record.id,
            time=record.time.astimezone(UTC),
            command=record.command,
            source_commit=record.source_commit,
            replaced=record.replaced,
            written=record.written,
            unsure=record.unsure,
            unwritten=record.unwritten,
            subject=subject,
            snapshot=SnapshotCommits(before=record.before, after=record.after),
            undoes=record.undoes,
        )


class FailedRunPart(JsonPart):
    """A run of this clone that wrote nothing, because it was refused or failed; times are in UTC.

    Runs that ended alike in a row are one: `times` of them, the first at `first_time`.
    """

    time: AwareDatetime
    first_time: AwareDatetime
    times: int
    command: str
    source_commit: str | None
    subject: str | None
    end: RunEnd
    reason: str

    @classmethod
    def from_logged_run(cls, run: LoggedRun, subject: str | None) -> Self:
        return cls(
            time=run.time.astimezone(UTC),
            first_time=run.first_time.astimezone(UTC),
            times=run.times,
            command=run.command,
            source_commit=run.source_commit,
            subject=subject,
            end=run.end,
            reason=run.reason,
        )


class ForeignRunsPart(JsonPart):
    """A count of runs for another project or config file; null where they do not name it.

    `ref` is another ref than the target's, with runs for the same project; null is the target's.
    """

    base_url: str | None
    project_id: str | None
    config: str | None
    runs: int
    ref: str | None

    @classmethod
    def from_foreign_runs(cls, foreign: ForeignRuns) -> Self:
        return cls(
            base_url=foreign.base_url,
            project_id=foreign.project_id,
            config=foreign.config,
            runs=foreign.count,
            ref=foreign.ref,
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

    `failed_runs` are those of this clone that wrote nothing; runs of other machines are not there.

    `texts` is what the only run wrote if one run was asked for, otherwise null.
    """

    kind: Literal["history"] = "history"
    target: TargetIdentity
    ref: str
    runs: list[RecordedRun]
    failed_runs: list[FailedRunPart]
    foreign_runs: list[ForeignRunsPart]
    texts: list[RecordedTextPart] | None

    @classmethod
    def from_history(cls, history: RunHistory) -> Self:
        return cls(
            target=history.target,
            ref=history.ref,
            runs=[
                RecordedRun.from_record(record, history.find_subject(record))
                for record in history.runs
            ],
            failed_runs=[
                FailedRunPart.from_logged_run(run, history.find_subject(run))
                for run in history.failed_runs
            ],
            foreign_runs=[ForeignRunsPart.from_foreign_runs(each) for each in history.foreign_runs],
            texts=None
            if history.texts is None
            else [RecordedTextPart.from_recorded_text(text) for text in history.texts],
        )
