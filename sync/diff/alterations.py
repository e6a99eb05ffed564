"""Describe what a server made of a text that was sent."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.model import Text


def describe_alteration(sent: Text, held: Text) -> str:
    """Return a few words for the user about how the server altered the sent text.

    The texts must differ at least in their raw form.
    """
    if held.is_empty and not sent.is_empty:
        return "emptied"
    for name, made_of in _ALTERATIONS:
        if made_of(sent.raw, held.raw):
            return name
    if held.canonical and sent.canonical.startswith(held.canonical.rstrip().rstrip("\ufffd")):
        return f"cut at {len(held.raw)} characters"
    return _UNKNOWN_ALTERATION


def is_server_alteration(sent: Text, held: Text) -> bool:
    """Return True if a known server alteration turns `sent` into `held`.

    An empty `held` text never counts.
    """
    return not held.is_empty and describe_alteration(sent, held) != _UNKNOWN_ALTERATION


_UNKNOWN_ALTERATION = "something else"


def _trim_lines(text: str) -> str:
    return "\n".join(line.rstrip(" \t") for line in text.split("\n")).strip()


def _unify_line_ends(text: str) -> str:
    return _trim_lines("\n".join(text.splitlines()))


def _strip_tags(text: str) -> str:
    """Remove tags, comments and all blanks, because blanks are lost or added with them."""
    return "".join(re.sub(r"<!--[^<>]*-->|</?[A-Za-z][^<>]*>", "", text).split())


def _strip_scripts(text: str) -> str:
    return _strip_tags(re.sub(r"(?i)<(script|style)\b[^<>]*>[^<]*</\1\s*>", "", text))


def _compare_forms(form: Callable[[str], str]) -> Callable[[str, str], bool]:
    """Return a predicate that is true if two texts are equal after `form` is applied to each."""
    return lambda sent, held: form(sent) == form(held)


def _compare_unicode_form(
    form: Literal["NFC", "NFD", "NFKC", "NFKD"],
) -> Callable[[str, str], bool]:
    return lambda sent, held: (
        unicodedata.normalize(form, _unify_line_ends(sent)) == _unify_line_ends(held)
    )


# The first predicate that is true gives the name.
_ALTERATIONS: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
    ("trimmed", _compare_forms(_trim_lines)),
    ("line endings", _compare_forms(_unify_line_ends)),
    ("Unicode normalised (NFC)", _compare_unicode_form("NFC")),
    ("Unicode normalised (NFD)", _compare_unicode_form("NFD")),
    ("Unicode normalised (NFKC)", _compare_unicode_form("NFKC")),
    ("Unicode normalised (NFKD)", _compare_unicode_form("NFKD")),
    ("HTML removed", _compare_forms(_strip_tags)),
    ("HTML removed", _compare_forms(_strip_scripts)),
)
