"""The exit codes of plans, runs and failures (listed in docs/reference.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.model.plan import Plan
    from sync.model.run import Run
    from sync.operations.sessions import Failure


DONE, FAILED, USAGE, NOT_IN_SYNC, SOME_FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

_FROM_BEST_TO_WORST = (DONE, NOT_IN_SYNC, SOME_FAILED, REFUSED, 75, USAGE, FAILED, INTERRUPTED)


def get_failures_exit_code(failures: Iterable[Failure]) -> int:
    """Return the worst exit code of the targets that failed as a whole; 0 if there is none."""
    return pick_worst_code(failure.error.exit_code for failure in failures)


def pick_worst_code(codes: Iterable[int]) -> int:
    """Return the worst code: the one that a person must see first."""
    return max(codes, key=_FROM_BEST_TO_WORST.index, default=DONE)


def needs_no_action(plan: Plan) -> bool:
    """Return True if every model is in sync, held, protected, retired or unmanaged."""
    quiet_states = {"in_sync", "held", "protected", "retired", "unmanaged"}
    return all(change.state in quiet_states for change in plan.changes)


def get_plan_exit_code(plan: Plan, *, detailed: bool) -> int:
    """Return the exit code of a plan: 4 if an item failed, is invalid or missing, otherwise 0.

    If `detailed` is set (`plan --exit-code`), it is 3 for a plan that is not in sync, and the worst
    code is 5: apply would refuse the plan by a limit that an option lifts.
    """
    if detailed and any(violation.flag for violation in plan.violations):
        return REFUSED
    if any(change.state in {"failed", "invalid", "missing"} for change in plan.changes):
        return SOME_FAILED
    return NOT_IN_SYNC if detailed and not needs_no_action(plan) else DONE


def get_run_exit_code(run: Run) -> int:
    """Return the exit code of a run by its worst outcome.

    An item that was not attempted is worse than one that was refused or failed. A key, a project
    or an address that Scenario refuses is a matter of the configuration. Snapshots that could not
    be shared are a failure even if everything was written.
    """
    results = run.summary
    from_worst = (
        (run.interrupted, INTERRUPTED),
        (run.key_refused, USAGE),
        ("not_attempted" in results, FAILED),
        ("refused" in results, REFUSED),
        (run.sharing.shared is False, FAILED),
        ("failed" in results or "altered" in results, SOME_FAILED),
    )
    return next((code for applies, code in from_worst if applies), DONE)
