"""Decide which changes of a saved plan still hold, by comparison with a new plan."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from sync.decisions.limits import find_violations
from sync.model.changes import Delete, Drift, Failed, Invalid, Protected, Retired, Update, is_write

if TYPE_CHECKING:
    from sync.config.settings import LimitsConfig
    from sync.model.changes import Change, PlannedWrite
    from sync.model.plan import Plan, Source


def verify_plan(saved: Plan, derived: Plan, limits: LimitsConfig) -> tuple[Plan, dict[str, str]]:
    """Return the plan to apply, and by model the false claim of each refused change.

    `derived` is a new plan for the same models, from config.yaml, git and the remote texts that
    the saved plan replaces. If a change still holds, the derived change is returned, so that
    nothing in it comes from the saved plan alone. A file with faults makes an Invalid change.
    """
    now = _match_changes(saved, derived)
    counts = Counter(change.model for change in saved.changes)
    false_claims: dict[str, str] = {}
    for change in saved.writes:
        if counts[change.model] > 1:
            false_claims[change.model] = "the plan has more than one change of this model"
        elif claim := _explain_false_claim(change, now.get(change.model), saved.source):
            false_claims[change.model] = claim + _name_missing_options(saved, derived)
    changes = tuple(
        now[change.model] if is_write(change) and change.model not in false_claims else change
        for change in saved.changes
    )
    plan = replace(
        derived,
        created_at=saved.created_at,
        made_by=saved.made_by,
        changes=changes,
        violations=(),
    )
    return replace(plan, violations=find_violations(plan, limits)), false_claims


def _name_missing_options(saved: Plan, derived: Plan) -> str:
    """Name the options in the saved plan that are missing from the command line of apply."""
    missing = [
        option
        for option, was_given in (
            (f"--on-drift {saved.on_drift}", saved.on_drift in {None, derived.on_drift}),
            ("--allow-older", derived.allow_older or not saved.allow_older),
            ("--resume", derived.resume or not saved.resume),
        )
        if not was_given
    ]
    return f"; to allow it, give apply {' and '.join(missing)} too" if missing else ""


def _match_changes(saved: Plan, derived: Plan) -> dict[str, Change]:
    """Return the derived change of each model; a file with faults may not name its model."""
    by_model = {change.model: change for change in derived.changes}
    invalid = {change.path: change for change in derived.changes if isinstance(change, Invalid)}
    for change in saved.writes:
        if change.model not in by_model and change.path in invalid:
            by_model[change.model] = invalid[change.path]
    return by_model


def _explain_no_change(change: PlannedWrite, source: Source) -> str:
    if change.after is None:
        return "no removed file of this model with a text to delete was found in this clone"
    if source.kind == "target":
        return f"the plan says that {source.label} has a text for this model, but it has none"
    if source.kind == "snapshot":
        return (
            f"the plan says that run {source.label} replaced the text of this model, but it did not"
        )
    return "the plan says that a tracked file is for this model, but none is"


def _explain_false_claim(change: PlannedWrite, now: Change | None, source: Source) -> str:
    """Return the claim of a saved change that does not hold now, or "" if all of them hold.

    A file with faults is not a false claim: apply refuses the whole run because of it.
    """
    match now:
        case None:
            return _explain_no_change(change, source)
        case Invalid():
            return ""
        case Protected():
            return "the file is protected now"
        case Failed():
            return "; ".join(now.notes)
        case Retired() if change.after is None:
            return "; ".join(now.notes) or "the target no longer has `prune: true`"
        case _:
            return _explain_false_text(change, now, source) or _explain_false_state(change, now)


def _explain_false_text(change: PlannedWrite, now: Change, source: Source) -> str:
    if (now.after and now.after.sha256) != (change.after and change.after.sha256):
        return f"{_describe_text_owner(source)} is not the one in the plan; make a new plan"
    if now.path != change.path:
        return f"the plan says that its file is {change.path}, but that is {now.path}"
    return ""


def _describe_text_owner(source: Source) -> str:
    match source.kind:
        case "target":
            return f"the text of {source.label}"
        case "snapshot":
            return f"the text that run {source.label} replaced"
        case _:
            return "the text of the file"


def _explain_false_state(change: PlannedWrite, now: Change) -> str:
    """Return the claim about Scenario's text that is wrong; accept a safer state than claimed."""
    if isinstance(change, Drift) and isinstance(now, Update | Delete):
        return ""
    why = f" ({'; '.join(now.notes)})" if now.notes else ""
    if now.state != change.state:
        return f"the plan says `{change.state}`, but it is `{now.state}` now{why}"
    if isinstance(change, Drift) and isinstance(now, Drift):
        if now.cause != change.cause:
            return f"the plan says that its drift is `{change.cause}`, but it is `{now.cause}`{why}"
        if now.policy != change.policy:
            return f"the plan says to {change.policy} drift, but the policy is {now.policy}{why}"
    return ""
