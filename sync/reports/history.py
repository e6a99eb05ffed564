"""The runs recorded for a target, as a listing and for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from sync.reports.inert import defused_json
from sync.reports.listing import Entry, Listing, Table
from sync.reports.rows import counted, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.model import RunRecord, TargetIdentity


@dataclass(frozen=True, slots=True)
class History:
    """The runs that a ref records of a target, newest first."""

    target: TargetIdentity
    ref: str
    runs: Sequence[RunRecord]


def history_listing(history: History) -> Listing:
    """A row for each run."""
    count = counted(len(history.runs), "run") if history.runs else "no run"
    head = ("Run", "Time", "Command", "Source", "What it did")
    return Listing(
        kind="history",
        title=history.target.name,
        subtitle=f"{count} recorded on {history.ref}",
        target=history.target,
        blocks=(Table(head, tuple(map(_entry, history.runs))),) if history.runs else (),
    )


def _entry(run: RunRecord) -> Entry:
    time = f"{run.time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    source = f"from {short(run.source_commit)}" if run.source_commit else "from no commit"
    end = f"{run.written} written" if run.after else "cut off before its end was recorded"
    cells = (time, run.command, source)
    return Entry(run.id, "plain", cells, remark=f"{end}, {run.replaced} replaced")


def history_as_json(history: History) -> str:
    """One document; times in UTC, commits of the ref as full ids."""
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
    return defused_json(json.dumps(document, indent=2)) + "\n"
