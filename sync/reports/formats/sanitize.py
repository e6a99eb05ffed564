"""Text from outside, escaped so that it cannot control a terminal or CI runner, or hide."""

from __future__ import annotations

import re
from unicodedata import category

# Control and format characters (bidirectional, zero-width), surrogates, line and paragraph
# separators.
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Unicode counts these as letters and marks, but they are invisible.
_INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")

# A GitHub runner ignores blanks before `::` and accepts the older `##[` anywhere in a line. Azure
# Pipelines does the same with `##vso[` (actions/runner, src/Runner.Common/ActionCommand.cs).
# Both may ignore our colour codes inside a command.
_COLOR = r"\x1b\[[\d;]*m"
_COMMAND = re.compile(rf"^((?:[^\S\n]|{_COLOR})*)(?=::)", re.MULTILINE)
_BRACKET_COMMAND = re.compile(rf"#(?=#(?:\w|{_COLOR})*\[)")


def escape_invisible(text: str) -> str:
    r"""Replace invisible characters with escapes, such as `\x1b`, `\u202e` or `\n`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape_if_invisible(character) for character in text)


def _escape_if_invisible(character: str) -> str:
    if character in _INVISIBLE_LETTERS or category(character) in _INVISIBLE_CATEGORIES:
        return escape_character(character)
    return character


def escape_character(character: str) -> str:
    """Return the ASCII escape of the character, as in a Python string."""
    return character.encode("unicode_escape").decode("ascii")


def format_unchanged(text: str) -> str:
    """Format a line that both texts have so that it is safe to show."""
    return escape_invisible(text.expandtabs(4))


def show_whitespace(text: str) -> str:
    """Format added or removed text: show line ends and trailing blanks as visible signs."""
    words = text.rstrip()
    blanks = "".join(
        _WHITESPACE_SIGNS.get(blank, escape_character(blank)) for blank in text[len(words) :]
    )
    return format_unchanged(words).replace(r"\n", "↵") + blanks


_WHITESPACE_SIGNS = {" ": "·", "\t": "→", "\n": "↵"}


def neutralize_commands(report: str) -> str:
    """Escape, in a finished report, everything that a CI runner takes for a command."""
    return _BRACKET_COMMAND.sub(r"#\\", _COMMAND.sub(r"\1\\", report))


def neutralize_html_commands(page: str) -> str:
    """Escape CI commands in an HTML page; it looks the same, as `&#35;` is the number sign."""
    return _BRACKET_COMMAND.sub("&#35;", _COMMAND.sub(r"\1<wbr>", page))


def neutralize_json_commands(document: str) -> str:
    r"""Escape CI commands in JSON; its content stays the same, as `\u0023` is the number sign."""
    return _BRACKET_COMMAND.sub(r"\\u0023", document)
