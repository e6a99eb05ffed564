"""The exit code of what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.model import Failed, InSync, Invalid, Plan, Protected, Retired, Run, Unmanaged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.cli.targets import Failure

DONE, FAILED, USAGE, NOT_IN_SYNC, SOME_FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

_FROM_BEST_TO_WORST = (DONE, NOT_IN_SYNC, SOME_FAILED, REFUSED, 75, USAGE, FAILED, INTERRUPTED)


def of_failures(failures: Iterable[Failure]) -> int:
    """The worst of the targets that failed as a whole."""
    return worst(failure.error.exit_code for failure in failures)


def worst(codes: Iterable[int]) -> int:
    """The one that a person should hear of first."""
    return max(codes, key=_FROM_BEST_TO_WORST.index, default=DONE)


def is_settled(plan: Plan) -> bool:
    """Whether nobody needs to hear of the plan: each model is as its owner wants it."""
    settled = InSync | Protected | Retired | Unmanaged
    return all(isinstance(change, settled) for change in plan.changes)


def of_plan(plan: Plan, *, detailed: bool) -> int:
    """`detailed` tells of what is not in sync; what could not be judged counts always."""
    if any(isinstance(change, Failed | Invalid) for change in plan.changes):
        return SOME_FAILED
    return NOT_IN_SYNC if detailed and not is_settled(plan) else DONE


def of_run(run: Run) -> int:
    """The worst that became of any change; what could not even be tried is worse than a failure."""
    results = run.summary
    if run.interrupted:
        return INTERRUPTED
    if results.get("not_attempted"):
        return FAILED
    if results.get("refused"):
        return REFUSED
    if results.get("failed") or results.get("altered"):
        return SOME_FAILED
    return DONE
