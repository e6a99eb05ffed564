"""What became of everything that an import found, as a listing and for programs."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from sync.importing import Imported
from sync.reports.inert import defused_json
from sync.reports.listing import Entry, Listing, Table
from sync.reports.steps import Code, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.importing import Fate, Import, ImportResult
    from sync.reports.listing import Tone

_MARKS: dict[ImportResult, tuple[str, Tone]] = {
    "created": ("+ created", "good"),
    "unchanged": ("= unchanged", "quiet"),
    "left_out": ("· left out", "quiet"),
    "refused": ("! refused", "bad"),
    "failed": ("! failed", "bad"),
}


def import_listing(done: Import) -> Listing:
    """A row for each thing found, with what was dropped from it and what `check` says of it."""
    head = ("Result", "Source", "What became of it")
    return Listing(
        kind="import",
        title=done.target,
        subtitle=f"{len(done.fates)} found",
        blocks=(Table(head, tuple(_entry(fate, done) for fate in done.fates)),)
        if done.fates
        else (),
        sum=f"{_sum(done)}.",
        steps=tuple(_steps(done)),
    )


def _entry(fate: Fate, done: Import) -> Entry:
    label, tone = _MARKS[fate.result]
    first, *more = fate.reason.split("\n")
    where = f"→ {done.folder}/{fate.path}" if isinstance(fate, Imported) else first
    return Entry(label, tone, (Code(fate.source),), where, notes=(*more, *_notes(fate)))


def _notes(fate: Fate) -> Iterator[str]:
    if isinstance(fate, Imported):
        yield f"for {fate.model}"
    if fate.dropped:
        yield f"dropped: {', '.join(fate.dropped)}"
    yield from fate.warnings


def _sum(done: Import) -> str:
    counts = [f"{count} {name.replace('_', ' ')}" for name, count in done.summary.items()]
    return ", ".join(counts) or "Nothing found"


def _steps(done: Import) -> Iterator[Step]:
    """What to do next."""
    if any(fate.result in {"failed", "refused"} for fate in done.fates):
        words = "What was refused or failed is left where it was: mend it, and import again."
        yield Step((), (words,))
    if not any(isinstance(fate, Imported) for fate in done.fates):
        return
    if done.dry:
        yield Step((), ("A dry run: nothing was written. Without --dry-run it is.",))
    else:
        commands = Code(f"git add {shlex.quote(done.folder)} && git commit")
        yield Step((), ("Look at them, then: ", commands))


def import_as_json(done: Import) -> str:
    """One document; `warnings` are what `check` says of the new file."""
    document = {
        "version": 1,
        "kind": "import",
        "target": done.target,
        "dry_run": done.dry,
        "summary": done.summary,
        "files": [_file(fate) for fate in done.fates],
    }
    return defused_json(json.dumps(document, indent=2)) + "\n"


def _file(fate: Fate) -> dict[str, Any]:
    return {
        "source": fate.source,
        "result": fate.result,
        "model": fate.model or None,
        "path": fate.path,
        "reason": fate.reason,
        "dropped": [*fate.dropped],
        "warnings": [*fate.warnings],
    }
