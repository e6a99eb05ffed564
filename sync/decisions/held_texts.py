"""Hold texts that were rolled back, so that apply does not write them again by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.model.changes import Held, is_write

if TYPE_CHECKING:
    from sync.model.changes import Change


def hold_rolled_back_text(change: Change, run: str) -> Change:
    """Return a Held change if this change would write a text that the rollback `run` removed.

    Drift that is left alone stays drift, because a person has to decide more about it.
    """
    if not is_write(change):
        return change
    return Held(
        model=change.model,
        path=change.path,
        before=change.before,
        after=change.after,
        deployed=change.deployed,
        references=change.references,
        unresolved=change.unresolved,
        notes=(f"rolled back by run {run}", *change.notes),
    )
