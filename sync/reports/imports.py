"""What became of everything that an import found, for a person and for programs."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from sync.importing import Imported
from sync.reports.inert import defused, defused_json, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.importing import Fate, Import, ImportResult

_SYMBOLS: dict[ImportResult, str] = {
    "created": "+",
    "unchanged": "=",
    "left_out": "·",
    "refused": "!",
    "failed": "!",
}


def import_as_text(done: Import) -> str:
    """A line for each thing found, with what was dropped from it and what `check` says of it."""
    width = max((len(visible(fate.source)) for fate in done.fates), default=0)
    lines = [f"{done.target} · {len(done.fates)} found", ""]
    for fate in done.fates:
        lines += _lines(fate, done, width=width)
    lines += [*([""] if done.fates else []), f"{_sum(done)}.", *_next(done)]
    return defused("".join(f"{line}\n" for line in lines))


def _lines(fate: Fate, done: Import, *, width: int) -> Iterator[str]:
    label = fate.result.replace("_", " ")
    where = f"→ {done.folder}/{fate.path}" if isinstance(fate, Imported) else ""
    first, *more = fate.reason.split("\n")
    cells = (f"{_SYMBOLS[fate.result]} {label:<9}", visible(fate.source).ljust(width))
    yield f"  {'  '.join((*cells, visible(where or first)))}".rstrip()
    yield from (f"      {visible(line)}" for line in (*more, *_remarks(fate)))


def _remarks(fate: Fate) -> Iterator[str]:
    if isinstance(fate, Imported):
        yield f"for {fate.model}"
    if fate.dropped:
        yield f"dropped: {', '.join(fate.dropped)}"
    yield from fate.warnings


def _sum(done: Import) -> str:
    counts = [f"{count} {name.replace('_', ' ')}" for name, count in done.summary.items()]
    return ", ".join(counts) or "Nothing found"


def _next(done: Import) -> Iterator[str]:
    """What to do next."""
    if any(fate.result in {"failed", "refused"} for fate in done.fates):
        yield "What was refused or failed is left where it was: mend it, and import again."
    if not any(isinstance(fate, Imported) for fate in done.fates):
        return
    if done.dry:
        yield "A dry run: nothing was written. Without --dry-run it is."
    else:
        yield f"Look at them, then: `git add {shlex.quote(done.folder)} && git commit`"


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
