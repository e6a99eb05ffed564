"""Rules about single characters that a reader does not see."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from sync.lint.finding import Note
from sync.model import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.lint.source import Source

# Unicode's C0 and C1, without tab and line feed.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Embeddings, overrides and isolates: the controls of "Trojan Source" (CVE-2021-42574). The marks
# that right-to-left prose needs (U+061C, U+200E, U+200F) are none of them.
_BIDIRECTIONAL = re.compile(r"[\u202a-\u202e\u2066-\u2069]")

# What a reader does not see, as a class of a pattern: Default_Ignorable_Code_Point of Unicode's
# DerivedCoreProperties.txt.
IGNORABLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_SEEN = re.compile(rf"[^\s{IGNORABLE}]")


def invisible_text(source: Source) -> Iterator[Note]:
    """A text that is there, and of which nothing is to be seen."""
    if not _SEEN.search(source.text) and canonical(source.text):
        message = (
            'nothing of this text can be seen; write one, or say "clear: true" in the front matter '
            "and delete it"
        )
        yield Note(len(source.text) - len(source.text.lstrip("\n")), message)


def control_character(source: Source) -> Iterator[Note]:
    """Controls but for tab and line feed: NUL above all."""
    for start, match in source.matches(_CONTROL, source.whole):
        name = "NUL" if match[0] == "\0" else "control character"
        message = f"the {name} U+{ord(match[0]):04X} stands here; delete it"
        yield Note(start, message)


def bidirectional(source: Source) -> Iterator[Note]:
    """Embeddings, overrides and isolates of direction."""
    if source.text.isascii():
        return
    for start, match in source.matches(_BIDIRECTIONAL, source.whole):
        name = unicodedata.name(match[0]).lower()
        message = (
            f"the {name} (U+{ord(match[0]):04X}) makes the text read in another order than it "
            "is stored in; delete it"
        )
        yield Note(start, message)
