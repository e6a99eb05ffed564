"""Count the writes of a plan, and format the question before they begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from sync.model.changes import Create
from sync.reports.formats.sanitize import escape_invisible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.model.changes import PlannedWrite
    from sync.model.plan import Plan

Act: TypeAlias = Literal["create", "update", "delete"]


def count_acts(writes: Iterable[PlannedWrite]) -> dict[Act, int]:
    """Count the descriptions that writes create, update and delete, in this order."""
    acts: dict[Act, int] = {"create": 0, "update": 0, "delete": 0}
    for change in writes:
        acts[_name_act(change)] += 1
    return acts


def _name_act(change: PlannedWrite) -> Act:
    if change.after is None:
        return "delete"
    return "create" if isinstance(change, Create) else "update"


def format_question(planned: Sequence[tuple[Plan, Sequence[PlannedWrite]]]) -> str:
    """Ask whether to write: each target with its project, and the sum of its acts.

    Each plan comes with the writes that will be made. Acts that do not occur are left
    out: `Apply to production (proj_saltlight): create 2, delete 1?`
    """
    is_rollback = any(plan.source.kind == "snapshot" for plan, _ in planned)
    verb = "Roll back" if is_rollback else "Apply to"
    parts = [f"{_name_target(plan)}: {_list_acts(writes)}" for plan, writes in planned]
    return f"{verb} {'; '.join(parts)}?"


def _name_target(plan: Plan) -> str:
    project = plan.target.project_id
    return escape_invisible(f"{plan.target.name} ({project})" if project else plan.target.name)


def _list_acts(writes: Iterable[PlannedWrite]) -> str:
    return ", ".join(f"{act} {count:,}" for act, count in count_acts(writes).items() if count)
