"""Execute a plan: write its changes through the client and report their outcomes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from sync.counts import format_count
from sync.decisions.plan import describe_unresolved
from sync.diff.alterations import describe_alteration
from sync.errors import (
    AbortRunError,
    NotStoredError,
    RefusedTextError,
    RequestError,
    ScenarioError,
    StaleTextError,
    TextGoneError,
)
from sync.model.changes import (
    Change,
    Create,
    Delete,
    Drift,
    Failed,
    Held,
    InSync,
    Invalid,
    Missing,
    PlannedWrite,
    Protected,
    Retired,
    Unmanaged,
    Update,
    is_write,
)
from sync.model.run import Outcome, Result
from sync.model.text import EMPTY_TEXT
from sync.scenario import run_concurrently

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from sync.model.plan import Plan
    from sync.scenario import ReadBack, Scenario, WriteResult


MAX_TRIALS = 3


@dataclass(frozen=True, slots=True)
class ExecuteOptions:
    """Options of one execution, decided before the first write.

    `is_stopped()` returns True if no further write is to start. `refusal_reasons` maps models whose
    change is refused to the reason. If more than `max_absences` models that had a text have none
    just before their write, the answers of Scenario are not trusted, and no further write starts.
    """

    is_stopped: Callable[[], bool]
    abort_on_error: bool = False
    refusal_reasons: Mapping[str, str] = field(default_factory=dict)
    max_absences: int | None = None


def make_unwritten_outcome(change: Change) -> Outcome:
    """Return the outcome of a change that is not written."""
    reason = "; ".join(change.notes)
    result: Result = "unchanged"
    match change:
        case InSync() | Retired() | Unmanaged():
            pass
        case Protected():
            reason = "protected"
        case Held():
            reason = f"held: {reason}"
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


async def execute_plan(
    plan: Plan,
    scenario: Scenario,
    options: ExecuteOptions,
    *,
    on_outcome: Callable[[Outcome], None],
) -> AbortRunError | None:
    """Write the plan's changes, as many at once as the target allows, and report each outcome.

    `on_outcome` is called exactly once per change; changes that need no write come first. If an
    error aborts the run, if any error occurs with `abort_on_error`, or if the run is stopped, the
    writes in progress are finished and the rest is not attempted. Returns the error that aborted
    the run, if one did.
    """
    for change in plan.changes:
        if not is_write(change):
            on_outcome(make_unwritten_outcome(change))
        elif change.model in options.refusal_reasons:
            on_outcome(Outcome(change, "refused", options.refusal_reasons[change.model]))
    run = _PlanExecution(scenario, options, plan)
    queue = deque(change for change in plan.writes if change.model not in options.refusal_reasons)
    async for outcome in run.try_creations(queue):
        on_outcome(outcome)
    limit = scenario.server.concurrency
    async for _, outcome in run_concurrently(
        run.execute_write, run.take_writes(queue), limit=limit
    ):
        on_outcome(outcome)
    for change in queue:
        on_outcome(Outcome(change, "not_attempted", run.stop_reason))
    return run.abort_error


class _PlanExecution:
    """The state of one execution: `stop_reason` is set once no further write may start.

    `absent` counts the models that had a text in the plan, and that now have none by Scenario's
    answer. `doubts_absence` is True while such answers may be wrong: Scenario showed no text at
    all, or none where git or the last run knows one. One creation alone is not doubted, because
    no other text could be lost.
    """

    def __init__(self, scenario: Scenario, options: ExecuteOptions, plan: Plan) -> None:
        self.scenario = scenario
        self.options = options
        self.absent = sum(isinstance(each, Create) and each.had_text for each in plan.writes)
        shown = any(each.before and not each.before.is_empty for each in plan.changes)
        is_one_of_several = sum(isinstance(each, Create) for each in plan.writes) > 1
        self.doubts_absence = is_one_of_several and (self.absent > 0 or not shown)
        self.stop_reason = ""
        self.abort_error: AbortRunError | None = None

    def take_writes(self, queue: deque[PlannedWrite]) -> Iterator[PlannedWrite]:
        """Yield change after change from the queue until the run has to stop."""
        while queue:
            if self.options.is_stopped():
                self.stop_reason = self.stop_reason or "interrupted before its turn"
            if self.stop_reason:
                return
            yield queue.popleft()

    async def try_creations(self, queue: deque[PlannedWrite]) -> AsyncIterator[Outcome]:
        """Write one of several doubtful creations, alone, and yield its outcome.

        If Scenario does not return the text that it accepted, its other empty answers are not
        trusted, and the run stops. A creation that fails for another reason proves nothing: the
        next one is tried. After three, the others are written together, and each is read back
        until one of them is found.
        """
        creations = [change for change in queue if isinstance(change, Create)]
        creations.sort(key=lambda change: not change.had_text)  # git or the ref has those texts
        for change in creations[:MAX_TRIALS]:
            if not self.doubts_absence or next(self.take_writes(deque([change])), None) is None:
                return
            queue.remove(change)
            yield await self.execute_write(change)

    async def execute_write(self, change: PlannedWrite) -> Outcome:
        try:
            outcome = await self.write_text(change)
        except NotStoredError as error:
            if isinstance(change, Create) and self.doubts_absence:
                self.stop_reason = (
                    f"stopped early: Scenario took the text of {change.model}, and does not have "
                    "it. So its answer that other models have no text is not trusted"
                )
            return self.fail_write(change, error)
        except TextGoneError as error:
            self.count_absence()
            return _make_failed_outcome(change, "refused", error)
        except (StaleTextError, RefusedTextError) as error:
            return _make_failed_outcome(change, "refused", error)
        except RequestError as error:
            return self.fail_write(change, error)
        except AbortRunError as error:
            self.stop_reason = f"stopped early: {error.message}"
            self.abort_error = error
            return _make_failed_outcome(change, "failed", error)
        if isinstance(change, Create) and outcome.result in {"applied", "altered"}:
            self.doubts_absence = False
        return outcome

    def fail_write(self, change: PlannedWrite, error: RequestError) -> Outcome:
        if self.options.abort_on_error and not self.stop_reason:
            self.stop_reason = "an earlier one failed, and --on-error is abort"
        return _make_failed_outcome(change, "failed", error)

    def count_absence(self) -> None:
        self.absent += 1
        limit = self.options.max_absences
        if limit is not None and self.absent > limit:
            texts = format_count(self.absent, "model")
            self.stop_reason = (
                f"stopped early: Scenario has no text for {texts} that had one (limits.max_deletes "
                f"is {limit}). If these texts are really gone, make a new plan"
            )

    async def write_text(self, change: PlannedWrite) -> Outcome:
        written = await self.scenario.update(
            change.model,
            change.after.raw if change.after else "",
            replacing=change.before or EMPTY_TEXT,
            read_back=self.choose_read_back(change),
        )
        return _make_written_outcome(change, written)

    def choose_read_back(self, change: PlannedWrite) -> ReadBack:
        if isinstance(change, Create | Update) and change.was_not_kept:
            return "always"
        return "if_denied" if isinstance(change, Create) and self.doubts_absence else "no"


def _make_failed_outcome(change: PlannedWrite, result: Result, error: ScenarioError) -> Outcome:
    message = error.message.removesuffix(".")
    reason = f"{message}. {error.hint}" if error.hint else error.message
    return Outcome(change, result, reason, error.attempts, in_doubt=error.in_doubt)


def _make_written_outcome(change: PlannedWrite, written: WriteResult) -> Outcome:
    """Return the outcome of a finished write, from the text that the server returned.

    The change is `altered` if the canonical forms of the sent and the returned text differ.
    """
    sent, stored = change.after or EMPTY_TEXT, written.text
    result: Result = "applied"
    reason = ""
    if written.was_there:
        result, reason = "unchanged", "Scenario already has this text"
    elif not stored.is_same_as(sent):
        result, reason = "altered", describe_alteration(sent, stored)
    notes = describe_unresolved(written.unresolved)
    return Outcome(change, result, reason, written.attempts, stored, notes=notes)
