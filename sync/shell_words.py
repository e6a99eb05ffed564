"""Write commands that a person can copy into sh, PowerShell or cmd."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BARE_WORD = re.compile(r"[\w./:=+-]+", re.ASCII)
# PowerShell takes typographic quotes for plain ones.
_IN_DOUBLE_QUOTES = re.compile(r'[^"$`\\!\u201c-\u201e\0-\x1f]*')
_IN_SINGLE_QUOTES = re.compile(r"[^'\u2018-\u201b]*")


def join_words(words: Iterable[str]) -> str:
    """Join the words to a command, each quoted so that all shells read it alike.

    A word that no quotes of all shells can hold is quoted for sh.

    >>> print(join_words(["apply", "worlds/the reef.md", "it's.md", "@hero", "a$b.md"]))
    apply "worlds/the reef.md" "it's.md" "@hero" 'a$b.md'
    """
    return " ".join(map(quote_word, words))


def quote_word(word: str) -> str:
    """Quote the word if a shell would change it."""
    if _BARE_WORD.fullmatch(word):
        return word
    if _IN_DOUBLE_QUOTES.fullmatch(word):
        return f'"{word}"'
    return f"'{word}'" if _IN_SINGLE_QUOTES.fullmatch(word) else shlex.quote(word)
