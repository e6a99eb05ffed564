"""What differs between two texts: lines and words for a person, a unified diff for a program."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal, TypeAlias

from sync.edits import Edit, edits_between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sync.model import Text

# More changed characters than this are compared by lines alone: nobody reads them word by word.
_READABLE = 500_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A line, or words of a changed line, that both texts have."""

    text: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A line, or words of a changed line, that only the text before has."""

    text: str


@dataclass(frozen=True, slots=True)
class Added:
    """A line, or words of a changed line, that only the text after has."""

    text: str


Words: TypeAlias = Kept | Removed | Added


@dataclass(frozen=True, slots=True)
class Changed:
    """A line of which some words are kept.

    Its removed and added words hold the line ends that went and came; the line end that closes it,
    if that was kept, is left out.
    """

    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Elided:
    """So many lines that both texts have."""

    lines: int


Line: TypeAlias = Kept | Removed | Added | Changed | Elided


def difference(before: Text, after: Text, *, context: int = 1) -> tuple[Line, ...]:
    """The lines that differ between the canonical texts, with so many kept lines around them.

    Empty only where the texts are the same. Lines come without their line ends.
    """
    old, new = _lines(before), _lines(after)
    edits = edits_between(old, new)
    into_lines = _by_words if _size(edits, old, new) <= _READABLE else _by_lines
    lines: list[Line] = []
    end = 0
    for edit in edits:
        lines += _elided(old[end : edit.old], head=context if lines else 0, tail=context)
        lines += into_lines(old[edit.old : edit.old_end], new[edit.new : edit.new_end])
        end = edit.old_end
    return (*lines, *_elided(old[end:], head=context, tail=0)) if lines else ()


def unified(before: Text, after: Text, *, context: int = 3) -> str:
    """A unified diff of the canonical texts; empty only where they are the same."""
    old, new = _lines(before), _lines(after)
    hunks = [
        _hunk(old, new, edits=edits, context=context)
        for edits in _neighbours(edits_between(old, new), within=2 * context)
    ]
    return "".join(("--- before\n", "+++ after\n", *hunks)) if hunks else ""


# --- lines ---------------------------------------------------------------------------------------


def _lines(text: Text) -> list[str]:
    """The lines with their ends; a line feed alone ends one, unlike in `str.splitlines`."""
    return [f"{line}\n" for line in text.canonical.split("\n")[:-1]]


def _elided(lines: Sequence[str], *, head: int, tail: int) -> Iterator[Line]:
    hidden = len(lines) - head - tail
    if hidden <= 1:  # a line that says "1 line" is no shorter
        head, hidden = len(lines), 0
    yield from (Kept(line.removesuffix("\n")) for line in lines[:head])
    if hidden:
        yield Elided(hidden)
        yield from (Kept(line.removesuffix("\n")) for line in lines[head + hidden :])


def _size(edits: Iterable[Edit], old: Sequence[str], new: Sequence[str]) -> int:
    """How many characters the edits replace, both sides counted."""
    return sum(
        len(line)
        for edit in edits
        for line in (*old[edit.old : edit.old_end], *new[edit.new : edit.new_end])
    )


def _by_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    yield from (Removed(line.removesuffix("\n")) for line in old)
    yield from (Added(line.removesuffix("\n")) for line in new)


def _by_words(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    line: list[Words] = []
    for words in _words(_tokens("".join(old)), _tokens("".join(new))):
        line.append(words)
        if words.text.endswith("\n") and (len(line) == 1 or not isinstance(words, Removed)):
            yield from _line(line)
            line = []


def _line(words: Sequence[Words]) -> Iterator[Line]:
    match [part for part in words if part != Kept("\n")]:
        case []:
            yield Kept("")
        case [Kept(text)]:
            yield Kept(text.removesuffix("\n"))
        case [(Removed() | Added()) as whole] if whole.text.endswith("\n"):
            yield type(whole)(whole.text.removesuffix("\n"))
        case [Removed() as removed, Added() as added]:
            yield removed
            yield added
        case _:
            yield Changed(tuple(_without_kept_end(words)))


def _without_kept_end(words: Sequence[Words]) -> Iterator[Words]:
    for kind, parts in groupby(words, key=type):
        text = "".join(part.text for part in parts)
        text = text.removesuffix("\n") if kind is Kept else text
        if text:
            yield kind(text)


# --- words ---------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""(?x)
    \n
    | [^\S\n]+                                  # blanks
    | (?: \{(?:asset|model):[^{}\s]*\}          # a reference
        | \d+(?:[.,:]\d+)+(?!\w)                 # 0.85, 1,000, 16:9
        | [\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]
        | (?: (?![\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])\w )+
        | .                                     # punctuation, an emoji
      )
      (?: \u200d. | [\u0300-\u036f\ufe0e\ufe0f\U0001f3fb-\U0001f3ff] )*   # what clings to it
    """
)


def _tokens(text: str) -> list[str]:
    """Words, blanks and signs; a reference is one token, and so is each character of CJK."""
    return _TOKEN.findall(text)


