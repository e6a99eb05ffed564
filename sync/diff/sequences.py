"""Find where two sequences differ, with few edits, placed where a reader expects them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import LCSseq

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


# The longest common subsequence of n and m items needs n * m bits of memory and n * m / 64 steps.
# Larger stretches count as wholly different; this limit means 2 MB and a few milliseconds.
_MAX_LCS_COST = 16_000_000


class Edit(NamedTuple):
    """old[old:old_end] became new[new:new_end]."""

    old: int
    old_end: int
    new: int
    new_end: int

    @property
    def size(self) -> int:
        return max(self.old_end - self.old, self.new_end - self.new)


class _CommonSlice(NamedTuple):
    """old[old:old + size] is equal to new[new:new + size]."""

    old: int
    new: int
    size: int = 1


def find_edits(old: Sequence[str], new: Sequence[str]) -> list[Edit]:
    """Return the edits that turn `old` into `new`, in order; the rest is equal on both sides."""
    edits = []
    i = j = 0
    for match in (*_find_common_slices(old, new), _CommonSlice(len(old), len(new), 0)):
        if (match.old, match.new) != (i, j):
            edits.append(Edit(i, match.old, j, match.new))
        i, j = match.old + match.size, match.new + match.size
    return edits


def _find_common_slices(old: Sequence[str], new: Sequence[str]) -> Iterator[_CommonSlice]:
    """Yield the common slices by patience diff: pair unique items first, then compare in between.

    The result follows a reader's eye, and the cost stays low for long texts.
    """
    ends = (_CommonSlice(-1, -1), *_find_anchors(old, new), _CommonSlice(len(old), len(new)))
    for left, right in pairwise(ends):
        if left.old >= 0:
            yield left
        i, j = left.old + 1, left.new + 1
        for match in _compare_stretch(old[i : right.old], new[j : right.new]):
            yield _CommonSlice(i + match.old, j + match.new, match.size)


def _find_anchors(old: Sequence[str], new: Sequence[str]) -> list[_CommonSlice]:
    """Return the longest chain of unique common items whose order is the same on both sides."""
    where = _index_unique_items(new)
    pairs = [
        _CommonSlice(i, where[item])
        for item, i in _index_unique_items(old).items()
        if item in where
    ]
    ends: list[int] = []  # per chain length: the lowest end; `last`: index of its last pair
    last: list[int] = []
    previous: list[int | None] = []
    for index, pair in enumerate(pairs):
        length = bisect_left(ends, pair.new)
        previous.append(last[length - 1] if length else None)
        ends[length : length + 1] = [pair.new]
        last[length : length + 1] = [index]
    chain = []
    at = last[-1] if last else None
    while at is not None:
        chain.append(pairs[at])
        at = previous[at]
    return chain[::-1]


def _index_unique_items(items: Sequence[str]) -> dict[str, int]:
    counts = Counter(items)
    return {item: index for index, item in enumerate(items) if counts[item] == 1}


def _compare_stretch(old: Sequence[str], new: Sequence[str]) -> Iterator[_CommonSlice]:
    """Yield the common start, the longest common subsequence of the middle, and the common end."""
    head = _count_common_prefix(old, new)
    yield _CommonSlice(0, 0, head)
    tail = _count_common_prefix(old[head:][::-1], new[head:][::-1])
    old_end, new_end = len(old) - tail, len(new) - tail
    if (old_end - head) * (new_end - head) <= _MAX_LCS_COST:
        for code in LCSseq.opcodes(old[head:old_end], new[head:new_end]):
            if code.tag == "equal":
                size = code.src_end - code.src_start
                yield _CommonSlice(head + code.src_start, head + code.dest_start, size)
    yield _CommonSlice(old_end, new_end, tail)


def _count_common_prefix(old: Sequence[str], new: Sequence[str]) -> int:
    """Count the equal items at the start of both."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(old), len(new)))
