"""Whether a text shows that somebody chose, where a pull had left conflicts for a person."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from sync.edits import Edit, edits_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_STARTS = ("<<<<<<< ", "||||||| ", ">>>>>>> ")  # git puts a label after each of them
_MIDDLE = "======="


@dataclass(frozen=True, slots=True)
class _Region:
    """Where a conflict is: our lines there, and what the other side has in their place."""

    start: int
    end: int
    theirs: frozenset[str]


def settles(text: str, *, marked: str, ours: str) -> bool:
    """Whether a later text of the file was made from `marked`, the merge with its markers.

    So it was if it differs from `ours` at the place of a conflict, or if it has, at its place, a
    change that the merge brought in without one. All three are without front matter.
    """
    lines, (kept, regions) = text.split("\n"), _taken_apart(marked.split("\n"))
    edits = edits_between(kept, lines)
    higher = [_highest(edit, kept, lines) for edit in edits]
    brought = edits_between(ours.split("\n"), kept) if regions else []
    return any(
        _touches(edit, region, lines[edit.new : edit.new_end])
        for region in regions
        for edit in (*edits, *higher)
    ) or any(_holds(change, edits, size=len(kept)) for change in brought)


def _taken_apart(marked: Sequence[str]) -> tuple[list[str], list[_Region]]:
    """The lines of the merge with our side of each conflict, and where the conflicts are in them.

    Where the texts have lines like markers of their own, nobody can tell, and there are none.
    """
    kept: list[str] = []
    regions: list[_Region] = []
    lines = iter(marked)
    for line in lines:
        if line.startswith("<<<<<<< "):
            ours = _until("||||||| ", lines)
            theirs = _below_middle(_until(">>>>>>> ", lines))
            regions.append(_Region(len(kept), len(kept) + len(ours), theirs))
            kept += ours
        else:
            kept.append(line)
    counts = {sum(line.startswith(start) for line in marked) for start in _STARTS}
    return kept, regions if counts == {len(regions)} else []


def _until(start: str, lines: Iterable[str]) -> list[str]:
    return list(takewhile(lambda line: not line.startswith(start), lines))


def _below_middle(lines: Sequence[str]) -> frozenset[str]:
    """The lines of the other side that say something; above the middle stands the common text."""
    theirs = takewhile(lambda line: line != _MIDDLE, reversed(lines))
    return frozenset(filter(str.strip, theirs))


def _highest(edit: Edit, kept: Sequence[str], lines: Sequence[str]) -> Edit:
    """The same addition, told as far up as it can be: a blank line may be any of two."""
    up = 0
    while (
        edit.old == edit.old_end
        and edit.old > up
        and kept[edit.old - up - 1] == lines[edit.new_end - up - 1]
    ):
        up += 1
    return Edit(*(place - up for place in edit))


def _touches(edit: Edit, region: _Region, new: Sequence[str]) -> bool:
    """Whether the edit, to `new` lines, is one of the region: in it, or an addition to it.

    What stands beyond a blank line is no addition, unless it has a line of the other side.
    """
    if edit.old < region.end and edit.old_end > region.start:
        return True
    below, above = edit.old == region.end, edit.old_end == region.start
    beside = (*(new[:1] if below else ()), *(new[-1:] if above else ()))
    adjoins = edit.old == edit.old_end and any(map(str.strip, beside))
    return adjoins or ((below or above) and not region.theirs.isdisjoint(new))


def _holds(change: Edit, edits: Sequence[Edit], *, size: int) -> bool:
    """Whether the lines that the change brought are still there, between those around them."""
    start, end = max(change.new - 1, 0), min(change.new_end + 1, size)
    added = change.new < change.new_end
    return added and not any(edit.old < end and edit.old_end > start for edit in edits)
