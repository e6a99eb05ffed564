"""The records of runs: on the snapshot ref, or in the log of this clone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

RunEnd = Literal["done", "refused", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class ForeignRuns:
    """The number of runs on a snapshot ref that belong to another project or config file.

    The names are None for runs of early versions, which did not write them down. `ref` is another
    ref than the target's, with runs for the same project; None means the target's own.
    """

    base_url: str | None
    project_id: str | None
    config: str | None
    count: int
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as recorded in the snapshots; `after` is None if it was interrupted.

    `written` counts the texts that were certainly written. `replaced` counts how many of them
    replaced another text, or how many would have been replaced if the run was cut off. `unsure`
    counts the texts that may have been written, and `unwritten` the texts that were planned, but
    not written. A rollback `undoes` another run; None if it is not recorded.
    """

    id: str
    time: datetime
    command: str
    source_commit: str | None
    replaced: int
    written: int
    before: str
    after: str | None
    unsure: int = 0
    unwritten: int = 0
    undoes: str | None = None

    @property
    def may_have_written(self) -> bool:
        return self.after is None or bool(self.written or self.unsure)


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """The end of a run of this clone, and its reason; runs that ended alike in a row are one.

    `run` is its id on the snapshot ref, None if the run made no write. `times` counts the runs
    that ended alike, the first at `first_time`, the last at `time`.
    """

    command: str
    source_commit: str | None
    end: RunEnd
    reason: str
    first_time: datetime
    time: datetime
    run: str | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class DroppedRuns:
    """Runs of this clone that the ref lacks, by their ids: a fetch or another program moved it.

    `commit` is the newest commit that the ref had and lacks, None if its reflog names none that
    still exists.
    """

    ref: str
    ids: tuple[str, ...]
    commit: str | None
