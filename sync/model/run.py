"""One run of apply or rollback."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sync.model.plan import SnapshotSharing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.model.changes import Change
    from sync.model.plan import Plan
    from sync.model.text import Text

Result = Literal["applied", "unchanged", "refused", "failed", "altered", "not_attempted"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one change.

    `remote_text` is the text that the server returned after the write; it is None if nothing was
    written or if the outcome is `in_doubt`. `attempts` counts all requests for it, reads included.
    `notes` say more about the text that Scenario has.
    """

    change: Change
    result: Result
    reason: str = ""
    attempts: int = 0
    remote_text: Text | None = None
    in_doubt: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The commits that a run made on the snapshot ref, before its first write and after its last.

    `run` is the id of the run there. All three are None if the run had nothing to write.
    """

    ref: str
    before: str | None = None
    after: str | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesAfterRollback:
    """The state of the files after a rollback; paths are relative to the descriptions folder.

    `held` files still have the texts that were rolled back, and apply does not write them;
    `commits` brought these texts, as far as the history shows, newest first; `is_revertible` is
    True if reverting them changes only these files, and gives each its restored text. The next
    apply writes the `other` files, which have another text. If a `branch` was asked for, `restored`
    files have the restored texts in its `commit`; `unrestored` maps the others to the reason.
    """

    held: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    is_revertible: bool = False
    other: tuple[str, ...] = ()
    branch: str | None = None
    commit: str | None = None
    restored: tuple[str, ...] = ()
    unrestored: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of apply or rollback, with the outcome of each change, in the order of the plan.

    `refusals` are the reasons why nothing was written, with the options that allow it.
    `key_refused` is True if Scenario refused the key, the project or the address.
    `unkept_models` were not written, because only this clone would have had a copy of their text.
    `files_after` is set for a rollback.
    """

    plan: Plan
    outcomes: Sequence[Outcome] = field(repr=False)  # as in `Plan`
    snapshot: Snapshot
    interrupted: bool = False
    refusals: tuple[str, ...] = ()
    key_refused: bool = False
    sharing: SnapshotSharing = field(default_factory=SnapshotSharing)
    unkept_models: frozenset[str] = frozenset()
    files_after: FilesAfterRollback | None = None

    @property
    def summary(self) -> dict[Result, int]:
        return dict(Counter(outcome.result for outcome in self.outcomes))


def get_plan(subject: Plan | Run) -> Plan:
    """Return the plan itself, or that of the run."""
    return subject.plan if isinstance(subject, Run) else subject
