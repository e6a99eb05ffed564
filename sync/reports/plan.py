"""Build the reports of a plan: the changes that apply will make, the state of each model."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from sync.counts import MAX_NAMED, format_age, format_count, shorten_commit
from sync.diff.alterations import is_server_form
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
    Protected,
    Retired,
    Unmanaged,
    Update,
    is_write,
)
from sync.model.text import EMPTY_TEXT
from sync.reports.apply_question import count_acts
from sync.reports.diff_rows import DRIFT_SIDES, HELD_SIDES, OFFLINE_SIDES, UNDO_SIDES, WRITE_SIDES
from sync.reports.next_steps import advise_on_plan, suggest_commands
from sync.reports.plan_source import describe_source
from sync.reports.report import CodeSpan, Difference, ModelSpan, Report, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, timedelta

    from sync.model.known_texts import DeployedCommit
    from sync.model.plan import Plan
    from sync.reports.diff_rows import DiffSides
    from sync.reports.report import Cell, CommandLine, Symbol, Tone


COLUMNS = ("State", "Description", "Model", "")
NOTHING_TO_DO = "in sync, nothing to do"

_SYMBOL_ORDER: dict[Symbol, int] = {"+": 0, "~": 0, "-": 0, "=": 1, "·": 1, "!": 2}
SYMBOL_TONES: dict[Symbol, Tone] = {
    "+": "good",
    "~": "change",
    "-": "bad",
    "!": "bad",
    "=": "quiet",
    "·": "quiet",
}


def build_plan_report(plan: Plan) -> Report:
    """Build the report of a plan: writes first, then items left alone, then problems."""
    changes = sorted(plan.changes, key=lambda change: _SYMBOL_ORDER[pick_symbol(change)])
    rows = tuple(_list_plan_rows([c for c in changes if not is_quiet(c)], plan))
    next_steps = tuple(advise_on_plan(plan))
    return Report(
        kind="plan",
        title=plan.target.name,
        subtitle=_describe_scope(plan),
        target=plan.target,
        time=plan.created_at,
        blocks=(Table(COLUMNS, rows, has_details=True),) if rows else (),
        quiet_rows=tuple(_make_plan_row(c, plan) for c in changes if is_quiet(c)),
        notes=plan.notes,
        summary=summarize_plan(plan),
        alert=_format_deletions(plan),
        nothing_to_do="" if rows or plan.notes or next_steps else _describe_nothing_to_do(plan),
        next_steps=next_steps,
        sides=_choose_sides(plan),
    )


def _choose_sides(plan: Plan) -> DiffSides:
    """Choose the names of the two sides of a difference."""
    if plan.offline:
        return OFFLINE_SIDES
    return UNDO_SIDES if plan.source.kind == "snapshot" else WRITE_SIDES


def is_quiet(change: Change) -> bool:
    """Return True if the model is in sync, and Scenario resolved all references of its text."""
    return isinstance(change, InSync) and not change.unresolved


def build_status_report(plan: Plan) -> Report:
    """Build the report of the state of each model, and where in git its text in Scenario is."""
    changes = sorted(plan.changes, key=lambda change: (change.path is None, change.path))
    rows = tuple(_make_state_row(change, _explain_status(change)) for change in changes)
    return Report(
        kind="status",
        title=plan.target.name,
        subtitle=_describe_scope(plan),
        target=plan.target,
        time=plan.created_at,
        blocks=(Table(("State", "Description", "Model", "Text in Scenario"), rows),)
        if rows
        else (),
        notes=plan.notes,
        summary=summarize_plan(plan),
    )


def describe_origin(plan: Plan, now: datetime) -> str:
    """Describe when a saved plan was made, by whom, and with which options."""
    flags = [f"--on-drift {plan.on_drift}"] if plan.on_drift else []
    flags += ["--allow-older"] if plan.allow_older else []
    flags += ["--resume"] if plan.resume else []
    maker = f" by {plan.made_by}" if plan.made_by else ""
    options = f" with {' and '.join(flags)}" if flags else ""
    return f"The plan says that it was made {_describe_age(now - plan.created_at)}{maker}{options}."


def _describe_age(age: timedelta) -> str:
    return f"{format_age(age)} {'ago' if age.total_seconds() >= 0 else 'from now'}"


# --- rows ----------------------------------------------------------------------------------------


def _list_plan_rows(changes: Sequence[Change], plan: Plan) -> Iterator[Row]:
    """Yield a row per change; many files for one model with the same fault are one row."""
    counts = Counter(change.model for change in changes if _has_only_namesakes(change))
    shown: set[str] = set()
    for change in changes:
        others = counts[change.model] - 1 if _has_only_namesakes(change) else 0
        if others <= MAX_NAMED:
            yield _make_plan_row(change, plan)
        elif change.model not in shown:
            shown.add(change.model)
            cells = (f"{change.path} and {others:,} more", ModelSpan(change.model))
            yield replace(_make_plan_row(change, plan), cells=cells)


def _has_only_namesakes(change: Change) -> bool:
    """Return True for a file whose only fault may be that other files have the same model."""
    return isinstance(change, Invalid) and bool(change.model) and len(change.notes) == 1


def _make_plan_row(change: Change, plan: Plan) -> Row:
    explain = _explain_undo if plan.source.kind == "snapshot" else _explain_change
    return _make_state_row(
        change,
        explain(change),
        difference=_compare_texts(change, _choose_sides(plan)),
        commands=tuple(suggest_commands(change, plan)),
    )


def _make_state_row(
    change: Change,
    remark: str,
    *,
    difference: Difference | None = None,
    commands: tuple[CommandLine, ...] = (),
) -> Row:
    symbol = pick_symbol(change)
    layout = difference.layout if difference else ""
    is_explained = isinstance(change, Held) or (
        isinstance(change, Drift) and change.cause != "unknown"
    )
    return Row(
        label=change.state.replace("_", " "),
        tone=SYMBOL_TONES[symbol],
        cells=make_change_cells(change),
        remark="; ".join(filter(None, (layout, remark))),
        notes=change.notes[1:] if is_explained else change.notes,  # the remark says the first one
        symbol=symbol,
        difference=difference,
        commands=commands,
    )


def make_change_cells(change: Change) -> tuple[Cell, ...]:
    """Make the cells of a change: its file and its model."""
    has_file = change.state not in {"delete", "retired", "unmanaged"}
    file = CodeSpan(change.path, is_file=has_file) if change.path else "(no file)"
    return file, ModelSpan(change.model)


def pick_symbol(change: Change) -> Symbol:
    """Pick the symbol of a change's state."""
    match change:
        case InSync():
            return "="
        case Create():
            return "+"
        case Update() | Drift(policy="overwrite"):
            return "~"
        case Delete():
            return "-"
        case Held() | Retired() | Protected() | Unmanaged() | Drift(policy="skip"):
            return "·"
        case Missing() | Invalid() | Failed() | Drift():
            return "!"
        case _:
            assert_never(change)


