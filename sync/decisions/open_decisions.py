"""Name the open decisions after a plan or a run, so that `--quiet` reports each only once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.model.changes import Drift, Failed, Invalid, Missing, is_write
from sync.model.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.model.changes import Change
    from sync.model.run import Run


def has_news(subject: Plan | Run) -> bool:
    """Return True if the report must be shown in any case.

    That is so for a change to make, a text that was or may have been written, a change that was not
    attempted, and a failure of the run as a whole.
    """
    if isinstance(subject, Plan):
        return bool(subject.writes)
    if subject.interrupted or subject.key_refused or subject.sharing.failure:
        return True
    news = {"applied", "altered", "not_attempted"}
    return any(each.result in news or each.in_doubt for each in subject.outcomes)


def find_open_decisions(subject: Plan | Run) -> set[str]:
    """Return a name for each open decision; it changes with the texts and reasons behind it."""
    if isinstance(subject, Plan):
        return {name for change in subject.changes for name in _name_decision(change)}
    found = {f"limit {refusal}" for refusal in subject.refusals}
    for outcome in subject.outcomes:
        found |= set(_name_decision(outcome.change))
        if is_write(outcome.change) and outcome.result in {"refused", "failed"}:
            found.add(f"{outcome.result} {outcome.change.model} {outcome.reason}")
    return found


def _name_decision(change: Change) -> Iterator[str]:
    match change:
        case Drift() if not is_write(change) and change.policy == "block":
            after = change.after.sha256 if change.after else ""
            yield f"drift {change.cause} {change.model} {change.before.sha256} {after}"
        case Missing() | Invalid() | Failed():
            yield f"{change.state} {change.path} {change.model} {'; '.join(change.notes)}"
        case _:
            pass
