"""Render a unified diff, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.diff.sequences import Edit, find_edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.model.text import Text


def render_unified_diff(before: Text, after: Text, *, context: int = 3) -> str:
    """Return a unified diff of the canonical texts; it is empty only if they are the same."""
    old, new = _split_lines(before), _split_lines(after)
    hunks = [
        _render_hunk(old, new, edits=edits, context=context)
        for edits in _group_edits(find_edits(old, new), within=2 * context)
    ]
    return "".join(("--- before\n", "+++ after\n", *hunks)) if hunks else ""


def _split_lines(text: Text) -> list[str]:
    """Split the text into lines with their ends, only at line feeds, unlike `str.splitlines`."""
    return [f"{line}\n" for line in text.canonical.split("\n")[:-1]]


def _group_edits(edits: Iterable[Edit], *, within: int) -> list[list[Edit]]:
    """Group the edits that have at most `within` lines between them."""
    groups: list[list[Edit]] = []
    for edit in edits:
        if groups and edit.old - groups[-1][-1].old_end <= within:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    return groups


def _render_hunk(
    old: Sequence[str], new: Sequence[str], *, edits: Sequence[Edit], context: int
) -> str:
    first, last = edits[0], edits[-1]
    start, stop = max(first.old - context, 0), min(last.old_end + context, len(old))
    new_start = first.new - (first.old - start)
    new_stop = last.new_end + (stop - last.old_end)
    lines = [f"@@ -{_format_range(start, stop)} +{_format_range(new_start, new_stop)} @@\n"]
    end = start
    for edit in edits:
        lines += [f" {line}" for line in old[end : edit.old]]
        lines += [f"-{line}" for line in old[edit.old : edit.old_end]]
        lines += [f"+{line}" for line in new[edit.new : edit.new_end]]
        end = edit.old_end
    return "".join((*lines, *(f" {line}" for line in old[end:stop])))


def _format_range(start: int, stop: int) -> str:
    """Format a range of lines, counted from 1, as in a unified diff.

    An empty range has the number of the line before it.
    """
    return f"{start + 1 if stop > start else start},{stop - start}"
