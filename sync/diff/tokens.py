"""Split a text into the smallest parts that a diff shows: words, blanks and signs.

No token cuts an extended grapheme cluster (UAX #29): what a reader sees as one letter stays whole.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Pattern(Protocol):
    """The part of a compiled pattern that `re` and `regex` have in common."""

    def findall(self, string: str, /) -> list[str]: ...


# In ASCII each character is a cluster, so the faster `re` is enough.
_ASCII_TOKEN = re.compile(
    r"""(?xa)
    \n
    | [^\S\n]+                          # blanks
    | \{(?:asset|model):[^{}\s]*\}      # a reference
    | \d+(?:[.,:]\d+)+(?!\w)            # 0.85, 1,000, 16:9
    | \w+
    | .
    """
)


@cache
def _compile_unicode_token() -> _Pattern:
    """Compile the pattern for every other text; importing `regex` takes 30 ms, so only on demand.

    Scripts that are written without blanks have one token per cluster.
    """
    import regex  # noqa: PLC0415

    return regex.compile(
        r"""(?xV1)
        \n
        | (?:(?=[^\S\n])\X)+
        | \{(?:asset|model):[^{}\s]*\}(?![\p{GCB=Extend}\p{GCB=SpacingMark}\u200d])
        | \p{Nd}+(?:[.,:]\p{Nd}+)+(?![\w\p{GCB=Extend}\p{GCB=SpacingMark}\u200d])
        | \p{RI}{1,2}+[\p{GCB=Extend}\p{GCB=SpacingMark}\u200d]*+   # a flag; \X counts back
        | (?=[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])\X
        | (?:(?![\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])(?=\w)\X)+
        | \X
        """
    )


def split_tokens(text: str) -> list[str]:
    """Split into words, blanks and signs; a reference or a number is one token."""
    if text.isascii():
        return _ASCII_TOKEN.findall(text)
    return _compile_unicode_token().findall(text)


def cut_start(text: str, size: int) -> str:
    """Return whole tokens from the start of the text, at most `size` characters if possible."""
    return _join_tokens(split_tokens(text), size)


def cut_end(text: str, size: int) -> str:
    """Return whole tokens from the end of the text, at most `size` characters if possible."""
    return _join_tokens(reversed(split_tokens(text)), size, reverse=True)


def _join_tokens(tokens: Iterable[str], size: int, *, reverse: bool = False) -> str:
    """Join the tokens that fit; if the first one does not fit, return as much of it as fits."""
    parts: list[str] = []
    room = size
    for token in tokens:
        if len(token) > room:
            if not parts:
                parts += _take_clusters(token, room, reverse=reverse)
            break
        parts.append(token)
        room -= len(token)
    return "".join(reversed(parts) if reverse else parts)


def _take_clusters(token: str, size: int, *, reverse: bool) -> list[str]:
    import regex  # noqa: PLC0415 - see `_compile_unicode_token`

    clusters = regex.findall(r"\X", token)
    taken: list[str] = []
    for cluster in reversed(clusters) if reverse else clusters:
        size -= len(cluster)
        if size < 0:
            break
        taken.append(cluster)
    return taken
