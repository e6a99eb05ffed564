"""The report of an import."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from sync.decisions.import_ import Imported
from sync.reports.listing import Table, TableReport, TableRow
from sync.reports.next_steps import Advice, CodeSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.decisions.import_ import ImportOutcome, ImportResult, ImportRun
    from sync.reports.listing import Tone


_RESULT_LABELS: dict[ImportResult, tuple[str, Tone]] = {
    "created": ("+ created", "good"),
    "unchanged": ("= unchanged", "quiet"),
    "left_out": ("· left out", "quiet"),
    "refused": ("! refused", "bad"),
    "failed": ("! failed", "bad"),
}


def build_import_report(import_run: ImportRun) -> TableReport:
    """Build the report: one row per item found, with dropped parts and warnings of `check`."""
    head = ("Result", "Source", "What became of it")
    return TableReport(
        kind="import",
        title=import_run.target,
        subtitle=f"{len(import_run.outcomes)} found",
        blocks=(
            Table(head, tuple(_make_row(outcome, import_run) for outcome in import_run.outcomes)),
        )
        if import_run.outcomes
        else (),
        summary=f"{_summarize_import(import_run)}.",
        next_steps=tuple(_list_next_steps(import_run)),
    )


def _make_row(outcome: ImportOutcome, import_run: ImportRun) -> TableRow:
    label, tone = _RESULT_LABELS[outcome.result]
    first, *more = outcome.reason.split("\n")
    where = f"→ {import_run.folder}/{outcome.path}" if isinstance(outcome, Imported) else first
    return TableRow(
        label, tone, (CodeSpan(outcome.source),), where, notes=(*more, *_list_notes(outcome))
    )


def _list_notes(outcome: ImportOutcome) -> Iterator[str]:
    if isinstance(outcome, Imported):
        yield f"for {outcome.model}"
    if outcome.dropped:
        yield f"dropped: {', '.join(outcome.dropped)}"
    yield from outcome.warnings


def _summarize_import(import_run: ImportRun) -> str:
    counts = [f"{count} {name.replace('_', ' ')}" for name, count in import_run.summary.items()]
    return ", ".join(counts) or "Nothing found"


def _list_next_steps(import_run: ImportRun) -> Iterator[Advice]:
    """List what to do next."""
    if any(outcome.result in {"failed", "refused"} for outcome in import_run.outcomes):
        words = "What was refused or failed is left where it was: mend it, and import again."
        yield Advice((), (words,))
    if not any(isinstance(outcome, Imported) for outcome in import_run.outcomes):
        return
    if import_run.dry:
        yield Advice((), ("A dry run: nothing was written. Without --dry-run it is.",))
    else:
        commands = CodeSpan(f"git add {shlex.quote(import_run.folder)} && git commit")
        yield Advice((), ("Look at them, then: ", commands))
