"""Text from outside made inert: it cannot steer a terminal, a CI runner or a reader's eye."""

from __future__ import annotations

import re
from unicodedata import category

# Controls, formats (bidirectional, zero-width), surrogates, separators of lines and paragraphs.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Letters and marks by their category, and yet nothing to see.
_UNSEEN_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")

# A GitHub runner skips blanks before `::` and takes the older `##[` anywhere in a line, as Azure
# Pipelines does `##vso[` (actions/runner, src/Runner.Common/ActionCommand.cs).
# Either may see through our own colours.
_COLOR = r"\x1b\[[\d;]*m"
_COMMAND = re.compile(rf"^((?:[^\S\n]|{_COLOR})*)(?=::)", re.MULTILINE)
_OLD_COMMAND = re.compile(rf"#(?=#(?:\w|{_COLOR})*\[)")


def visible(text: str) -> str:
    r"""The text with everything that acts unseen written out, as `\x1b`, `\u202e` or `\n`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_written_out(character) for character in text)


def _written_out(character: str) -> str:
    if character in _UNSEEN_LETTERS or category(character) in _UNSEEN_CATEGORIES:
        return escaped(character)
    return character


def escaped(character: str) -> str:
    """The character as Python writes it in ASCII."""
    return character.encode("unicode_escape").decode("ascii")


def readable(text: str) -> str:
    """A line that both texts have, safe to show."""
    return visible(text.expandtabs(4))


def exact(text: str) -> str:
    """What came or went, safe to show, its line ends and closing blanks to be seen."""
    words = text.rstrip()
    blanks = "".join(_BLANKS.get(blank, escaped(blank)) for blank in text[len(words) :])
    return readable(words).replace(r"\n", "↵") + blanks


_BLANKS = {" ": "·", "\t": "→", "\n": "↵"}


def defused(report: str) -> str:
    """The finished report without a line that a CI runner takes for a command."""
    return _OLD_COMMAND.sub(r"#\\", _COMMAND.sub(r"\1\\", report))


def defused_html(page: str) -> str:
    """The same for a page, which shows what it showed: `&#35;` is the number sign."""
    return _OLD_COMMAND.sub("&#35;", _COMMAND.sub(r"\1<wbr>", page))


def defused_json(document: str) -> str:
    r"""The same for a JSON document, which stays what it says: `\u0023` is the number sign."""
    return _OLD_COMMAND.sub(r"\\u0023", document)
