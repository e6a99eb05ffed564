"""Decide that a text which was rolled back is not written again by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.model.changes import Held, is_write

if TYPE_CHECKING:
    from sync.model.changes import Change


def hold_rolled_back_text(change: Change, run: str) -> Change:
    """Return the change held, if it would write the text that the rollback `run` took out.

    Drift that is left alone anyway stays drift: a person has more to decide there.
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
