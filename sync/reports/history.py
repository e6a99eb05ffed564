"""The report of the runs recorded for a target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from sync.counts import format_count
from sync.reports.phrases import shorten_commit
from sync.reports.report import Report, Row, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.model import ForeignRuns, RunRecord, TargetIdentity


@dataclass(frozen=True, slots=True)
class RunHistory:
    """The runs of a target that a ref records, newest first.

    `foreign_runs` counts those on the same ref that belong to another project or config file.
    """

    target: TargetIdentity
    ref: str
    runs: Sequence[RunRecord]
    foreign_runs: Sequence[ForeignRuns] = ()


def build_history_report(history: RunHistory) -> Report:
    """Build the report: one row per run."""
    count = format_count(len(history.runs), "run") if history.runs else "no run"
    head = ("Run", "Time", "Command", "Source", "What it did")
    return Report(
        kind="history",
        title=history.target.name,
        subtitle=f"{count} recorded on {history.ref}",
        target=history.target,
        blocks=(Table(head, tuple(map(_make_row, history.runs))),) if history.runs else (),
        notes=tuple(map(_describe_foreign_runs, history.foreign_runs)),
    )


def _describe_foreign_runs(runs: ForeignRuns) -> str:
    count = format_count(runs.count, "more run")
    if runs.base_url is None:
        return f"{count} on this ref: not listed, because they do not name their project"
    project = f", {runs.project_id}" if runs.project_id else ""
    return f"{count} on this ref: not listed, made for {runs.base_url}{project} by {runs.config}"


def _make_row(run: RunRecord) -> Row:
    time = f"{run.time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    source = f"from {shorten_commit(run.source_commit)}" if run.source_commit else "from no commit"
    end = f"{run.written} written" if run.after else "cut off before its end was recorded"
    cells = (time, run.command, source)
    return Row(run.id, "plain", cells, remark=f"{end}, {run.replaced} replaced")
