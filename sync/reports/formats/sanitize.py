"""Text from outside, escaped so that it cannot control a terminal or CI runner, or hide."""

from __future__ import annotations

import re
from unicodedata import category

from sync.lint.hidden_characters import find_hidden_characters, find_ignorable_characters

# Control and format characters (bidirectional, zero-width), surrogates, line and paragraph
# separators.
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Format characters that shape a letter or an emoji; they are shown as part of it.
_SHAPING = frozenset("\u200c\u200d") | {chr(code) for code in range(0xE0020, 0xE0080)}

# A GitHub runner ignores blanks before `::` and accepts the older `##[` anywhere in a line. Azure
# Pipelines does the same with `##vso[` (actions/runner, src/Runner.Common/ActionCommand.cs).
# Both may ignore our colour codes inside a command.
_COLOR = r"\x1b\[[\d;]*m"
_COMMAND = re.compile(rf"^((?:[^\S\n]|{_COLOR})*)(?=::)", re.MULTILINE)
_BRACKET_COMMAND = re.compile(rf"#(?=#(?:\w|{_COLOR})*\[)")


def escape_invisible(text: str, *, show_hidden: bool = False) -> str:
    r"""Replace invisible characters with escapes, such as `\x1b`, `\u202e` or `\n`.

    A joiner or a variation selector that shapes a letter or an emoji is kept, unless `show_hidden`.
    """
    if text.isascii():
        if text.isprintable():
            return text
        hidden: set[int] = set()
    elif show_hidden:
        hidden = set(find_ignorable_characters(text))
    else:
        hidden = set(find_hidden_characters(text))
    if not hidden and text.isprintable():  # no character of the categories is printable
        return text
    return "".join(
        escape_character(character) if at in hidden or _is_control(character) else character
        for at, character in enumerate(text)
    )


def _is_control(character: str) -> bool:
    return character not in _SHAPING and category(character) in _INVISIBLE_CATEGORIES


def escape_character(character: str) -> str:
    """Return the ASCII escape of the character, as in a Python string."""
    return character.encode("unicode_escape").decode("ascii")


def format_unchanged(text: str) -> str:
    """Format a line that both texts have so that it is safe to show."""
    return escape_invisible(text.expandtabs(4))


def show_whitespace(text: str, *, show_hidden: bool = False) -> str:
    """Format added or removed text: show line ends and trailing blanks as visible signs.

    `show_hidden` also shows the characters that only shape others.
    """
    words = text.rstrip()
    blanks = "".join(
        _WHITESPACE_SIGNS.get(blank, escape_character(blank)) for blank in text[len(words) :]
    )
    shown = escape_invisible(words.expandtabs(4), show_hidden=show_hidden)
    return shown.replace(r"\n", "↵") + blanks


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
