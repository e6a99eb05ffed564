"""Find the text that is most similar to another one, in a time that grows like their length."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Characters; the exact measure takes the square of the length, 0.1 s for two texts of this size.
_MAX_COMPARED_SIZE = 100_000
_TOKEN = re.compile(r"\w+|[^\w\s]")


def find_most_similar(text: str, others: Sequence[str], *, minimum: float = 0) -> int | None:
    """Return the index of the other text that is most similar, the first of several; None if none.

    A similarity is between 0 and 1, and not less than `minimum`: the share of the characters that
    both have in the same order, or, of long texts, the share of the words and signs in both.
    """
    if max(map(len, [text, *others])) > _MAX_COMPARED_SIZE:
        wanted = _count_tokens(text)
        shares = [_measure_common_share(wanted, _count_tokens(other)) for other in others]
        best = max(shares, default=-1.0)
        return shares.index(best) if best >= minimum else None
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - slow to import, and seldom needed
    from rapidfuzz.process import extractOne  # noqa: PLC0415

    nearest = extractOne(text, others, scorer=Indel.normalized_similarity, score_cutoff=minimum)
    return nearest[2] if nearest else None


def _count_tokens(text: str) -> Counter[str]:
    return Counter(_TOKEN.findall(text))


def _measure_common_share(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0
