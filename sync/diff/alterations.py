"""Describe how a server altered a text, for people; no write depends on these words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyromark

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.model.text import Text


_SERVER_FORM = "probably the server's form of your text"


def describe_alteration(sent: Text, stored: Text) -> str:
    """Return a few words for the user about how the server altered the sent text.

    The texts must differ at least in their raw form. Changed references are said first, because
    they change what readers see.
    """
    if stored.is_empty and not sent.is_empty:
        return "emptied"
    if (known := _describe_known(sent, stored)) is not None:
        return known
    changed = "references changed, " if _has_other_references(sent, stored) else ""
    return f"{changed}{_describe_unknown(sent.canonical.strip(), stored.canonical.strip())}"


def is_server_alteration(sent: Text, stored: Text) -> bool:
    """Return True if `stored` looks like what servers make of `sent`; an empty text never does."""
    return not stored.is_empty and _describe_known(sent, stored) is not None


def is_cut(sent: Text, stored: Text) -> bool:
    """Return True if `stored` may be the beginning of `sent`, as the server or a writer left it."""
    return bool(_describe_cut(sent, stored))


def describe_server_form(sent: Text, stored: Text) -> str:
    """Say that `stored` is probably what the server made of `sent`; "" if nothing suggests that."""
    if not is_server_alteration(sent, stored):
        return ""
    return f"{_SERVER_FORM} ({describe_alteration(sent, stored)})"


def is_server_form(note: str) -> bool:
    """Return True if the note says that a text is probably the server's form of another."""
    return note.startswith(_SERVER_FORM)


_REFERENCE = re.compile(r"\{(?:asset|model):[^\s{}]+\}")


def _has_other_references(sent: Text, stored: Text) -> bool:
    return _REFERENCE.findall(sent.raw) != _REFERENCE.findall(stored.raw)


def _describe_known(sent: Text, stored: Text) -> str | None:
    """Describe an alteration that servers are known to make; None if it is another one."""
    if not _has_other_references(sent, stored):
        return _find_alteration_name(sent.raw, stored.raw) or _describe_cut(sent, stored) or None
    rest, left = (_REFERENCE.sub("", text.raw) for text in (sent, stored))
    if rest.split() == left.split():
        return "references changed"
    name = _find_alteration_name(rest, left) or _describe_cut(sent, stored)
    return f"references changed, {name}" if name else None


def _describe_unknown(sent: str, stored: str) -> str:
    if stored.startswith(sent):
        return "text added at the end"
    return "text added at the beginning" if stored.endswith(sent) else "text changed"


def _find_alteration_name(sent: str, stored: str) -> str:
    """Return the name of the first known alteration that makes `stored` of `sent`, or ""."""
    return next((name for name, made_of in _ALTERATIONS if made_of(sent, stored)), "")


def _describe_cut(sent: Text, stored: Text) -> str:
    start = stored.canonical.rstrip().rstrip("\ufffd")
    is_cut = bool(start) and sent.canonical.startswith(start)
    return f"cut at {len(stored.raw)} characters" if is_cut else ""


# --- blanks and characters -----------------------------------------------------------------------


def _normalize_line_ends(text: str) -> str:
    return "\n".join(text.splitlines())


def _trim_lines(text: str) -> str:
    return "\n".join(line.rstrip(" \t") for line in _normalize_line_ends(text).split("\n")).strip()


def _is_trimmed(sent: str, stored: str) -> bool:
    return len(stored) < len(sent) and _trim_lines(sent) == _trim_lines(stored)


def _has_other_line_ends(sent: str, stored: str) -> bool:
    return _normalize_line_ends(sent) == _normalize_line_ends(stored)


def _is_normalised(form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> Callable[[str, str], bool]:
    def is_normalised(sent: str, stored: str) -> bool:
        normal = unicodedata.normalize(form, sent)
        return normal != sent and _trim_lines(normal) == _trim_lines(stored)

    return is_normalised


def _has_folded_blank_lines(sent: str, stored: str) -> bool:
    lines, left = _trim_lines(sent).split("\n"), _trim_lines(stored).split("\n")
    return len(left) < len(lines) and [*filter(None, lines)] == [*filter(None, left)]


def _has_other_blanks(sent: str, stored: str) -> bool:
    return "".join(sent.split()) == "".join(stored.split())


# --- markup --------------------------------------------------------------------------------------

# Without lazy repeats: the time stays linear for any text from outside.
_TAG = r"<!--[^<>]*-->|</?[A-Za-z][^<>]*>"
_PART = re.compile(rf"(?P<tag>{_TAG})|(?P<blank>\s+)|(?P<word>[^\s<]+|<)")
_SCRIPT = re.compile(r"(?i)<(script|style)\b[^<>]*>[^<]*</\1\s*>")


def _has_less_html(sent: str, stored: str) -> bool:
    """Return True if HTML is missing, and nothing else but blanks where the HTML was."""
    left = _Parts.of(stored)
    return any(left.lack_only_tags_of(_Parts.of(whole)) for whole in (sent, _strip_scripts(sent)))


def _strip_scripts(text: str) -> str:
    """Return the text without the content of its scripts and styles."""
    return _SCRIPT.sub(r"<\1></\1>", text)


@dataclass(frozen=True, slots=True)
class _Parts:
    """A text taken apart: its words joined without blanks, and where tags and blanks stood."""

    words: str
    tags: Counter[str]
    tag_places: frozenset[int]
    blank_places: frozenset[int]

    @classmethod
    def of(cls, text: str) -> _Parts:
        words: list[str] = []
        tags: Counter[str] = Counter()
        places: dict[str, set[int]] = {"tag": set(), "blank": set()}
        length = 0
        for part in _PART.finditer(text.strip()):
            if part["word"]:
                words.append(part["word"])
                length += len(part["word"])
            elif part["tag"]:
                places["tag"].add(length)
                tags[part["tag"]] += 1
            else:
                places["blank"].add(length)
        return cls("".join(words), tags, frozenset(places["tag"]), frozenset(places["blank"]))

    def lack_only_tags_of(self, sent: _Parts) -> bool:
        other_blanks = self.blank_places ^ sent.blank_places
        return (
            self.words == sent.words and self.tags < sent.tags and other_blanks <= sent.tag_places
        )


def _is_rendered_the_same(sent: str, stored: str) -> bool:
    return _render_words(sent) == _render_words(stored)


def _render_words(text: str) -> list[str]:
    options = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH
    return pyromark.html(text, options=options).split()


# The first that fits gives the name.
_ALTERATIONS: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
    ("line endings", _has_other_line_ends),
    ("trimmed", _is_trimmed),
    ("blank lines folded", _has_folded_blank_lines),
    ("Unicode normalised (NFC)", _is_normalised("NFC")),
    ("Unicode normalised (NFD)", _is_normalised("NFD")),
    ("Unicode normalised (NFKC)", _is_normalised("NFKC")),
    ("Unicode normalised (NFKD)", _is_normalised("NFKD")),
    ("blanks changed", _has_other_blanks),
    ("HTML removed", _has_less_html),
    ("Markdown rewritten (same rendered text)", _is_rendered_the_same),
)
