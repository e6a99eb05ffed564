"""Rules about single characters that a reader does not see."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from sync.lint.finding import RuleMatch
from sync.lint.hidden_characters import IGNORABLE, find_hidden_characters
from sync.model.text import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.lint.linted_text import LintedText

# Unicode's C0 and C1, without tab and line feed.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Embeddings, overrides and isolates: the controls of "Trojan Source" (CVE-2021-42574). They do not
# include the marks that right-to-left prose needs (U+061C, U+200E, U+200F).
_BIDIRECTIONAL = re.compile(r"[\u202a-\u202e\u2066-\u2069]")

_VISIBLE = re.compile(rf"[^\s{IGNORABLE}]")


def find_invisible_text(text: LintedText) -> Iterator[RuleMatch]:
    """Detect a text that is not empty but has no visible character."""
    content = text.content
    if not _VISIBLE.search(content) and canonical(content):
        message = (
            'no character of this text is visible; write a text, or delete it and add "clear: '
            'true" to the front matter'
        )
        yield RuleMatch(len(content) - len(content.lstrip("\n")), message)


def find_control_characters(text: LintedText) -> Iterator[RuleMatch]:
    """Find control characters other than tab and line feed, such as NUL."""
    for start, match in text.find_matches(_CONTROL, text.whole):
        name = "NUL" if match[0] == "\0" else "control character"
        yield RuleMatch(start, f"here is the {name} U+{ord(match[0]):04X}; delete it")


def find_bidirectional_controls(text: LintedText) -> Iterator[RuleMatch]:
    """Find embeddings, overrides and isolates of the writing direction."""
    if text.content.isascii():
        return
    for start, match in text.find_matches(_BIDIRECTIONAL, text.whole):
        name = unicodedata.name(match[0]).lower()
        message = (
            f"the {name} (U+{ord(match[0]):04X}) shows the text in another order than the stored "
            "one; delete it"
        )
        yield RuleMatch(start, message)


def find_hidden_text(text: LintedText) -> Iterator[RuleMatch]:
    """Find characters that are not seen, except those that shape the sign before them."""
    if not _VISIBLE.search(text.content):  # the rule about invisible text covers it
        return
    for start in find_hidden_characters(text.content):
        character = text.content[start]
        if not _BIDIRECTIONAL.match(character):
            name = unicodedata.name(character, "unnamed character").lower()
            message = f"the {name} (U+{ord(character):04X}) is here and cannot be seen; delete it"
            yield RuleMatch(start, message)
