"""May this Plan be applied? The limits, and the way past each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.model import Create, Invalid, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.config import Limits


@dataclass(frozen=True, slots=True)
class Allowed:
    """The limits that this run was told to pass."""

    dirty: bool = False
    mass_change: bool = False
    mass_delete: bool = False


def refusals(plan: Plan, limits: Limits, allowed: Allowed) -> tuple[str, ...]:
    """Every reason why nothing of the plan may be written, each with the way past it.

    A plan that writes nothing needs no leave.
    """
    if not plan.writes:
        return ()
    return (
        *_invalid_files(plan),
        *([] if allowed.dirty else _dirty_folder(plan)),
        *([] if allowed.mass_change else _mass_change(plan, limits)),
        *([] if allowed.mass_delete else _mass_delete(plan, limits)),
    )


def _invalid_files(plan: Plan) -> Iterator[str]:
    count = sum(isinstance(change, Invalid) for change in plan.changes)
    if count and plan.source.kind == "target":
        texts = "1 text" if count == 1 else f"{count} texts"
        yield f"{texts} cannot be copied. Name what has no counterpart, or only the models to copy."
    elif count:
        files = "1 file has" if count == 1 else f"{count} files have"
        yield f"{files} faults. Mend them, or name only the files to apply."


def _dirty_folder(plan: Plan) -> Iterator[str]:
    if plan.source.dirty:
        yield (
            "the folder has changes that are not committed, so that git could not give them back. "
            "Commit them, or pass --allow-dirty."
        )


def _mass_change(plan: Plan, limits: Limits) -> Iterator[str]:
    total = plan.documents
    replaced = sum(not isinstance(change, Create) for change in plan.writes)
    if total >= limits.min_documents and replaced * 100 > limits.max_change_percent * total:
        yield (
            f"{replaced} of {total} descriptions would be replaced, more than the "
            f"{limits.max_change_percent:g} % of limits.max_change_percent. "
            "If that is meant, pass --allow-mass-change."
        )


def _mass_delete(plan: Plan, limits: Limits) -> Iterator[str]:
    deleted = sum(change.after is None for change in plan.writes)
    if deleted > limits.max_deletes:
        texts = "1 description" if deleted == 1 else f"{deleted} descriptions"
        yield (
            f"{texts} would be deleted, more than the {limits.max_deletes} of "
            "limits.max_deletes. If that is meant, pass --allow-mass-delete."
        )
