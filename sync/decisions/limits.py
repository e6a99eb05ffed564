"""Limits that a plan must respect before it is applied, and the option that lifts each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.counts import format_count
from sync.model.changes import Create, Invalid
from sync.model.plan import Plan, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.config.settings import LimitsConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """The limits that one run may exceed; each field is named like the option of apply."""

    allow_dirty: bool = False
    allow_mass_change: bool = False
    allow_mass_delete: bool = False
    allow_unshared: bool = False

    @property
    def flags(self) -> set[str]:
        """Return the options that are set, as they are written on the command line."""
        given = {
            "--allow-dirty": self.allow_dirty,
            "--allow-mass-change": self.allow_mass_change,
            "--allow-mass-delete": self.allow_mass_delete,
            "--allow-unshared": self.allow_unshared,
        }
        return {flag for flag, is_set in given.items() if is_set}


def find_violations(plan: Plan, limits: LimitsConfig) -> tuple[Violation, ...]:
    """Return every limit that the plan exceeds. A plan without writes exceeds none."""
    if not plan.writes:
        return ()
    return (
        *_check_invalid_files(plan),
        *_check_dirty_folder(plan),
        *_check_mass_absence(plan, limits),
        *_check_mass_change(plan, limits),
        *_check_mass_delete(plan, limits),
    )


def lift_violations(plan: Plan, overrides: Overrides) -> Plan:
    """Return the plan without the violations that an override lifts."""
    flags = overrides.flags
    return replace(
        plan, violations=tuple(each for each in plan.violations if each.flag not in flags)
    )


def _check_invalid_files(plan: Plan) -> Iterator[Violation]:
    """Find files with faults; a text without a translation for this target is refused alone."""
    count = sum(isinstance(change, Invalid) and change.cause == "faults" for change in plan.changes)
    if not count:
        return
    files = format_count(count, "file has", "files have")
    message = f"{files} faults. Correct them, or name only the files to apply."
    yield Violation(rule="invalid_files", message=message, count=count)


def _check_dirty_folder(plan: Plan) -> Iterator[Violation]:
    if plan.source.dirty:
        yield Violation(
            rule="dirty_folder",
            message="a description or the config file has uncommitted changes, which git could not "
            "restore. Commit them (`git status` lists them), or pass --allow-dirty.",
            flag="--allow-dirty",
        )


def _check_mass_absence(plan: Plan, limits: LimitsConfig) -> Iterator[Violation]:
    """Find many models that lost their text: probably a fault of Scenario, not deletions."""
    absent = sum(isinstance(change, Create) and change.had_text for change in plan.writes)
    if absent > limits.max_deletes:
        yield Violation(
            rule="mass_absence",
            message=f"Scenario has no text for {format_count(absent, 'model')}, although git or "
            f"the last run knows one (limits.max_deletes is {limits.max_deletes}). If these texts "
            "were never applied, or are really gone, pass --allow-mass-change.",
            count=absent,
            limit=limits.max_deletes,
            flag="--allow-mass-change",
        )


def _check_mass_change(plan: Plan, limits: LimitsConfig) -> Iterator[Violation]:
    total = plan.documents
    replaced = sum(not isinstance(change, Create) or change.had_text for change in plan.writes)
    if total >= limits.min_documents and replaced * 100 > limits.max_change_percent * total:
        yield Violation(
            rule="mass_change",
            message=f"{replaced} of {total} descriptions would be replaced, more than the "
            f"{limits.max_change_percent:g} % of limits.max_change_percent. "
            "If this is intended, pass --allow-mass-change.",
            count=replaced,
            total=total,
            limit=limits.max_change_percent,
            flag="--allow-mass-change",
        )


def _check_mass_delete(plan: Plan, limits: LimitsConfig) -> Iterator[Violation]:
    deleted = sum(change.after is None for change in plan.writes)
    if deleted > limits.max_deletes:
        texts = format_count(deleted, "description")
        yield Violation(
            rule="mass_delete",
            message=f"{texts} would be deleted, more than the {limits.max_deletes} of "
            "limits.max_deletes. If this is intended, pass --allow-mass-delete.",
            count=deleted,
            limit=limits.max_deletes,
            flag="--allow-mass-delete",
        )
