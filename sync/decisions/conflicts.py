"""Detect whether a merge conflict left by `pull` was resolved."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from sync.diff.sequences import Edit, find_edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_LABELED_MARKERS = ("<<<<<<< ", "||||||| ", ">>>>>>> ")  # git adds a label after each
_MIDDLE_MARKER = "======="


@dataclass(frozen=True, slots=True)
class _ConflictRegion:
    """The place of one conflict: our lines from `start` to `end`, and the other side's lines."""

    start: int
    end: int
    theirs: frozenset[str]


def is_conflict_resolved(text: str, *, conflict_text: str, ours: str) -> bool:
    """Return True if a later text of the file resolves a conflict of `conflict_text`.

    `conflict_text` is the merge result with markers. A conflict counts as resolved if `text`
    differs from `ours` at the place of a conflict, or if it still has a change that the merge made
    without a conflict. All three texts are without front matter.
    """
    lines, (kept, regions) = text.split("\n"), _parse_conflicts(conflict_text.split("\n"))
    edits = find_edits(kept, lines)
    higher = [_shift_up(edit, kept, lines) for edit in edits]
    brought = find_edits(ours.split("\n"), kept) if regions else []
    return any(
        _touches_region(edit, region, lines[edit.new : edit.new_end])
        for region in regions
        for edit in (*edits, *higher)
    ) or any(_keeps_change(change, edits, size=len(kept)) for change in brought)


def _parse_conflicts(conflict_lines: Sequence[str]) -> tuple[list[str], list[_ConflictRegion]]:
    """Return the merge result with our side of each conflict, and the places of the conflicts.

    If the texts contain lines that look like markers, conflicts cannot be told apart, so the list
    of places is empty.
    """
    kept: list[str] = []
    regions: list[_ConflictRegion] = []
    lines = iter(conflict_lines)
    for line in lines:
        if line.startswith("<<<<<<< "):
            ours = _read_until("||||||| ", lines)
            theirs = _get_their_lines(_read_until(">>>>>>> ", lines))
            regions.append(_ConflictRegion(len(kept), len(kept) + len(ours), theirs))
            kept += ours
        else:
            kept.append(line)
    counts = {sum(line.startswith(start) for line in conflict_lines) for start in _LABELED_MARKERS}
    return kept, regions if counts == {len(regions)} else []


def _read_until(start: str, lines: Iterable[str]) -> list[str]:
    return list(takewhile(lambda line: not line.startswith(start), lines))


def _get_their_lines(lines: Sequence[str]) -> frozenset[str]:
    """Return the non-blank lines of the other side; the base is above the middle marker."""
    theirs = takewhile(lambda line: line != _MIDDLE_MARKER, reversed(lines))
    return frozenset(filter(str.strip, theirs))


def _shift_up(edit: Edit, kept: Sequence[str], lines: Sequence[str]) -> Edit:
    """Return the same insertion, moved up as far as possible.

    Where equal lines repeat (blank lines, for example), an insertion has several equal positions.
    """
    up = 0
    while (
        edit.old == edit.old_end
        and edit.old > up
        and kept[edit.old - up - 1] == lines[edit.new_end - up - 1]
    ):
        up += 1
    return Edit(*(place - up for place in edit))


def _touches_region(edit: Edit, region: _ConflictRegion, new: Sequence[str]) -> bool:
    """Return True if the edit, which inserts the lines `new`, changes the region or adds to it.

    Lines beyond a blank line do not add to the region, unless one is a line of the other side.
    """
    if edit.old < region.end and edit.old_end > region.start:
        return True
    below, above = edit.old == region.end, edit.old_end == region.start
    beside = (*(new[:1] if below else ()), *(new[-1:] if above else ()))
    adjoins = edit.old == edit.old_end and any(map(str.strip, beside))
    return adjoins or ((below or above) and not region.theirs.isdisjoint(new))


def _keeps_change(change: Edit, edits: Sequence[Edit], *, size: int) -> bool:
    """Return True if the lines that a change added are still there, with their neighbours."""
    start, end = max(change.new - 1, 0), min(change.new_end + 1, size)
    added = change.new < change.new_end
    return added and not any(edit.old < end and edit.old_end > start for edit in edits)
