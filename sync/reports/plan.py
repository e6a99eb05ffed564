"""Reports of a Plan or a Run before they are written: rows, a summary and next steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from sync.diff.lines_and_words import classify_difference, diff_lines
from sync.model import (
    EMPTY_TEXT,
    Change,
    Create,
    Delete,
    DeployedCommit,
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
    is_write,
)
from sync.reports.diff_rows import (
    ALTERED_SIDES,
    DRIFT_SIDES,
    OFFLINE_SIDES,
    WRITE_SIDES,
    DiffSides,
    describe_layout,
)
from sync.reports.listing import Table, TableReport, TableRow
from sync.reports.next_steps import Advice, CodeSpan, advise_on_plan, advise_on_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.diff.values import DiffLine
    from sync.model import Result
    from sync.reports.listing import Tone


Symbol: TypeAlias = Literal["+", "~", "-", "!", "=", "·"]


@dataclass(frozen=True, slots=True)
class Row:
    """One item: `label` is its state or result, `remark` the reason, `lines` the difference.

    The difference is between `before` and `after`, which `sides` names; both texts are empty if
    nothing is compared. `layout` says that only line breaks or blanks differ, otherwise it is "".
    """

    change: Change
    symbol: Symbol
    label: str
    remark: str = ""
    notes: tuple[str, ...] = ()
    before: Text = EMPTY_TEXT
    after: Text = EMPTY_TEXT
    lines: tuple[DiffLine, ...] = ()
    sides: DiffSides = WRITE_SIDES
    layout: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A complete report; `quiet_rows` are counted under `quiet_label`, and shown on request.

    `sides` names the two sides of a difference, unless a row names others.

    Every string may contain text from outside: each output format escapes it.
    """

    title: str
    subtitle: str
    rows: tuple[Row, ...]
    quiet_rows: tuple[Row, ...]
    quiet_label: str
    notes: tuple[str, ...]
    summary: str
    next_steps: tuple[Advice, ...]
    sides: DiffSides

    @property
    def legend(self) -> str:
        """Return the legend of the differences; return "" if no row has one with these sides."""
        has_difference = any(row.lines and row.sides == self.sides for row in self.rows)
        return self.sides.legend if has_difference else ""


def build_plan_report(plan: Plan) -> Report:
    """Build the report of a plan: writes first, then items left alone, then problems."""
    remark = _explain_undo if plan.source.kind == "snapshot" else _explain_change
    sides = OFFLINE_SIDES if plan.offline else WRITE_SIDES
    rows = [_make_plan_row(change, remark(change), sides) for change in plan.changes]
    rows.sort(key=lambda row: _SYMBOL_ORDER[row.symbol])
    return Report(
        title=plan.target.name,
        subtitle=_make_subtitle(plan),
        rows=tuple(row for row in rows if row.symbol != "="),
        quiet_rows=tuple(row for row in rows if row.symbol == "="),
        quiet_label="in sync",
        notes=plan.notes,
        summary=_summarize_plan(plan),
        next_steps=tuple(advise_on_plan(plan)),
        sides=sides,
    )


def build_status_report(plan: Plan) -> TableReport:
    """Build the report of the state of each model, and where in git its text in Scenario is."""
    changes = sorted(plan.changes, key=lambda change: (change.path is None, change.path))
    entries = tuple(
        make_table_row(_make_state_row(change, _explain_change(change))) for change in changes
    )
    head = ("State", "Description", "Model", "Remote text")
    return TableReport(
        kind="status",
        title=plan.target.name,
        subtitle=_make_subtitle(plan),
        target=plan.target,
        time=plan.created_at,
        blocks=(Table(head, entries),) if entries else (),
        notes=plan.notes,
        summary=_summarize_plan(plan),
    )


