"""What every report of a Plan or a Run says, worked out once: rows, a sum, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from sync.diff import Line, difference
from sync.model import (
    EMPTY,
    Change,
    Create,
    Delete,
    Deployed,
    Drift,
    Failed,
    InSync,
    Invalid,
    Missing,
    Outcome,
    Plan,
    Protected,
    Retired,
    Run,
    Source,
    Text,
    Unmanaged,
    Update,
)
from sync.reports.listing import Entry, Listing, Table
from sync.reports.steps import Code, Step, plan_steps, run_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.model import Result
    from sync.reports.listing import Tone

Symbol: TypeAlias = Literal["+", "~", "-", "!", "=", "·"]


@dataclass(frozen=True, slots=True)
class Row:
    """One item: `label` is its state or result, `remark` says why, `lines` what differs.

    That is between `before` and `after`, both empty where a report is not to compare texts.
    """

    change: Change
    symbol: Symbol
    label: str
    remark: str = ""
    notes: tuple[str, ...] = ()
    before: Text = EMPTY
    after: Text = EMPTY
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole report. `quiet` rows are counted in `quiet_label` and shown only when asked for.

    Every string may hold text from outside: each medium makes it inert.
    """

    title: str
    subtitle: str
    rows: tuple[Row, ...]
    quiet: tuple[Row, ...]
    quiet_label: str
    notes: tuple[str, ...]
    sum: str
    steps: tuple[Step, ...]


def plan_sheet(plan: Plan) -> Sheet:
    """What the plan would do: writes first, then what is left alone, then what is wrong."""
    remark = _undoing if plan.source.kind == "snapshot" else _remark
    rows = [_plan_row(change, remark(change)) for change in plan.changes]
    rows.sort(key=lambda row: _ORDER[row.symbol])
    return Sheet(
        title=plan.target.name,
        subtitle=_subtitle(plan),
        rows=tuple(row for row in rows if row.symbol != "="),
        quiet=tuple(row for row in rows if row.symbol == "="),
        quiet_label="in sync",
        notes=plan.notes,
        sum=_plan_sum(plan),
        steps=tuple(plan_steps(plan)),
    )


def status_listing(plan: Plan) -> Listing:
    """The state of each model, those in sync too, and where in git its remote text is."""
    changes = sorted(plan.changes, key=lambda change: (change.path is None, change.path))
    entries = tuple(as_entry(_stated(change, _remark(change))) for change in changes)
    head = ("State", "Description", "Model", "Remote text")
    return Listing(
        kind="status",
        title=plan.target.name,
        subtitle=_subtitle(plan),
        target=plan.target,
        time=plan.created_at,
        blocks=(Table(head, entries),) if entries else (),
        notes=plan.notes,
        sum=_plan_sum(plan),
    )


def as_entry(row: Row) -> Entry:
    """The row without what differs."""
    return Entry(
        label=f"{row.symbol} {row.label}",
        tone=_TONES[row.symbol],
        cells=(Code(row.change.path) if row.change.path else "(no file)", Code(row.change.model)),
        remark=row.remark,
        notes=row.notes,
    )


def run_sheet(run: Run) -> Sheet:
    """What became of each change of the run's plan; of a run that was refused, only why."""
    if run.refusals:
        return _refused_sheet(run)
    rows = [_run_row(outcome) for outcome in run.outcomes]
    written = sum(outcome.result in {"applied", "altered"} for outcome in run.outcomes)
    return Sheet(
        title=run.plan.target.name,
        subtitle=f"{counted(written, 'description')} written {_place(run.plan.source)}",
        rows=tuple(row for row in rows if row.symbol != "="),
        quiet=tuple(row for row in rows if row.symbol == "="),
        quiet_label="unchanged",
        notes=(),
        sum=_run_sum(run),
        steps=tuple(run_steps(run)),
    )


def _refused_sheet(run: Run) -> Sheet:
    return Sheet(
        title=run.plan.target.name,
        subtitle="nothing was written",
        rows=(),
        quiet=(),
        quiet_label="unchanged",
        notes=run.refusals,
        sum=f"{counted(len(run.plan.writes), 'change')} refused.",
        steps=(),
    )


_ORDER: dict[Symbol, int] = {"+": 0, "~": 0, "-": 0, "=": 1, "·": 1, "!": 2}
_TONES: dict[Symbol, Tone] = {
    "+": "good",
    "~": "change",
    "-": "bad",
    "!": "bad",
    "=": "quiet",
    "·": "quiet",
}


# --- rows ----------------------------------------------------------------------------------------


def _plan_row(change: Change, remark: str) -> Row:
    before, after = _compared(change)
    row = _stated(change, remark)
    return replace(row, before=before, after=after, lines=difference(before, after))


def _stated(change: Change, remark: str) -> Row:
    return Row(
        change=change,
        symbol=_symbol(change),
        label=change.state.replace("_", " "),
        remark=remark,
        notes=change.notes[1:] if isinstance(change, Drift) else change.notes,
    )


