"""Find the runs that this clone recorded, but that the snapshot ref no longer has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.git.process import decode_printable
from sync.git.snapshot_log import read_reflog, read_snapshot_log
from sync.model.run_record import DroppedRuns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.git.snapshots import SnapshotStore


def find_dropped_runs(snapshots: SnapshotStore, ids: Iterable[str]) -> DroppedRuns | None:
    """Return the runs that the ref lacks, of any project; None if it has all.

    Raises GitError if the ref is damaged.
    """
    recorded = {each.run_id for each in read_snapshot_log(snapshots.repository, snapshots.ref)}
    dropped = tuple(each for each in ids if each not in recorded)
    if not dropped:
        return None
    return DroppedRuns(snapshots.ref, dropped, _find_dropped_commit(snapshots))


def _find_dropped_commit(snapshots: SnapshotStore) -> str | None:
    repository, tip = snapshots.repository, snapshots.find_tip()
    former = dict.fromkeys(read_reflog(repository, snapshots.ref))
    known = [each for each in former if repository.find_commit(each)]
    if not known:
        return None
    lacking = ["--not", tip] if tip else []
    listed = repository.git.read_output("rev-list", "--max-count=1", *known, *lacking, "--")
    return decode_printable(listed).strip() or None
