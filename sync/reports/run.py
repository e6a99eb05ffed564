"""The report of a run of apply or rollback."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, assert_never

from sync.counts import format_count
from sync.model.changes import Create, Delete, Drift, InSync, Update, is_write
from sync.reports.diff_rows import ALTERED_SIDES
from sync.reports.next_steps import advise_on_run, suggest_commands
from sync.reports.plan import COLUMNS, NOTHING_TO_DO, SYMBOL_TONES, make_change_cells, pick_symbol
from sync.reports.plan_source import describe_source
from sync.reports.report import Difference, Report, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.model.run import Outcome, Run
    from sync.model.run_record import RunEnd
    from sync.reports.report import Symbol

_LABELS = (
    "created",
    "updated",
    "deleted",
    "altered",
    "refused",
    "failed",
    "not attempted",
    "in sync",
    "unchanged",
)


def build_run_report(run: Run) -> Report:
    """Build the report of a run: one row per outcome, or only the reasons if it was refused."""
    if run.refusals:
        return _build_refused_report(run)
    source = describe_source(run.plan.source)
    written = sum(outcome.result in {"applied", "altered"} for outcome in run.outcomes)
    rows = tuple(_make_run_row(o, run) for o in run.outcomes if not _is_quiet(o))
    next_steps = tuple(advise_on_run(run))
    return Report(
        kind="apply",
        title=run.plan.target.name,
        subtitle=f"{format_count(written, 'description')} written {source}",
        target=run.plan.target,
        time=run.plan.created_at,
        blocks=(Table(COLUMNS, rows, has_details=True),) if rows else (),
        quiet_rows=tuple(_make_run_row(o, run) for o in run.outcomes if _is_quiet(o)),
        notes=tuple(_describe_sharing(run)),
        summary=_summarize_run(run),
        alert=_format_deletions(run),
        nothing_to_do="" if rows or next_steps or run.sharing.failure else NOTHING_TO_DO,
        next_steps=next_steps,
        sides=ALTERED_SIDES,
    )


def describe_run_end(run: Run) -> tuple[RunEnd, str]:
    """Return how the run ended in one word, and the results in a sentence."""
    if run.refusals:
        return "refused", " ".join(run.refusals)
    bad = [o for o in run.outcomes if o.result in {"refused", "failed", "altered", "not_attempted"}]
    first = next((f" {o.change.path or o.change.model}: {o.reason}" for o in bad if o.reason), "")
    reason = f"{_summarize_run(run)}{first.partition(chr(10))[0]}"
    results = run.summary
    if run.interrupted:
        return "interrupted", reason
    if "not_attempted" in results or "failed" in results or "altered" in results:
        return "failed", reason
    return ("refused" if "refused" in results else "done"), reason


def _build_refused_report(run: Run) -> Report:
    return Report(
        kind="apply",
        title=run.plan.target.name,
        subtitle="nothing was written",
        target=run.plan.target,
        time=run.plan.created_at,
        notes=(*run.refusals, *_describe_sharing(run)),
        summary=f"{format_count(len(run.plan.writes), 'change')} not made.",
    )


def _describe_sharing(run: Run) -> Iterator[str]:
    """Describe a failed exchange of snapshots with the git remote, and its reason."""
    if run.sharing.failure:
        yield run.sharing.failure


def _make_run_row(outcome: Outcome, run: Run) -> Row:
    reason, *more = outcome.reason.split("\n")
    difference = _compare_alteration(outcome)
    layout = difference.layout if difference else ""
    symbol = _pick_run_symbol(outcome)
    is_drift = outcome.result == "refused" and not is_write(outcome.change)
    return Row(
        label=_describe_result(outcome),
        tone=SYMBOL_TONES[symbol],
        cells=make_change_cells(outcome.change),
        remark="; ".join(filter(None, (layout, reason))),
        notes=(*more, *outcome.notes),
        symbol=symbol,
        difference=difference,
        commands=tuple(suggest_commands(outcome.change, run.plan)) if is_drift else (),
    )


def _is_quiet(outcome: Outcome) -> bool:
    return outcome.result == "unchanged" and not outcome.change.unresolved


def _pick_run_symbol(outcome: Outcome) -> Symbol:
    match outcome.result:
        case "applied":
            return pick_symbol(outcome.change)
        case "unchanged":
            return "="
        case "not_attempted":
            return "·"
        case "refused" | "failed" | "altered":
            return "!"
        case _:
            assert_never(outcome.result)


def _describe_result(outcome: Outcome) -> str:
    match outcome.result, outcome.change:
        case "applied", Create():
            return "created"
        case "applied", Delete():
            return "deleted"
        case "applied", Update() | Drift():
            return "updated" if outcome.change.after else "deleted"
        case "unchanged", InSync():
            return "in sync"
        case _:
            return outcome.result.replace("_", " ")


def _compare_alteration(outcome: Outcome) -> Difference | None:
    """Compare the text that was sent with the text that Scenario made of it."""
    sent = outcome.change.after
    if outcome.result != "altered" or outcome.remote_text is None or sent is None:
        return None
    return Difference.between(sent, outcome.remote_text, ALTERED_SIDES)


def _summarize_run(run: Run) -> str:
    numbers = Counter(map(_describe_result, run.outcomes))
    counts = ", ".join(f"{numbers[label]:,} {label}" for label in _LABELS if numbers[label])
    counts = counts or "nothing to do"
    return f"Interrupted: {counts}." if run.interrupted else f"{counts[0].upper()}{counts[1:]}."


def _format_deletions(run: Run) -> str:
    """Return the part of the summary that counts deletions; empty if there are none."""
    deleted = sum(_describe_result(outcome) == "deleted" for outcome in run.outcomes)
    return f"{deleted:,} deleted" if deleted else ""
