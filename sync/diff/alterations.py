"""Name what a server made of a text. A name is for people: it decides nothing."""

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


def describe_alteration(sent: Text, held: Text) -> str:
    """Return a few words for the user about how the server altered the sent text.

    The texts must differ at least in their raw form. Changed references are said first, because
    they change what readers see.
    """
    if held.is_empty and not sent.is_empty:
        return "emptied"
    if (known := _describe_known(sent, held)) is not None:
        return known
    changed = "references changed, " if _has_other_references(sent, held) else ""
    return f"{changed}{_describe_unknown(sent.canonical.strip(), held.canonical.strip())}"


def is_server_alteration(sent: Text, held: Text) -> bool:
    """Return True if `held` looks like what servers make of `sent`; an empty text never does."""
    return not held.is_empty and _describe_known(sent, held) is not None


def is_cut(sent: Text, held: Text) -> bool:
    """Return True if `held` may be the beginning of `sent`, as the server or a writer left it."""
    return bool(_cut(sent, held))


def describe_server_form(sent: Text, held: Text) -> str:
    """Say that `held` is probably what the server made of `sent`; "" if nothing suggests that."""
    if not is_server_alteration(sent, held):
        return ""
    return f"{_SERVER_FORM} ({describe_alteration(sent, held)})"


def is_server_form(note: str) -> bool:
    """Return True if the note says that a text is probably the server's form of another."""
    return note.startswith(_SERVER_FORM)


_REFERENCE = re.compile(r"\{(?:asset|model):[^\s{}]+\}")


def _has_other_references(sent: Text, held: Text) -> bool:
    return _REFERENCE.findall(sent.raw) != _REFERENCE.findall(held.raw)


def _describe_known(sent: Text, held: Text) -> str | None:
    """Describe an alteration that servers are known to make; None if it is another one."""
    if not _has_other_references(sent, held):
        return _name(sent.raw, held.raw) or _cut(sent, held) or None
    rest, left = (_REFERENCE.sub("", text.raw) for text in (sent, held))
    if rest.split() == left.split():
        return "references changed"
    name = _name(rest, left) or _cut(sent, held)
    return f"references changed, {name}" if name else None


def _describe_unknown(sent: str, held: str) -> str:
    if held.startswith(sent):
        return "text added at the end"
    return "text added at the beginning" if held.endswith(sent) else "text changed"


def _name(sent: str, held: str) -> str:
    """Return the name of the first known alteration that makes `held` of `sent`, or ""."""
    return next((name for name, made_of in _ALTERATIONS if made_of(sent, held)), "")


def _cut(sent: Text, held: Text) -> str:
    start = held.canonical.rstrip().rstrip("\ufffd")
    is_cut = bool(start) and sent.canonical.startswith(start)
    return f"cut at {len(held.raw)} characters" if is_cut else ""


# --- blanks and characters -----------------------------------------------------------------------


def _unix(text: str) -> str:
    return "\n".join(text.splitlines())


def _trim_lines(text: str) -> str:
    return "\n".join(line.rstrip(" \t") for line in _unix(text).split("\n")).strip()


def _is_trimmed(sent: str, held: str) -> bool:
    return len(held) < len(sent) and _trim_lines(sent) == _trim_lines(held)


def _has_other_line_ends(sent: str, held: str) -> bool:
    return _unix(sent) == _unix(held)


def _is_normalised(form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> Callable[[str, str], bool]:
    def is_normalised(sent: str, held: str) -> bool:
        normal = unicodedata.normalize(form, sent)
        return normal != sent and _trim_lines(normal) == _trim_lines(held)

    return is_normalised


def _has_folded_blank_lines(sent: str, held: str) -> bool:
    lines, left = _trim_lines(sent).split("\n"), _trim_lines(held).split("\n")
    return len(left) < len(lines) and [*filter(None, lines)] == [*filter(None, left)]


def _has_other_blanks(sent: str, held: str) -> bool:
    return "".join(sent.split()) == "".join(held.split())


# --- markup --------------------------------------------------------------------------------------

# Without lazy repeats: the time stays linear for any text from outside.
_TAG = r"<!--[^<>]*-->|</?[A-Za-z][^<>]*>"
_PART = re.compile(rf"(?P<tag>{_TAG})|(?P<blank>\s+)|(?P<word>[^\s<]+|<)")
_SCRIPT = re.compile(r"(?i)<(script|style)\b[^<>]*>[^<]*</\1\s*>")


def _has_less_html(sent: str, held: str) -> bool:
    """Return True if HTML is missing, and nothing else but blanks where the HTML was."""
    left = _Parts.of(held)
    return any(left.lack_only_tags_of(_Parts.of(whole)) for whole in (sent, _bare(sent)))


def _bare(text: str) -> str:
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


def _is_rendered_the_same(sent: str, held: str) -> bool:
    return _render_words(sent) == _render_words(held)


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