def _compare_texts(change: Change, sides: DiffSides) -> Difference | None:
    """Compare the texts before and after apply; for drift, show the edit outside git."""
    match change:
        case Drift() if not is_write(change):
            in_git = change.after or EMPTY_TEXT
            return Difference.between(in_git, change.before, DRIFT_SIDES)
        case Create() | Update() | Drift() | Held() | Delete():
            before, after = change.before or EMPTY_TEXT, change.after or EMPTY_TEXT
            names = HELD_SIDES if isinstance(change, Held) else sides
            return Difference.between(before, after, names)
        case _:
            return None


# --- remarks -------------------------------------------------------------------------------------


_SAFE = "safe to replace: "


def _explain_change(change: Change) -> str:  # noqa: C901, PLR0911 - one case per state
    match change:
        case InSync(deployed=None) | Create():
            return ""
        case InSync(deployed=deployed) | Update(deployed=deployed):
            return _describe_position(deployed)
        case Delete(deployed=deployed):
            return f"no file names it any more; {_describe_position(deployed).removeprefix(_SAFE)}"
        case Drift():
            mark = ";" if change.cause in {"behind", "elsewhere"} else ":"
            return f"{_describe_drift_cause(change)}{mark} {_describe_drift_policy(change)}"
        case Held(notes=notes):
            return f"{notes[0]}: will be left alone" if notes else "held"
        case Retired():
            return "no file that was read describes this model: its text stays in Scenario"
        case Protected():
            return "differs from the file and is protected: will be left alone"
        case Missing():
            return "Scenario has no such model"
        case Invalid(notes=notes):
            return format_count(len(notes), "error")
        case Failed():
            return "could not be read: will be left alone"
        case Unmanaged():
            return "has a description in Scenario and no file"
        case _:
            assert_never(change)


