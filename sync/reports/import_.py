"""The report of an import."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sync.counts import MAX_NAMED, shorten_list
from sync.decisions.import_ import Imported
from sync.reports.report import Advice, CodeSpan, Report, Row, Table
from sync.shell_words import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.decisions.import_ import ImportOutcome, ImportResult, ImportRun
    from sync.reports.report import Symbol, Tone


_MAX_NAMED_KEYS = 12
_MAX_WARNINGS = 5  # if there are more, the first ones are shown and the rest counted
_MAX_ROWS_PER_REASON = 3  # if there are more, the first item is named and the rest counted
_RESULT_LABELS: dict[ImportResult, tuple[Symbol, str, Tone]] = {
    "created": ("+", "created", "good"),
    "unchanged": ("=", "unchanged", "quiet"),
    "left_out": ("·", "left out", "quiet"),
    "refused": ("!", "refused", "bad"),
    "failed": ("!", "failed", "bad"),
}


def build_import_report(import_run: ImportRun) -> Report:
    """Build the report: one row per item found, with dropped parts and warnings of `check`."""
    head = ("Result", "Source", "File or reason")
    return Report(
        kind="import",
        title=import_run.target,
        subtitle=f"{len(import_run.outcomes)} found",
        blocks=(Table(head, tuple(_list_rows(import_run))),) if import_run.outcomes else (),
        summary=f"{_summarize_import(import_run)}.",
        next_steps=tuple(_list_next_steps(import_run)),
    )


def _list_rows(import_run: ImportRun) -> Iterator[Row]:
    """Yield a row per item; of many items that share a reason, one row for all of them."""
    counts = Counter((each.result, each.reason) for each in import_run.outcomes if each.reason)
    shown: set[tuple[ImportResult, str]] = set()
    for outcome in import_run.outcomes:
        group = outcome.result, outcome.reason
        if counts[group] <= _MAX_ROWS_PER_REASON:
            yield _make_row(outcome, import_run)
        elif group not in shown:
            shown.add(group)
            yield _make_row(outcome, import_run, others=counts[group] - 1)


def _make_row(outcome: ImportOutcome, import_run: ImportRun, *, others: int = 0) -> Row:
    symbol, label, tone = _RESULT_LABELS[outcome.result]
    first, *more = outcome.reason.split("\n")
    where = f"→ {import_run.folder}/{outcome.path}" if isinstance(outcome, Imported) else first
    return Row(
        label,
        tone,
        (CodeSpan(outcome.source) if not others else f"{outcome.source} and {others:,} more",),
        where,
        notes=(*more, *_list_notes(outcome)),
        symbol=symbol,
    )


def _list_notes(outcome: ImportOutcome) -> Iterator[str]:
    if isinstance(outcome, Imported):
        yield f"for {outcome.model}"
    if outcome.dropped:
        yield f"dropped: {shorten_list(outcome.dropped, limit=_MAX_NAMED_KEYS)}"
    if len(outcome.warnings) > _MAX_WARNINGS:
        yield from outcome.warnings[:MAX_NAMED]
        yield f"and {len(outcome.warnings) - MAX_NAMED:,} more warnings, which `check` lists"
    else:
        yield from outcome.warnings


def _summarize_import(import_run: ImportRun) -> str:
    counts = [f"{count} {name.replace('_', ' ')}" for name, count in import_run.summary.items()]
    return ", ".join(counts) or "Nothing found"


def _list_next_steps(import_run: ImportRun) -> Iterator[Advice]:
    """List what to do next."""
    if any(outcome.result in {"failed", "refused"} for outcome in import_run.outcomes):
        words = "Refused and failed items were not imported. Fix them, then run the import again."
        yield Advice((), (words,))
    if not any(isinstance(outcome, Imported) for outcome in import_run.outcomes):
        return
    if import_run.dry:
        yield Advice(
            (), ("A dry run: nothing was written. To write the files, run it without --dry-run.",)
        )
    else:
        add = CodeSpan(join_words(["git", "add", import_run.folder]))
        words = "Review the files, then commit them: "
        yield Advice((), (words, add, ", then ", CodeSpan("git commit")))