def _symbol(change: Change) -> Symbol:
    match change:
        case InSync():
            return "="
        case Create():
            return "+"
        case Update() | Drift(policy="overwrite"):
            return "~"
        case Delete():
            return "-"
        case Retired() | Protected() | Unmanaged() | Drift(policy="skip"):
            return "·"
        case Missing() | Invalid() | Failed() | Drift():
            return "!"
        case _:
            assert_never(change)


def _remark(change: Change) -> str:  # noqa: C901, PLR0911 - one case for each state
    match change:
        case InSync(deployed=None) | Create():
            return ""
        case InSync(deployed=deployed) | Update(deployed=deployed):
            return _position(deployed)
        case Delete(deployed=deployed):
            return f"the file was removed; {_position(deployed)}"
        case Drift(notes=notes):
            return "; ".join((*(note.removesuffix(".") for note in notes[:1]), _fate(change)))
        case Retired():
            return "the file was removed, the description stays"
        case Protected():
            return "differs, and is protected: never written"
        case Missing():
            return "there is no such model"
        case Invalid(notes=notes):
            return counted(len(notes), "fault")
        case Failed():
            return "could not be read"
        case Unmanaged():
            return "has a description and no file"
        case _:
            assert_never(change)


def _undoing(change: Change) -> str:
    """As `_remark`, for a plan that puts back what a run replaced."""
    match change:
        case Update():
            return "the remote text is as the run left it"
        case Delete():
            return "had no description before the run"
        case _:
            return _remark(change)


def _position(deployed: Deployed | None) -> str:
    if deployed is None:
        return "git has the remote text"
    behind = counted(deployed.versions_behind, "version")
    late = f", {behind} behind" if deployed.versions_behind else ""
    return f"remote is at {short(deployed.commit)}{late}"


def _fate(change: Drift) -> str:
    match change.policy:
        case "block":
            return "refused"
        case "skip":
            return "skipped"
        case "overwrite":
            return "to be overwritten"


def _compared(change: Change) -> tuple[Text, Text]:
    match change:
        case Create() | Update() | Drift() | Delete():
            return change.before or EMPTY, change.after or EMPTY
        case _:
            return EMPTY, EMPTY


def _run_row(outcome: Outcome) -> Row:
    reason, *more = outcome.reason.split("\n")
    sent, held = _alteration(outcome)
    return Row(
        change=outcome.change,
        symbol=_run_symbol(outcome),
        label=outcome.result.replace("_", " "),
        remark=reason,
        notes=tuple(more),
        before=sent,
        after=held,
        lines=difference(sent, held),
    )


def _run_symbol(outcome: Outcome) -> Symbol:
    match outcome.result:
        case "applied":
            return _symbol(outcome.change)
        case "unchanged":
            return "="
        case "not_attempted":
            return "·"
        case "refused" | "failed" | "altered":
            return "!"


def _alteration(outcome: Outcome) -> tuple[Text, Text]:
    """What was sent and what the server made of it."""
    if outcome.result != "altered" or outcome.held is None:
        return EMPTY, EMPTY
    return outcome.change.after or EMPTY, outcome.held


# --- sums ----------------------------------------------------------------------------------------


def _plan_sum(plan: Plan) -> str:
    writes = len(plan.writes)
    counts = {
        "refused": sum(isinstance(c, Drift) and c.policy == "block" for c in plan.changes),
        "skipped": sum(isinstance(c, Drift) and c.policy == "skip" for c in plan.changes),
        "missing": plan.summary.get("missing", 0),
        "invalid": plan.summary.get("invalid", 0),
        "unreadable": plan.summary.get("failed", 0),
        "protected": plan.summary.get("protected", 0),
        "retired": plan.summary.get("retired", 0),
        "unmanaged": plan.summary.get("unmanaged", 0),
    }
    first = f"{writes} to write" if writes else "Nothing to write"
    return ", ".join((first, *_named_counts(counts))) + "."


def _run_sum(run: Run) -> str:
    summary = run.summary
    counts = {result.replace("_", " "): summary.get(result, 0) for result in _RESULTS}
    total = ", ".join(_named_counts(counts)) or "nothing to do"
    return f"Interrupted: {total}." if run.interrupted else f"{total[0].upper()}{total[1:]}."


_RESULTS: tuple[Result, ...] = (
    "applied",
    "altered",
    "refused",
    "failed",
    "not_attempted",
    "unchanged",
)


def _named_counts(counts: dict[str, int]) -> Iterator[str]:
    return (f"{count} {name}" for name, count in counts.items() if count)


def counted(number: int, noun: str) -> str:
    """The number and its noun, in the plural where it should be."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _subtitle(plan: Plan) -> str:
    count = sum(not isinstance(change, Unmanaged) for change in plan.changes)
    return f"{counted(count, 'description')} {_place(plan.source)}"


def _place(source: Source) -> str:
    at = short(source.commit) if source.commit else "no commit yet"
    match source.kind:
        case "worktree":
            return f"at {at} and changes not committed" if source.dirty else f"at {at}"
        case "commit":
            return f"at {at}"
        case "target":
            return f"from {source.label}, at {at}"
        case "snapshot":
            return f"from before run {source.label}, at {at}"


def short(commit: str) -> str:
    """The commit as people write it."""
    return commit[:7]