def make_table_row(row: Row) -> TableRow:
    """Make a table row from the row, without the difference."""
    return TableRow(
        label=f"{row.symbol} {row.label}",
        tone=_SYMBOL_TONES[row.symbol],
        cells=(
            CodeSpan(row.change.path) if row.change.path else "(no file)",
            CodeSpan(row.change.model),
        ),
        remark=row.remark,
        notes=row.notes,
    )


def build_run_report(run: Run) -> Report:
    """Build the report of a run: one row per outcome, or only the reasons if it was refused."""
    if run.refusals:
        return _build_refused_report(run)
    rows = [_make_run_row(outcome) for outcome in run.outcomes]
    written = sum(outcome.result in {"applied", "altered"} for outcome in run.outcomes)
    return Report(
        title=run.plan.target.name,
        subtitle=f"{format_count(written, 'description')} written {_name_source(run.plan.source)}",
        rows=tuple(row for row in rows if row.symbol != "="),
        quiet_rows=tuple(row for row in rows if row.symbol == "="),
        quiet_label="unchanged",
        notes=tuple(_describe_sharing(run)),
        summary=_summarize_run(run),
        next_steps=tuple(advise_on_run(run)),
        sides=ALTERED_SIDES,
    )


def _build_refused_report(run: Run) -> Report:
    return Report(
        title=run.plan.target.name,
        subtitle="nothing was written",
        rows=(),
        quiet_rows=(),
        quiet_label="unchanged",
        notes=(*run.refusals, *_describe_sharing(run)),
        summary=f"{format_count(len(run.plan.writes), 'change')} refused.",
        next_steps=(),
        sides=ALTERED_SIDES,
    )


def _describe_sharing(run: Run) -> Iterator[str]:
    """Say that the exchange of snapshots with the git remote failed, and why."""
    if run.sharing.failure:
        yield run.sharing.failure


_SYMBOL_ORDER: dict[Symbol, int] = {"+": 0, "~": 0, "-": 0, "=": 1, "·": 1, "!": 2}
_SYMBOL_TONES: dict[Symbol, Tone] = {
    "+": "good",
    "~": "change",
    "-": "bad",
    "!": "bad",
    "=": "quiet",
    "·": "quiet",
}


# --- rows ----------------------------------------------------------------------------------------


def _make_plan_row(change: Change, remark: str, sides: DiffSides) -> Row:
    before, after = _choose_compared_texts(change)
    row = _make_state_row(change, remark)
    if isinstance(change, Drift) and not is_write(change):  # the edit that somebody made
        return _add_difference(row, after, before, sides=DRIFT_SIDES)
    return _add_difference(row, before, after, sides=sides)


def _add_difference(row: Row, before: Text, after: Text, *, sides: DiffSides) -> Row:
    layout = describe_layout(classify_difference(before, after))
    return replace(
        row,
        before=before,
        after=after,
        lines=diff_lines(before, after),
        sides=sides,
        layout=layout,
        remark="; ".join(filter(None, (layout, row.remark))),
    )


def _make_state_row(change: Change, remark: str) -> Row:
    return Row(
        change=change,
        symbol=_pick_symbol(change),
        label=change.state.replace("_", " "),
        remark=remark,
        notes=change.notes[1:] if isinstance(change, Drift) else change.notes,
    )


def _pick_symbol(change: Change) -> Symbol:
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


def _explain_change(change: Change) -> str:  # noqa: C901, PLR0911 - one case per state
    match change:
        case InSync(deployed=None) | Create():
            return ""
        case InSync(deployed=deployed) | Update(deployed=deployed):
            return _describe_position(deployed)
        case Delete(deployed=deployed):
            return f"the file was removed; {_describe_position(deployed)}"
        case Drift(notes=notes):
            return "; ".join(
                (*(note.removesuffix(".") for note in notes[:1]), _describe_drift_policy(change))
            )
        case Retired():
            return "the file was removed, the description stays"
        case Protected():
            return "differs, and is protected: never written"
        case Missing():
            return "there is no such model"
        case Invalid(notes=notes):
            return format_count(len(notes), "fault")
        case Failed():
            return "could not be read"
        case Unmanaged():
            return "has a description and no file"
        case _:
            assert_never(change)


