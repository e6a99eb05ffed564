"""A plan: the changes that apply will make, and the limits that they exceed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sync.model.changes import is_write

if TYPE_CHECKING:
    from datetime import datetime

    from sync.model.changes import Change, DriftPolicy, PlannedWrite, State
    from sync.model.target_identity import TargetIdentity

LimitRule = Literal["invalid_files", "dirty_folder", "mass_absence", "mass_change", "mass_delete"]
SourceKind = Literal["worktree", "commit", "target", "snapshot"]


@dataclass(frozen=True, slots=True)
class Source:
    """The origin of the desired texts.

    `commit` is a full commit id, None in a repository without commits; for the kinds `target` and
    `snapshot` it is the commit of the checkout. `label` names the other target or the run.
    """

    kind: SourceKind
    commit: str | None = None
    dirty: bool = False
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A limit that a plan exceeds, so that apply refuses the plan.

    `count` is the number that exceeds the limit: files, replaced or deleted descriptions; `total`
    is the number that a percentage refers to. `limit` is the value in config.yaml: a percentage or
    a number. `flag` is the option of apply that lifts the limit, None if no option does.
    """

    rule: LimitRule
    message: str
    count: int | None = None
    total: int | None = None
    limit: float | None = None
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class SnapshotSharing:
    """The reach of a run's snapshots: this clone only, or a git remote.

    `shared` is True if the remote has all recordings of this clone (verified after the push), False
    if the push failed, and None if no remote is configured or nothing was ever recorded. `failure`
    says why the exchange with `remote` failed; `was_fetched` is False if the fetch failed.
    `is_clone_temporary` is True for a shallow clone and in a CI job.
    """

    shared: bool | None = None
    remote: str | None = None
    failure: str = ""
    was_fetched: bool = True
    is_clone_temporary: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes that apply will make; plain data, so that apply makes no new decision.

    `documents` counts everything that the source has for the target, selected or not: the limits
    are percentages of it. A plan that is `offline` was made from git alone and cannot be applied.
    Apply refuses a plan with `violations`, unless they are lifted by options. `on_drift`,
    `allow_older` and `resume` are the options that it was made with, `made_by` says who made it.
    `sharing` is the place where a run would keep replaced texts; saved plans omit it.
    """

    target: TargetIdentity
    source: Source
    created_at: datetime
    changes: tuple[Change, ...] = field(repr=False)  # asyncio.run makes a repr: cpython#112559
    notes: tuple[str, ...] = ()
    documents: int = 0
    offline: bool = False
    violations: tuple[Violation, ...] = ()
    on_drift: DriftPolicy | None = None
    allow_older: bool = False
    resume: bool = False
    made_by: str = ""
    sharing: SnapshotSharing = field(default_factory=SnapshotSharing)

    @property
    def summary(self) -> dict[State, int]:
        return dict(Counter(change.state for change in self.changes))

    @property
    def writes(self) -> tuple[PlannedWrite, ...]:
        """Return the changes that apply will write, in the order of the plan."""
        return tuple(change for change in self.changes if is_write(change))
