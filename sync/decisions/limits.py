"""Limits that a plan must respect before it is applied, and the option that lifts each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.model import Create, Invalid, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.config.settings import LimitsConfig


@dataclass(frozen=True, slots=True)
class Overrides:
    """The limits that this run may exceed."""

    dirty: bool = False
    mass_change: bool = False
    mass_delete: bool = False


def violations(plan: Plan, limits: LimitsConfig, overrides: Overrides) -> tuple[str, ...]:
    """Return every reason why the plan must not be applied, and how to proceed.

    A plan without writes violates no limit.
    """
    if not plan.writes:
        return ()
    return (
        *_check_invalid_files(plan),
        *([] if overrides.dirty else _check_dirty_folder(plan)),
        *([] if overrides.mass_change else _check_mass_change(plan, limits)),
        *([] if overrides.mass_delete else _check_mass_delete(plan, limits)),
    )


def _check_invalid_files(plan: Plan) -> Iterator[str]:
    count = sum(isinstance(change, Invalid) for change in plan.changes)
    if count and plan.source.kind == "target":
        texts = "1 text" if count == 1 else f"{count} texts"
        yield f"{texts} cannot be copied. Name what has no counterpart, or only the models to copy."
    elif count:
        files = "1 file has" if count == 1 else f"{count} files have"
        yield f"{files} faults. Mend them, or name only the files to apply."


def _check_dirty_folder(plan: Plan) -> Iterator[str]:
    if plan.source.dirty:
        yield (
            "the folder has changes that are not committed, so that git could not give them back. "
            "Commit them, or pass --allow-dirty."
        )


def _check_mass_change(plan: Plan, limits: LimitsConfig) -> Iterator[str]:
    total = plan.documents
    replaced = sum(not isinstance(change, Create) for change in plan.writes)
    if total >= limits.min_documents and replaced * 100 > limits.max_change_percent * total:
        yield (
            f"{replaced} of {total} descriptions would be replaced, more than the "
            f"{limits.max_change_percent:g} % of limits.max_change_percent. "
            "If that is meant, pass --allow-mass-change."
        )


def _check_mass_delete(plan: Plan, limits: LimitsConfig) -> Iterator[str]:
    deleted = sum(change.after is None for change in plan.writes)
    if deleted > limits.max_deletes:
        texts = "1 description" if deleted == 1 else f"{deleted} descriptions"
        yield (
            f"{texts} would be deleted, more than the {limits.max_deletes} of "
            "limits.max_deletes. If that is meant, pass --allow-mass-delete."
        )
