"""A Plan, change by change, through the client, into Outcomes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from sync.diff import alteration
from sync.errors import MovedError, PointlessError, RequestError, ScenarioError
from sync.model import (
    EMPTY,
    Change,
    Create,
    Delete,
    Drift,
    Failed,
    Held,
    InSync,
    Invalid,
    Missing,
    NoSuchModel,
    Outcome,
    Plan,
    Protected,
    Result,
    Retired,
    Text,
    Unmanaged,
    Unreadable,
    Update,
    Write,
    is_write,
)
from sync.scenario import concurrently

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sync.scenario import Scenario, Written


@dataclass(frozen=True, slots=True)
class Conduct:
    """How to go about it, decided before the first write.

    `must_reread()` tells, just before each write, whether the remote text has to be read again
    because the plan is saved or old; `stopped()` whether to begin nothing more. `withheld` gives
    models whose change is refused, and why.
    """

    must_reread: Callable[[], bool]
    stopped: Callable[[], bool]
    abort_on_error: bool = False
    withheld: Mapping[str, str] = field(default_factory=dict)


def without_writing(change: Change) -> Outcome:
    """What becomes of a change that is not written."""
    reason = "; ".join(change.notes)
    result: Result = "unchanged"
    match change:
        case InSync() | Retired() | Unmanaged():
            pass
        case Protected():
            reason = "protected"
        case Drift(policy="skip"):
            reason = f"skipped: {reason}"
        case Drift() | Invalid():
            result = "refused"
        case Missing():
            result, reason = "failed", "there is no such model"
        case Failed():
            result = "failed"
        case Create() | Update() | Delete():
            result, reason = "not_attempted", ""
        case _:
            assert_never(change)
    return Outcome(change, result, reason)


async def apply_plan(
    plan: Plan, scenario: Scenario, conduct: Conduct, *, done: Callable[[Outcome], None]
) -> None:
    """Write the plan's writes, as many at a time as the target allows, and tell `done` of each.

    `done` hears of every change of the plan exactly once, of those that need no write first. After
    an error that makes going on pointless, after any error where the conduct says so, or once
    stopped, what is under way is finished and the rest is not attempted.
    """
    for change in plan.changes:
        if not is_write(change):
            done(without_writing(change))
        elif change.model in conduct.withheld:
            done(Outcome(change, "refused", conduct.withheld[change.model]))
    run = _Run(scenario, conduct)
    queue = deque(change for change in plan.writes if change.model not in conduct.withheld)
    limit = scenario.server.concurrency
    async for _, outcome in concurrently(run.outcome, run.begun(queue), limit=limit):
        done(outcome)
    for change in queue:
        done(Outcome(change, "not_attempted", run.why_not))


class _Run:
    """The changes still to be written, and why the rest are not, once one says so."""

    def __init__(self, scenario: Scenario, conduct: Conduct) -> None:
        self.scenario = scenario
        self.conduct = conduct
        self.why_not = ""

    def begun(self, queue: deque[Write]) -> Iterator[Write]:
        """Take change after change from the queue, while the run is to go on."""
        while queue:
            if self.conduct.stopped():
                self.why_not = self.why_not or "interrupted before its turn"
            if self.why_not:
                return
            yield queue.popleft()

    async def outcome(self, change: Write) -> Outcome:
        try:
            return await self.written(change)
        except MovedError as error:
            return _undone(change, "refused", error)
        except RequestError as error:
            if self.conduct.abort_on_error:
                self.why_not = "an earlier one failed, and --on-error is abort"
            return _undone(change, "failed", error)
        except PointlessError as error:
            self.why_not = f"stopped early: {error.message}"
            return _undone(change, "failed", error)

    async def written(self, change: Write) -> Outcome:
        before = change.before or EMPTY
        reads = 0
        if self.conduct.must_reread():
            reads, now = 1, await self.remote(change.model)
            if now.same_as(change.after or EMPTY):
                return Outcome(change, "unchanged", "the remote text is this one already", 1, now)
            if not (now.raw == before.raw or (now.is_empty and before.is_empty)):
                raise MovedError("the remote text was changed since the plan was made")
        if change.after is None:
            written = await self.scenario.delete(change.model, replacing=before)
        else:
            written = await self.scenario.update(change.model, change.after.raw, replacing=before)
        return _became(change, written, reads=reads)

    async def remote(self, model: str) -> Text:
        match await self.scenario.retrieve(model):
            case Held(text=text):
                return text
            case NoSuchModel():
                raise RequestError("there is no such model any more")
            case Unreadable(reason=reason):
                raise RequestError(reason)
            case unreachable:
                assert_never(unreachable)


def _undone(change: Write, result: Result, error: ScenarioError) -> Outcome:
    message = error.message.removesuffix(".")
    reason = f"{message}. {error.hint}" if error.hint else error.message
    return Outcome(change, result, reason, error.attempts, in_doubt=error.in_doubt)


def _became(change: Write, written: Written, *, reads: int) -> Outcome:
    """The server decides what a text became; more than its line endings is an alteration."""
    sent, held = change.after or EMPTY, written.text
    attempts = written.attempts + reads
    if held.same_as(sent):
        return Outcome(change, "applied", attempts=attempts, held=held)
    return Outcome(change, "altered", alteration(sent, held), attempts, held)
