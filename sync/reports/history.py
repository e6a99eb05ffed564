"""The report of the runs recorded for a target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from sync.counts import format_count
from sync.model import Text
from sync.reports.diff_rows import DiffSides
from sync.reports.phrases import shorten_commit
from sync.reports.report import CodeSpan, Difference, ModelSpan, Report, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.model import ForeignRuns, RunRecord, TargetIdentity


@dataclass(frozen=True, slots=True)
class RecordedText:
    """A text that a run wrote, and the one that it replaced; None is no description.

    If it is not `is_known` what Scenario had after the run, `after` is None, too.
    """

    model: str
    path: str | None
    before: str | None
    after: str | None
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class RunHistory:
    """The runs of a target that a ref records, newest first.

    `foreign_runs` counts those on the same ref that belong to another project or config file.
    `texts` is what the only run wrote, if that was asked for.
    """

    target: TargetIdentity
    ref: str
    runs: Sequence[RunRecord]
    foreign_runs: Sequence[ForeignRuns] = ()
    texts: Sequence[RecordedText] | None = None


def build_history_report(history: RunHistory) -> Report:
    """Build the report: one row per run, or one per text if one run was asked for."""
    is_list = history.texts is None
    return Report(
        kind="history",
        title=history.target.name,
        subtitle=_describe_runs(history) if is_list else _describe_run(history.runs[0]),
        target=history.target,
        blocks=tuple(
            _make_run_tables(history.runs) if is_list else _make_text_tables(history.texts or ())
        ),
        notes=tuple(map(_describe_foreign_runs, history.foreign_runs)),
        sides=_RUN_SIDES,
    )


def _describe_runs(history: RunHistory) -> str:
    count = format_count(len(history.runs), "run") if history.runs else "no run"
    return f"{count} recorded on {history.ref}"


def _describe_run(run: RunRecord) -> str:
    row = _make_row(run)
    return f"run {run.id}, {', '.join(map(str, row.cells))}: {row.remark}"


def _make_run_tables(runs: Sequence[RunRecord]) -> Iterator[Table]:
    if runs:
        head = ("Run", "Time", "Command", "Source", "What it did")
        yield Table(head, tuple(map(_make_row, runs)))


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


def _describe_foreign_runs(runs: ForeignRuns) -> str:
    count = format_count(runs.count, "more run")
    if runs.base_url is None:
        return f"{count} on this ref: not listed, because they do not name their project"
    project = f", {runs.project_id}" if runs.project_id else ""
    return f"{count} on this ref: not listed, made for {runs.base_url}{project} by {runs.config}"


def _make_row(run: RunRecord) -> Row:
    time = f"{run.time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    source = f"from {shorten_commit(run.source_commit)}" if run.source_commit else "from no commit"
    cells = (time, run.command, source)
    return Row(run.id, "plain", cells, remark=_describe_end(run))


def _describe_end(run: RunRecord) -> str:
    """Say what the run did, and what nobody knows of it."""
    if run.after is None:
        return f"cut off before its end was recorded, at most {run.replaced} replaced"
    unsure = f", {run.unsure} possibly written" if run.unsure else ""
    return f"{run.written} written{unsure}, {run.replaced} replaced"