def _explain_status(change: Change) -> str:
    """Explain a change like `_explain_change`, in fewer words if its commit is known."""
    match change:
        case InSync() | Update() if change.deployed:
            return f"at {_format_deployed(change.deployed)}"
        case _:
            return _explain_change(change)


def _explain_undo(change: Change) -> str:
    """Explain a change like `_explain_change`, for a plan that undoes a run."""
    match change:
        case Update():
            return "Scenario has the text that the run wrote"
        case Delete():
            return "had no description before the run"
        case Drift(notes=(reason, *_)):
            return f"{reason}: {_describe_drift_policy(change)}"
        case _:
            return _explain_change(change)


def _describe_position(deployed: DeployedCommit | None) -> str:
    if deployed is None:
        return f"{_SAFE}git has this text"
    return f"Scenario has the text of {_format_deployed(deployed)}"


def _format_deployed(deployed: DeployedCommit) -> str:
    behind = format_count(deployed.versions_behind, "version")
    late = f" ({behind} behind)" if deployed.versions_behind else ""
    return f"{shorten_commit(deployed.commit)}{late}"


def _describe_drift_cause(change: Drift) -> str:
    match change.cause:
        case "edited":
            return next(filter(is_server_form, change.notes), "changed outside git")
        case "behind" | "elsewhere" | "changed":
            return change.notes[0] if change.notes else "git has this text elsewhere"
        case "unknown":
            return "nobody can tell if git has it"
        case _:
            assert_never(change.cause)


def _describe_drift_policy(change: Drift) -> str:
    match change.policy:
        case "block":
            return "will be left alone"
        case "skip":
            return "will be skipped"
        case "overwrite":
            return "will be overwritten"
        case _:
            assert_never(change.policy)


# --- summaries -----------------------------------------------------------------------------------


def summarize_plan(plan: Plan) -> str:
    """Summarize a plan: writes, then items left alone, then items in sync."""
    drifts = [change for change in plan.changes if isinstance(change, Drift)]
    summary = plan.summary
    others = {
        "drifted (left alone)": _count(change.policy == "block" for change in drifts),
        "drifted (skipped)": _count(change.policy == "skip" for change in drifts),
        "held after a rollback": summary.get("held", 0),
        "missing": summary.get("missing", 0),
        "invalid": summary.get("invalid", 0),
        "unreadable": summary.get("failed", 0),
        "protected": summary.get("protected", 0),
        "retired": summary.get("retired", 0),
        "unmanaged": summary.get("unmanaged", 0),
        "in sync": summary.get("in_sync", 0),
    }
    acts = count_acts(plan.writes)
    first = ", ".join(f"{count:,} to {act}" for act, count in acts.items())
    rest = (f"{count:,} {label}" for label, count in others.items() if count)
    return "".join(f"{sentence}. " for sentence in (first, *rest)).rstrip()


def _format_deletions(plan: Plan) -> str:
    """Return the part of the summary that counts deletions; empty if there are none."""
    deletions = count_acts(plan.writes)["delete"]
    return f"{deletions:,} to delete" if deletions else ""


def _count(values: Iterable[bool]) -> int:
    return sum(values)


def _describe_nothing_to_do(plan: Plan) -> str:
    return NOTHING_TO_DO if plan.changes else "nothing to do"


def _describe_scope(plan: Plan) -> str:
    count = _count(not isinstance(change, Retired | Unmanaged) for change in plan.changes)
    return f"{format_count(count, 'description')} {describe_source(plan.source)}"
