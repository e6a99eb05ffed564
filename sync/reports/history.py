"""Reports of the runs recorded for a target: as a table and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from sync.reports.formats.sanitize import neutralize_json_commands
from sync.reports.listing import Table, TableReport, TableRow
from sync.reports.plan import format_count, shorten_commit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.model import RunRecord, TargetIdentity


@dataclass(frozen=True, slots=True)
class RunHistory:
    """The runs of a target that a ref records, newest first."""

    target: TargetIdentity
    ref: str
    runs: Sequence[RunRecord]


def build_history_report(history: RunHistory) -> TableReport:
    """Build the report: one row per run."""
    count = format_count(len(history.runs), "run") if history.runs else "no run"
    head = ("Run", "Time", "Command", "Source", "What it did")
    return TableReport(
        kind="history",
        title=history.target.name,
        subtitle=f"{count} recorded on {history.ref}",
        target=history.target,
        blocks=(Table(head, tuple(map(_make_row, history.runs))),) if history.runs else (),
    )


def _make_row(run: RunRecord) -> TableRow:
    time = f"{run.time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    source = f"from {shorten_commit(run.source_commit)}" if run.source_commit else "from no commit"
    end = f"{run.written} written" if run.after else "cut off before its end was recorded"
    cells = (time, run.command, source)
    return TableRow(run.id, "plain", cells, remark=f"{end}, {run.replaced} replaced")


def render_history_json(history: RunHistory) -> str:
    """Render one JSON document; times are in UTC, commits of the ref are full ids."""
    document = {
        "version": 1,
        "kind": "history",
        "target": asdict(history.target),
        "ref": history.ref,
        "runs": [
            {
                "run": run.id,
                "time": run.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
                "command": run.command,
                "source_commit": run.source_commit,
                "replaced": run.replaced,
                "written": run.written,
                "snapshot": {"before": run.before, "after": run.after},
            }
            for run in history.runs
        ],
    }
    return neutralize_json_commands(json.dumps(document, indent=2)) + "\n"