def _explain_undo(change: Change) -> str:
    """Explain a change like `_explain_change`, for a plan that undoes a run."""
    match change:
        case Update():
            return "the remote text is as the run left it"
        case Delete():
            return "had no description before the run"
        case _:
            return _explain_change(change)


def _describe_position(deployed: DeployedCommit | None) -> str:
    if deployed is None:
        return "git has the remote text"
    behind = format_count(deployed.versions_behind, "version")
    late = f", {behind} behind" if deployed.versions_behind else ""
    return f"remote is at {shorten_commit(deployed.commit)}{late}"


def _describe_drift_policy(change: Drift) -> str:
    match change.policy:
        case "block":
            return "refused"
        case "skip":
            return "skipped"
        case "overwrite":
            return "to be overwritten"


def _choose_compared_texts(change: Change) -> tuple[Text, Text]:
    match change:
        case Create() | Update() | Drift() | Delete():
            return change.before or EMPTY_TEXT, change.after or EMPTY_TEXT
        case _:
            return EMPTY_TEXT, EMPTY_TEXT


def _make_run_row(outcome: Outcome) -> Row:
    reason, *more = outcome.reason.split("\n")
    sent, held = _find_alteration(outcome)
    row = Row(
        change=outcome.change,
        symbol=_pick_run_symbol(outcome),
        label=outcome.result.replace("_", " "),
        remark=reason,
        notes=tuple(more),
    )
    return _add_difference(row, sent, held, sides=ALTERED_SIDES)


def _pick_run_symbol(outcome: Outcome) -> Symbol:
    match outcome.result:
        case "applied":
            return _pick_symbol(outcome.change)
        case "unchanged":
            return "="
        case "not_attempted":
            return "·"
        case "refused" | "failed" | "altered":
            return "!"


def _find_alteration(outcome: Outcome) -> tuple[Text, Text]:
    """Return the text that was sent and the text that the server made of it."""
    if outcome.result != "altered" or outcome.remote_text is None:
        return EMPTY_TEXT, EMPTY_TEXT
    return outcome.change.after or EMPTY_TEXT, outcome.remote_text


# --- summaries -----------------------------------------------------------------------------------


def _summarize_plan(plan: Plan) -> str:
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
    return ", ".join((first, *_format_counts(counts))) + "."


def _summarize_run(run: Run) -> str:
    summary = run.summary
    counts = {result.replace("_", " "): summary.get(result, 0) for result in _RESULT_ORDER}
    total = ", ".join(_format_counts(counts)) or "nothing to do"
    return f"Interrupted: {total}." if run.interrupted else f"{total[0].upper()}{total[1:]}."


_RESULT_ORDER: tuple[Result, ...] = (
    "applied",
    "altered",
    "refused",
    "failed",
    "not_attempted",
    "unchanged",
)


def _format_counts(counts: dict[str, int]) -> Iterator[str]:
    return (f"{count} {name}" for name, count in counts.items() if count)


def format_count(number: int, noun: str) -> str:
    """Format the number and its noun, in the plural unless the number is 1."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _make_subtitle(plan: Plan) -> str:
    count = sum(not isinstance(change, Unmanaged) for change in plan.changes)
    return f"{format_count(count, 'description')} {_name_source(plan.source)}"


def _name_source(source: Source) -> str:
    at = shorten_commit(source.commit) if source.commit else "no commit yet"
    match source.kind:
        case "worktree":
            return f"at {at} and changes not committed" if source.dirty else f"at {at}"
        case "commit":
            return f"at {at}"
        case "target":
            return f"from {source.label}, at {at}"
        case "snapshot":
            return f"from before run {source.label}, at {at}"


def shorten_commit(commit: str) -> str:
    """Shorten a commit id to 7 digits."""
    return commit[:7]
