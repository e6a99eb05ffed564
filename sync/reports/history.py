"""The report of the runs recorded for a target."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING

from sync.counts import format_count, shorten_commit
from sync.decisions.dropped_runs import explain_dropped_runs
from sync.model.text import Text
from sync.reports.diff_rows import DiffSides
from sync.reports.report import CodeSpan, Difference, ModelSpan, Report, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sync.model.run_record import DroppedRuns, ForeignRuns, LoggedRun, RunRecord
    from sync.model.target_identity import TargetIdentity


@dataclass(frozen=True, slots=True)
class RecordedText:
    """A text that a run wrote, and the one that it replaced; None is no description.

    If `is_known` is False, the text after the run is unknown, and `after` is None.
    """

    model: str
    path: str | None
    before: str | None
    after: str | None
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class RunHistory:
    """The runs of a target that a ref records, newest first, and the runs that this clone logged.

    `foreign_runs` counts runs of another project or config file, and `dropped` names runs that this
    clone logged and the ref lacks. `subjects` has the first lines of the source commits that this
    clone has. `remote` is the git remote that shares the ref, if any; `is_fetched` is True if the
    fetch succeeded. `texts` are the texts of the only run, if one run was requested.
    """

    target: TargetIdentity
    ref: str
    runs: Sequence[RunRecord]
    foreign_runs: Sequence[ForeignRuns] = ()
    logged: Sequence[LoggedRun] = ()
    subjects: Mapping[str, str] = field(default_factory=dict)
    remote: str | None = None
    is_fetched: bool = False
    texts: Sequence[RecordedText] | None = None
    dropped: DroppedRuns | None = None

    @property
    def failed_runs(self) -> list[LoggedRun]:
        """Return the runs of this clone that were refused or failed before their first write.

        A run that started to write has an id, and is recorded on the ref.
        """
        return [run for run in self.logged if run.end != "done" and run.run is None]

    def find_subject(self, run: RunRecord | LoggedRun) -> str | None:
        """Return the first line of the run's source commit, None if this clone lacks the commit."""
        return self.subjects.get(run.source_commit or "")

    def find_reason(self, run: RunRecord) -> str:
        """Return why a recorded run did not write all texts; "" if it did, or if unknown."""
        logged = (each for each in self.logged if each.run == run.id and each.end != "done")
        return next((each.reason for each in logged), "")


def build_history_report(history: RunHistory) -> Report:
    """Build the report: one row per run, or one per text if one run was asked for."""
    is_list = history.texts is None
    return Report(
        kind="history",
        title=history.target.name,
        subtitle=_describe_runs(history) if is_list else _describe_run(history),
        target=history.target,
        blocks=tuple(
            _make_run_tables(history) if is_list else _make_text_tables(history.texts or ())
        ),
        notes=(
            *_describe_dropped_runs(history),
            *map(_describe_foreign_runs, history.foreign_runs),
            *(_describe_coverage(history) if is_list else ()),
        ),
        sides=_RUN_SIDES,
    )


def _describe_runs(history: RunHistory) -> str:
    count = format_count(len(history.runs), "run") if history.runs else "no run"
    failed = sum(each.times for each in history.failed_runs)
    more = f", {format_count(failed, 'run')} that wrote nothing" if failed else ""
    return f"{count} recorded on {history.ref}{more}"


def _describe_run(history: RunHistory) -> str:
    row = _make_row(history.runs[0], history)
    return f"run {history.runs[0].id}, {', '.join(map(str, row.cells))}: {row.remark}"


def _describe_coverage(history: RunHistory) -> Iterator[str]:
    """Return notes on the runs that the list cannot have."""
    if history.remote is None:
        yield "only the runs of this clone are listed: `snapshots.push` is not set"
        return
    if not history.is_fetched:
        yield f"{history.remote} could not be read: newer runs of other machines may be missing"
    yield "runs that wrote nothing are listed only if this clone made them"


def _make_run_tables(history: RunHistory) -> Iterator[Table]:
    rows = [(run.time, _make_row(run, history)) for run in history.runs]
    rows += [(run.time, _make_failed_row(run, history)) for run in history.failed_runs]
    if rows:
        head = ("Run", "Time", "Command", "Source", "What it did")
        ordered = sorted(rows, key=lambda row: row[0], reverse=True)
        yield Table(head, tuple(row for _, row in ordered))


_RUN_SIDES = DiffSides("before the run", "after the run")


def _make_text_tables(texts: Sequence[RecordedText]) -> Iterator[Table]:
    if texts:
        columns = ("Result", "Description", "Model", "")
        yield Table(columns, tuple(map(_make_text_row, texts)), has_details=True)


def _make_text_row(text: RecordedText) -> Row:
    cells = (CodeSpan(text.path or "(no file)"), ModelSpan(text.model))
    if not text.is_known:
        return Row("unknown", "bad", cells, symbol="!", remark="whether it was written is unknown")
    difference = Difference.between(Text(text.before or ""), Text(text.after or ""), _RUN_SIDES)
    match text.before, text.after:
        case (None | "", _):
            return Row("created", "good", cells, symbol="+", difference=difference)
        case (_, None | ""):
            return Row("deleted", "bad", cells, symbol="-", difference=difference)
        case _:
            return Row("updated", "change", cells, symbol="~", difference=difference)


def _describe_dropped_runs(history: RunHistory) -> Iterator[str]:
    if history.dropped:
        yield " ".join(explain_dropped_runs(history.dropped))


def _describe_foreign_runs(runs: ForeignRuns) -> str:
    count = format_count(runs.count, "more run")
    if runs.base_url is None:
        return f"{count} on this ref: not listed, because they do not name their project"
    project = f", {runs.project_id}" if runs.project_id else ""
    place = runs.ref or "this ref"
    return f"{count} on {place}: not listed, made for {runs.base_url}{project} by {runs.config}"


def describe_recorded_end(run: RunRecord) -> str:
    """Describe the result of the run, and the parts that are unknown."""
    if run.after is None:
        return f"cut off before its end was recorded, at most {run.replaced} replaced"
    unsure = f", {run.unsure} possibly written" if run.unsure else ""
    unwritten = f", {run.unwritten} not written" if run.unwritten else ""
    return f"{run.written} written{unsure}, {run.replaced} replaced{unwritten}"


def _make_row(run: RunRecord, history: RunHistory) -> Row:
    notes = tuple(filter(None, (*_describe_commit(run, history), history.find_reason(run))))
    return Row(run.id, "plain", _make_run_cells(run), remark=_describe_deed(run), notes=notes)


def _describe_deed(run: RunRecord) -> str:
    undone = f"undid run {run.undoes}: " if run.undoes else ""
    return undone + describe_recorded_end(run)


def _make_failed_row(run: LoggedRun, history: RunHistory) -> Row:
    remark = run.reason
    if run.times > 1:
        remark = f"{run.times:,} times since {_format_time(run.first_time)}: {remark}"
    notes = tuple(_describe_commit(run, history))
    return Row(run.end, "bad", _make_run_cells(run), remark=remark, notes=notes)


def _describe_commit(run: RunRecord | LoggedRun, history: RunHistory) -> Iterator[str]:
    """Return the first line of the run's source commit, if this clone has it."""
    subject = history.find_subject(run)
    if subject:
        yield f"commit: {subject}"


def _make_run_cells(run: RunRecord | LoggedRun) -> tuple[str, str, str]:
    source = f"from {shorten_commit(run.source_commit)}" if run.source_commit else "from no commit"
    return _format_time(run.time), run.command, source


def _format_time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
