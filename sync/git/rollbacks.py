"""Find in the recorded runs the texts that a rollback removed from Scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.model.text import EMPTY_TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sync.git.messages import SnapshotCommit

ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class RolledBackModel:
    """A model whose last recorded write was the rollback `run`, which began at `time`.

    `hashes` are those of the texts that were rolled back: the text of the file, and the form that
    the server had made of it. The hash of the empty text stands for a deleted description.
    `commits` are the source commits of the rollback and of the runs that it undid.
    """

    run: str
    time: datetime
    hashes: frozenset[str]
    commits: frozenset[str]


def find_rolled_back_models(recordings: Sequence[SnapshotCommit]) -> dict[str, RolledBackModel]:
    """Return the rolled back models; `recordings` are the commits of a ref, newest first.

    An interrupted run counts as if it had written all its texts.
    """
    starts = {each.run_id: each for each in recordings if each.phase == "before"}
    ended = {each.run_id for each in recordings if each.phase == "after"}
    sent: dict[str, RolledBackModel] = {}  # what the last run sent that was no rollback
    found: dict[str, RolledBackModel] = {}
    for each in reversed(recordings):
        if each.phase != "after" and (each.phase != "before" or each.run_id in ended):
            continue
        start = starts.get(each.run_id, each)
        replaced = {line.model: line.stored_sha256 or EMPTY_TEXT.sha256 for line in start.lines}
        for line in each.lines:
            commits = frozenset(filter(None, [each.source_commit]))
            earlier = found.pop(line.model, None) or sent.get(line.model)
            if not _is_rollback(start):
                hashes = frozenset([line.sent_sha256])
                sent[line.model] = RolledBackModel(start.run_id, start.time, hashes, commits)
                continue
            hashes = frozenset([replaced.get(line.model, EMPTY_TEXT.sha256)])
            if earlier:
                hashes, commits = hashes | earlier.hashes, commits | earlier.commits
            hashes -= {line.sent_sha256}  # what this rollback restored
            found[line.model] = RolledBackModel(start.run_id, start.time, hashes, commits)
    return found


def _is_rollback(start: SnapshotCommit) -> bool:
    return start.trailers.get("Command", "").partition(" ")[0] == ROLLBACK