def _words(old: Sequence[str], new: Sequence[str]) -> Iterator[Words]:
    """The tokens in stretches, none of which goes on after a line end."""
    end = 0
    edits = _readable(edits_between(old, new), old)
    for edit in (_after_line_end(each, old, new) for each in edits):
        yield from map(Kept, _stretches(old[end : edit.old]))
        replaced: list[Words] = [
            *map(Removed, _stretches(old[edit.old : edit.old_end])),
            *map(Added, _stretches(new[edit.new : edit.new_end])),
        ]
        if edit.old == 0 or old[edit.old - 1] == "\n":  # whole lines before the changed one
            replaced.sort(key=lambda words: not words.text.endswith("\n"))
        yield from replaced
        end = edit.old_end
    yield from map(Kept, _stretches(old[end:]))


def _after_line_end(edit: Edit, old: Sequence[str], new: Sequence[str]) -> Edit:
    """The edit moved past a line end, where it says the same: whole lines that come or go."""
    inserted, deleted = edit.old == edit.old_end, edit.new == edit.new_end
    if not (inserted or deleted) or edit.old >= len(old) or edit.new >= len(new):
        return edit
    if not old[edit.old] == new[edit.new] == "\n":
        return edit
    return Edit(edit.old + 1, edit.old_end + 1, edit.new + 1, edit.new_end + 1)


def _stretches(tokens: Sequence[str]) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", "".join(tokens))


def _readable(edits: Iterable[Edit], old: Sequence[str]) -> list[Edit]:
    """The edits without the scraps between them that are alike only by chance."""
    readable: list[Edit] = []
    for edit in edits:
        whole = edit
        while readable and _is_scrap(old, readable[-1], whole):
            last = readable.pop()
            whole = Edit(last.old, whole.old_end, last.new, whole.new_end)
        readable.append(whole)
    return readable


def _is_scrap(old: Sequence[str], left: Edit, right: Edit) -> bool:
    """Whether what is kept between two edits is blank, or shorter than either of them."""
    kept = old[left.old_end : right.old]
    return "\n" not in kept and (
        not "".join(kept).strip() or len(kept) < min(left.size, right.size)
    )


# --- the unified form ----------------------------------------------------------------------------


def _neighbours(edits: Iterable[Edit], *, within: int) -> list[list[Edit]]:
    """The edits in groups of those with so few lines or fewer between them."""
    groups: list[list[Edit]] = []
    for edit in edits:
        if groups and edit.old - groups[-1][-1].old_end <= within:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    return groups


def _hunk(old: Sequence[str], new: Sequence[str], *, edits: Sequence[Edit], context: int) -> str:
    first, last = edits[0], edits[-1]
    start, stop = max(first.old - context, 0), min(last.old_end + context, len(old))
    new_start = first.new - (first.old - start)
    new_stop = last.new_end + (stop - last.old_end)
    lines = [f"@@ -{_range(start, stop)} +{_range(new_start, new_stop)} @@\n"]
    end = start
    for edit in edits:
        lines += [f" {line}" for line in old[end : edit.old]]
        lines += [f"-{line}" for line in old[edit.old : edit.old_end]]
        lines += [f"+{line}" for line in new[edit.new : edit.new_end]]
        end = edit.old_end
    return "".join((*lines, *(f" {line}" for line in old[end:stop])))


def _range(start: int, stop: int) -> str:
    """Lines counted from 1, as diff counts them: an empty range is named by the line before it."""
    return f"{start + 1 if stop > start else start},{stop - start}"


# --- what a server made of a text ----------------------------------------------------------------


def alteration(sent: Text, held: Text) -> str:
    """What the server made of the text that it was sent, in a few words for a person.

    The texts differ at least in their raw form.
    """
    if held.is_empty and not sent.is_empty:
        return "emptied"
    for name, made_of in _ALTERATIONS:
        if made_of(sent.raw, held.raw):
            return name
    if held.canonical and sent.canonical.startswith(held.canonical.rstrip().rstrip("\ufffd")):
        return f"cut at {len(held.raw)} characters"
    return _SOMETHING_ELSE


def is_made_of(sent: Text, held: Text) -> bool:
    """Whether servers are known to make the one text of the other; not so of an empty one."""
    return not held.is_empty and alteration(sent, held) != _SOMETHING_ELSE


_SOMETHING_ELSE = "something else"


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip(" \t") for line in text.split("\n")).strip()


def _plain(text: str) -> str:
    return _trimmed("\n".join(text.splitlines()))


def _without_tags(text: str) -> str:
    """The text without tags and comments, nor blanks, which come and go with them."""
    return "".join(re.sub(r"<!--[^<>]*-->|</?[A-Za-z][^<>]*>", "", text).split())


def _without_scripts(text: str) -> str:
    return _without_tags(re.sub(r"(?i)<(script|style)\b[^<>]*>[^<]*</\1\s*>", "", text))


def _both(form: Callable[[str], str]) -> Callable[[str, str], bool]:
    """Whether two texts are alike in a form that hides what the server may have changed."""
    return lambda sent, held: form(sent) == form(held)


def _normalised(form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> Callable[[str, str], bool]:
    return lambda sent, held: unicodedata.normalize(form, _plain(sent)) == _plain(held)


# The first that explains the difference names it.
_ALTERATIONS: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
    ("trimmed", _both(_trimmed)),
    ("line endings", _both(_plain)),
    ("Unicode normalised (NFC)", _normalised("NFC")),
    ("Unicode normalised (NFD)", _normalised("NFD")),
    ("Unicode normalised (NFKC)", _normalised("NFKC")),
    ("Unicode normalised (NFKD)", _normalised("NFKD")),
    ("HTML removed", _both(_without_tags)),
    ("HTML removed", _both(_without_scripts)),
)
