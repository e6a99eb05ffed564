"""The tokens of lines, each with a key that is the same for tokens which count as equal."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.diff.tokens import split_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.diff.line_breaks import SourceLine

_TABLE_RULE_TOKEN = re.compile(r"-+|[^-]")


@dataclass(slots=True)
class TokenList:
    """Tokens and their keys, side by side. The key of a line end that matters is a line feed."""

    texts: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def append(self, text: str, key: str) -> None:
        """Append a token."""
        self.texts.append(text)
        self.keys.append(key)

    def extend_last(self, text: str, key: str) -> None:
        """Append text to the last token and replace its key."""
        self.texts[-1] += text
        self.keys[-1] = key

    def are_equal(self, one: int, other: int) -> bool:
        """Return True if the tokens at two places are the same, or count as equal."""
        return self.texts[one] == self.texts[other] or self.keys[one] == self.keys[other]

    def count_words(self, start: int, end: int) -> int:
        """Count the tokens that are words or references in a range."""
        return sum(
            len(text) > 1 or text.isalnum() for text in self.texts[start:end] if text.strip()
        )


def tokenize_lines(lines: Iterable[SourceLine], *, mark_layout: bool) -> TokenList:
    """Split the lines, with their line ends, into tokens.

    If `mark_layout` is False, tokens that differ only in layout get the same key: blanks, blanks
    around line ends and table borders, line ends inside a paragraph, numbers of list items.
    """
    tokens = TokenList()
    is_soft = False
    for line in lines:
        if mark_layout or line.is_verbatim:
            for text in split_tokens(f"{line.text}\n"):
                tokens.append(text, text)
        else:
            _append_line(tokens, line, after_soft_line=is_soft)
        is_soft = line.is_soft
    return tokens


def _append_line(tokens: TokenList, line: SourceLine, *, after_soft_line: bool) -> None:
    if not line.text.strip(" \t"):
        tokens.append(f"{line.text}\n", "\n")
        return
    is_rule = line.is_table_rule
    texts = _TABLE_RULE_TOKEN.findall(line.text) if is_rule else split_tokens(line.text)
    _, ordinal = line.ordinal
    for index, text in enumerate(texts):
        is_blank = not text.strip(" \t")
        if is_blank and index == 0:
            if after_soft_line:
                tokens.extend_last(text, " ")
            else:
                tokens.append(text, text)
        elif line.is_table and (text == "|" or (is_blank and tokens.keys[-1] == "|")):
            _append_border(tokens, text, index)
        elif is_blank:
            tokens.append(text, " ")
        elif ordinal and text == ordinal:
            tokens.append(text, "1")
            ordinal = ""
        else:
            tokens.append(text, "-" if is_rule and text[0] == "-" else text)
    has_blanks = len(texts) > 1 and not texts[-1].strip(" \t")
    _append_line_end(tokens, line, has_trailing_blanks=has_blanks)


def _append_border(tokens: TokenList, text: str, index: int) -> None:
    """Append a table border, joined with the blanks around it."""
    if index and (tokens.keys[-1] == " " or (text != "|" and tokens.keys[-1] == "|")):
        tokens.extend_last(text, "|")
    else:
        tokens.append(text, "|")


def _append_line_end(tokens: TokenList, line: SourceLine, *, has_trailing_blanks: bool) -> None:
    key = " " if line.is_soft else "\n"
    if has_trailing_blanks and not line.is_table:
        tokens.extend_last("\n", key)
    else:
        tokens.append("\n", key)
