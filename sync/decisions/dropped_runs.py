"""Report the runs that the snapshot ref lacks, and how to restore them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.counts import format_count, shorten_list
from sync.decisions.doctor_verdict import Verdict

if TYPE_CHECKING:
    from sync.model.run_record import DroppedRuns


def judge_dropped_runs(dropped: DroppedRuns) -> Verdict:
    """Judge runs that the ref lacks: their texts are in no ref, and git may delete them."""
    return Verdict("dropped runs", "warn", *explain_dropped_runs(dropped))


def explain_dropped_runs(dropped: DroppedRuns) -> tuple[str, str]:
    """Return which runs are missing, and what to do."""
    message = (
        f"{dropped.ref} lacks {format_count(len(dropped.ids), 'run')} that this clone recorded "
        f"({shorten_list(dropped.ids)}): a forced fetch or "
        "another program moved the ref. Git may delete the texts that it kept."
    )
    if dropped.commit is None:
        return message, "Its reflog names no commit with them. Look for one with `git fsck`."
    restore = f"`git update-ref {dropped.ref} {dropped.commit}`"
    return message, f"To restore the ref as it was: {restore}"
