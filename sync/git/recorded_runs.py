"""Read from the commits of a snapshot ref the recorded runs and their results.

Each function takes the commits of a target, newest first.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sync.git.messages import ABSENT
from sync.git.snapshot_changes import CONFLICT
from sync.git.snapshot_records import PullRecord
from sync.model.known_texts import LastWrite
from sync.model.run_record import RunRecord
from sync.model.text import EMPTY_TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sync.git.messages import SnapshotCommit


def list_runs(recordings: Sequence[SnapshotCommit]) -> list[RunRecord]:
    """List the runs, newest first."""
    ends = {each.run_id: each for each in recordings if each.phase == "after"}
    return [
        make_run_record(each, ends.get(each.run_id))
        for each in recordings
        if each.phase == "before"
    ]


def find_interrupted_runs(recordings: Sequence[SnapshotCommit]) -> list[RunRecord]:
    """Find the runs without a recorded end, newest first.

    A run is left out if a later run wrote one of its models.
    """
    ended = {each.run_id for each in recordings if each.phase == "after"}
    since: set[str] = set()
    found = []
    for each in (each for each in recordings if each.phase == "before"):
        models = {line.model for line in each.lines}
        if each.run_id not in ended and models.isdisjoint(since):
            found.append(make_run_record(each, None))
        since |= models
    return found


def find_last_writes(recordings: Sequence[SnapshotCommit]) -> dict[str, LastWrite]:
    """Return the last write of every model that was ever written, by model.

    An interrupted run counts as a write, with an unknown result.
    """
    ended = {each.run_id for each in recordings if each.phase == "after"}
    replaced = {
        (each.run_id, line.model): line.stored_sha256 or EMPTY_TEXT.sha256
        for each in recordings
        if each.phase == "before" and each.project  # early versions wrote no hash
        for line in each.lines
    }
    last: dict[str, LastWrite] = {}
    for each in recordings:
        is_cut_off = each.phase == "before" and each.run_id not in ended
        for line in each.lines if each.phase == "after" or is_cut_off else ():
            stored = None if is_cut_off else line.stored_sha256
            before = replaced.get((each.run_id, line.model))
            write = LastWrite(line.sent_sha256, stored, each.source_commit, before, each.time)
            last.setdefault(line.model, write)
    return last


def find_write_times(recordings: Sequence[SnapshotCommit]) -> dict[str, datetime]:
    """Return when each model was written last, by a run that recorded its end."""
    times: dict[str, datetime] = {}
    for each in recordings:
        for line in each.lines if each.phase == "after" else ():
            times.setdefault(line.model, each.time)
    return times


def list_pulls(recordings: Sequence[SnapshotCommit]) -> dict[str, list[PullRecord]]:
    """Return the pulls of every model that was ever pulled, newest first, by model.

    The user may have discarded the result of any pull, also of the newest one.
    """
    found: defaultdict[str, list[PullRecord]] = defaultdict(list)
    for each in recordings:
        for line in each.lines if each.phase == "pulled" else ():
            ours, into = (
                (line.sent_sha256, None) if line.status == CONFLICT else (None, line.sent_sha256)
            )
            found[line.model].append(PullRecord(each.commit, line.stored_sha256 or "", ours, into))
    return found


def make_run_record(start: SnapshotCommit, end: SnapshotCommit | None) -> RunRecord:
    """Return the record of a run from the commits of its start and, if it has one, its end."""
    source = start.trailers.get("Source-Commit", ABSENT)
    written = {line.model for line in end.lines if line.stored_sha256} if end else set()
    had_text = [line.model for line in start.lines if line.status != "create"]
    return RunRecord(
        id=start.run_id,
        time=start.time,
        command=unquote(start.trailers.get("Command", "")),
        source_commit=None if source == ABSENT else source,
        replaced=len(written.intersection(had_text)) if end else len(had_text),
        written=len(written),
        before=start.commit,
        after=end.commit if end else None,
        unsure=len(end.lines) - len(written) if end else 0,
        unwritten=len(start.lines) - len(end.lines) if end else 0,
        undoes=start.trailers.get("Undoes"),
    )
