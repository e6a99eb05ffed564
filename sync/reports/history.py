"""The runs recorded for a target, as text or JSON."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING

from sync.reports.inert import defused, defused_json, visible
from sync.reports.rows import counted, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.model import RunRecord, TargetIdentity


def history_as_text(target: TargetIdentity, ref: str, *, runs: Sequence[RunRecord]) -> str:
    """A line for each run, newest first."""
    if not runs:
        return f"{target.name} · no run recorded on {ref}\n"
    lines = [f"{target.name} · {counted(len(runs), 'run')} recorded on {ref}", ""]
    lines += [f"  {_line(run)}" for run in runs]
    return defused("".join(f"{visible(line)}\n" for line in lines))


def _line(run: RunRecord) -> str:
    time = run.time.astimezone(UTC)
    source = short(run.source_commit) if run.source_commit else "no commit"
    end = f"{run.written} written" if run.after else "cut off before its end was recorded"
    return (
        f"{run.id}  {time:%Y-%m-%d %H:%M} UTC  {run.command:<8}  from {source}  "
        f"{end}, {run.replaced} replaced"
    )


def history_as_json(target: TargetIdentity, ref: str, *, runs: Sequence[RunRecord]) -> str:
    """One document; times in UTC, commits of the ref as full ids."""
    document = {
        "version": 1,
        "kind": "history",
        "target": {
            "name": target.name,
            "base_url": target.base_url,
            "project_id": target.project_id,
        },
        "ref": ref,
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
            for run in runs
        ],
    }
    return defused_json(json.dumps(document, indent=2)) + "\n"
