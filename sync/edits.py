"""Where two sequences differ: the shortest way from one to the other that a reader would take."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import LCSseq

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Comparing two stretches costs their product, in bits of memory and a sixty-fourth of that in
# steps; more than this is called different as a whole: 2 MB, some milliseconds.
_AFFORDABLE = 16_000_000


class Edit(NamedTuple):
    """old[old:old_end] became new[new:new_end]."""

    old: int
    old_end: int
    new: int
    new_end: int

    @property
    def size(self) -> int:
        return max(self.old_end - self.old, self.new_end - self.new)


class _Match(NamedTuple):
    """old[old:old + size] is new[new:new + size]."""

    old: int
    new: int
    size: int = 1


def edits_between(old: Sequence[str], new: Sequence[str]) -> list[Edit]:
    """Where they differ, in order; what is between two edits is the same on both sides."""
    edits = []
    i = j = 0
    for match in (*_matches(old, new), _Match(len(old), len(new), 0)):
        if (match.old, match.new) != (i, j):
            edits.append(Edit(i, match.old, j, match.new))
        i, j = match.old + match.size, match.new + match.size
    return edits


def _matches(old: Sequence[str], new: Sequence[str]) -> Iterator[_Match]:
    """Patience diff: what stands once on each side is paired first, the rest in between.

    This follows a reader's eye, and keeps long texts affordable.
    """
    ends = (_Match(-1, -1), *_anchors(old, new), _Match(len(old), len(new)))
    for left, right in pairwise(ends):
        if left.old >= 0:
            yield left
        i, j = left.old + 1, left.new + 1
        for match in _alike(old[i : right.old], new[j : right.new]):
            yield _Match(i + match.old, j + match.new, match.size)


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[_Match]:
    """The longest chain, rising on both sides, of what each side holds exactly once."""
    where = _once(new)
    pairs = [_Match(i, where[item]) for item, i in _once(old).items() if item in where]
    ends: list[int] = []  # the lowest end of a chain of each length, and its last pair's index
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


def _once(items: Sequence[str]) -> dict[str, int]:
    counts = Counter(items)
    return {item: index for index, item in enumerate(items) if counts[item] == 1}


def _alike(old: Sequence[str], new: Sequence[str]) -> Iterator[_Match]:
    """What two stretches share: both ends, and the longest common subsequence between those."""
    head = _common(old, new)
    yield _Match(0, 0, head)
    tail = _common(old[head:][::-1], new[head:][::-1])
    old_end, new_end = len(old) - tail, len(new) - tail
    if (old_end - head) * (new_end - head) <= _AFFORDABLE:
        for code in LCSseq.opcodes(old[head:old_end], new[head:new_end]):
            if code.tag == "equal":
                size = code.src_end - code.src_start
                yield _Match(head + code.src_start, head + code.dest_start, size)
    yield _Match(old_end, new_end, tail)


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many items they have in common at the start."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(old), len(new)))
