"""Tell line breaks and blanks that only lay out a Markdown source from those that mean something.

The judgement is careful: what could be code, a list item, a table row or a hard break keeps its
line break.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FENCE = re.compile(r"[ \t]*(?:(?:[-*+>]|\d{1,9}[.)])[ \t]+)*(?P<fence>`{3,}|~{3,})")
_INDENTED = re.compile(r" {4}| {0,3}\t")
# What a line can begin with that makes it more than the continuation of a paragraph.
_STRUCTURE = re.compile(
    r"""(?x) [ \t]* (?:
        [-*+](?:[ \t]|$) | \d{1,9}[.)](?:[ \t]|$)    # a list item
        | \#{1,6}(?:[ \t]|$) | [=-]+[ \t]*$         # a heading
        | > | \| | < | : | \[[^\]\n]*\]: | `{3} | ~{3}
        | (?:[*_-][ \t]*){3,}$                      # a rule
    )"""
)
_STANDS_ALONE = re.compile(r"[ \t]*(?:\#{1,6}(?:[ \t]|$)|\||<|\[[^\]\n]*\]:|[=_-]+[ \t]*$)")
_TABLE_RULE = re.compile(r"[ \t]*+\|?(?:[ \t]*+:?-++:?[ \t]*+\|)+(?:[ \t]*+:?-++:?)?[ \t]*+")
_ORDINAL = re.compile(r"([ \t]*)(\d{1,9})(?=[.)](?:[ \t]|$))")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line without its line end, and what its blanks and its line end mean.

    `is_verbatim` is True in code. `is_soft` is True if the next line continues the same paragraph:
    the line end is then the same as a blank, except after two blanks, which make a hard break.
    """

    text: str
    is_verbatim: bool = False
    is_table: bool = False
    is_soft: bool = False

    @property
    def has_hard_break(self) -> bool:
        return self.text.endswith("  ")

    @property
    def is_table_rule(self) -> bool:
        return self.is_table and _TABLE_RULE.fullmatch(self.text) is not None

    @property
    def ordinal(self) -> tuple[str, str]:
        """Return indent and number of a numbered list item; both are "" for any other line."""
        match = None if self.is_verbatim else _ORDINAL.match(self.text)
        return (match[1], match[2]) if match else ("", "")


def read_source_lines(text: str) -> list[SourceLine]:
    """Read the lines of a canonical text, which ends with a line feed unless it is empty."""
    texts = text.split("\n")[:-1]
    verbatim = _find_verbatim_lines(texts)
    lines = []
    for index, (line, is_verbatim) in enumerate(zip(texts, verbatim, strict=True)):
        is_last = index + 1 == len(texts)
        is_soft = not (is_last or is_verbatim or verbatim[index + 1]) and _is_soft(
            line, texts[index + 1]
        )
        is_table = not is_verbatim and line.lstrip(" \t").startswith("|")
        lines.append(SourceLine(line, is_verbatim, is_table, is_soft))
    return lines


def _find_verbatim_lines(texts: Iterable[str]) -> list[bool]:
    verbatim = []
    fence = ""
    after_blank, after_indented = True, False
    for text in texts:
        match = _FENCE.match(text)
        if fence:
            verbatim.append(True)
            if match and match["fence"].startswith(fence) and not text[match.end() :].strip():
                fence = ""
            after_indented = False
        elif match and not ("`" in match["fence"] and "`" in text[match.end() :]):
            fence = match["fence"]
            verbatim.append(True)
        else:
            is_blank = not text.strip()
            is_code = _INDENTED.match(text) is not None and (after_blank or after_indented)
            verbatim.append(is_code and not is_blank)
            after_blank, after_indented = is_blank, is_code and not is_blank
    return verbatim


def _is_soft(line: str, following: str) -> bool:
    """Return True if a paragraph goes on after the line."""
    return not (
        not line.strip(" \t")
        or not following.strip(" \t")
        or line.endswith("\\")
        or _STANDS_ALONE.match(line)
        or _STRUCTURE.match(following)
    )


def normalize_blanks(lines: Iterable[SourceLine]) -> list[str]:
    """Return the lines without differences in blanks: inside, at their ends, and in tables."""
    return [_normalize_line(line) for line in lines]


def join_soft_lines(lines: Sequence[SourceLine]) -> list[str]:
    """Return the lines as by `normalize_blanks`, with each paragraph on one line."""
    paragraphs: list[list[str]] = []
    is_soft = False
    for line in lines:
        text = _normalize_line(line)
        if is_soft:
            paragraphs[-1].append(text.lstrip(" "))
        else:
            paragraphs.append([text])
        is_soft = line.is_soft and not line.has_hard_break
    return [" ".join(paragraph) for paragraph in paragraphs]


def _normalize_line(line: SourceLine) -> str:
    if line.is_verbatim:
        return line.text
    if line.is_table:
        text = re.sub(r"-+", "-", line.text) if line.is_table_rule else line.text
        return re.sub(r"[ \t]*\|[ \t]*", "|", re.sub(r"[ \t]+", " ", text.strip(" \t")))
    text = line.text.rstrip(" \t")
    body = text.lstrip(" \t")
    return text[: len(text) - len(body)] + re.sub(r"[ \t]+", " ", body)
