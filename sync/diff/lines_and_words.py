"""Show what differs between two texts: lines and words for people, a unified diff for programs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from sync.diff.sequences import Edit, find_edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.model import Text


# Larger changes, in characters, are compared by lines only: nobody reads them word by word.
_MAX_WORD_DIFF_SIZE = 500_000


@dataclass(frozen=True, slots=True)
class KeptText:
    """A line, or words of a changed line, that both texts have."""

    text: str


@dataclass(frozen=True, slots=True)
class RemovedText:
    """A line, or words of a changed line, that only the text before has."""

    text: str


@dataclass(frozen=True, slots=True)
class AddedText:
    """A line, or words of a changed line, that only the text after has."""

    text: str


DiffWords: TypeAlias = KeptText | RemovedText | AddedText


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line in which only some words changed.

    Removed and added words include the line ends that were removed or added. The line end that
    closes the line is left out if it was kept.
    """

    words: tuple[DiffWords, ...]


@dataclass(frozen=True, slots=True)
class ElidedLines:
    """A number of unchanged lines that are not shown."""

    lines: int


DiffLine: TypeAlias = KeptText | RemovedText | AddedText | ChangedLine | ElidedLines


def diff_lines(before: Text, after: Text, *, context: int = 1) -> tuple[DiffLine, ...]:
    """Return the lines that differ between the canonical texts, with `context` lines around them.

    The result is empty only if the texts are the same. Lines have no line ends.
    """
    old, new = _split_lines(before), _split_lines(after)
    edits = find_edits(old, new)
    into_lines = (
        _diff_by_words
        if _count_changed_characters(edits, old, new) <= _MAX_WORD_DIFF_SIZE
        else _diff_whole_lines
    )
    lines: list[DiffLine] = []
    end = 0
    for edit in edits:
        lines += _elide_lines(old[end : edit.old], head=context if lines else 0, tail=context)
        lines += into_lines(old[edit.old : edit.old_end], new[edit.new : edit.new_end])
        end = edit.old_end
    return (*lines, *_elide_lines(old[end:], head=context, tail=0)) if lines else ()


def render_unified_diff(before: Text, after: Text, *, context: int = 3) -> str:
    """Return a unified diff of the canonical texts; it is empty only if they are the same."""
    old, new = _split_lines(before), _split_lines(after)
    hunks = [
        _render_hunk(old, new, edits=edits, context=context)
        for edits in _group_edits(find_edits(old, new), within=2 * context)
    ]
    return "".join(("--- before\n", "+++ after\n", *hunks)) if hunks else ""


# --- lines ---------------------------------------------------------------------------------------


def _split_lines(text: Text) -> list[str]:
    """Split the text into lines with their ends, only at line feeds, unlike `str.splitlines`."""
    return [f"{line}\n" for line in text.canonical.split("\n")[:-1]]


def _elide_lines(lines: Sequence[str], *, head: int, tail: int) -> Iterator[DiffLine]:
    hidden = len(lines) - head - tail
    if hidden <= 1:  # "1 line" would need a line itself
        head, hidden = len(lines), 0
    yield from (KeptText(line.removesuffix("\n")) for line in lines[:head])
    if hidden:
        yield ElidedLines(hidden)
        yield from (KeptText(line.removesuffix("\n")) for line in lines[head + hidden :])


def _count_changed_characters(edits: Iterable[Edit], old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many characters the edits replace, on both sides together."""
    return sum(
        len(line)
        for edit in edits
        for line in (*old[edit.old : edit.old_end], *new[edit.new : edit.new_end])
    )


def _diff_whole_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    yield from (RemovedText(line.removesuffix("\n")) for line in old)
    yield from (AddedText(line.removesuffix("\n")) for line in new)


def _diff_by_words(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    line: list[DiffWords] = []
    for words in _diff_words(_split_tokens("".join(old)), _split_tokens("".join(new))):
        line.append(words)
        if words.text.endswith("\n") and (len(line) == 1 or not isinstance(words, RemovedText)):
            yield from _build_lines(line)
            line = []


def _build_lines(words: Sequence[DiffWords]) -> Iterator[DiffLine]:
    match [part for part in words if part != KeptText("\n")]:
        case []:
            yield KeptText("")
        case [KeptText(text)]:
            yield KeptText(text.removesuffix("\n"))
        case [(RemovedText() | AddedText()) as whole] if whole.text.endswith("\n"):
            yield type(whole)(whole.text.removesuffix("\n"))
        case [RemovedText() as removed, AddedText() as added]:
            yield removed
            yield added
        case _:
            yield ChangedLine(tuple(_drop_kept_line_end(words)))


def _drop_kept_line_end(words: Sequence[DiffWords]) -> Iterator[DiffWords]:
    for kind, parts in groupby(words, key=type):
        text = "".join(part.text for part in parts)
        text = text.removesuffix("\n") if kind is KeptText else text
        if text:
            yield kind(text)


# --- words ---------------------------------------------------------------------------------------

_TOKEN_PATTERN = re.compile(
    r"""(?x)
    \n
    | [^\S\n]+                                  # blanks
    | (?: \{(?:asset|model):[^{}\s]*\}          # a reference
        | \d+(?:[.,:]\d+)+(?!\w)                 # 0.85, 1,000, 16:9
        | [\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]
        | (?: (?![\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])\w )+
        | .                                     # punctuation, an emoji
      )
      (?: \u200d. | [\u0300-\u036f\ufe0e\ufe0f\U0001f3fb-\U0001f3ff] )*   # joiners, skin tones
    """
)


def _split_tokens(text: str) -> list[str]:
    """Split into words, blanks and signs; a reference or a CJK character is one token."""
    return _TOKEN_PATTERN.findall(text)


def _diff_words(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffWords]:
    """Yield the differing and the kept words; none of them continues after a line end."""
    end = 0
    edits = _join_close_edits(find_edits(old, new), old)
    for edit in (_move_past_line_end(each, old, new) for each in edits):
        yield from map(KeptText, _split_after_line_ends(old[end : edit.old]))
        replaced: list[DiffWords] = [
            *map(RemovedText, _split_after_line_ends(old[edit.old : edit.old_end])),
            *map(AddedText, _split_after_line_ends(new[edit.new : edit.new_end])),
        ]
        if edit.old == 0 or old[edit.old - 1] == "\n":  # show whole lines before the changed line
            replaced.sort(key=lambda words: not words.text.endswith("\n"))
        yield from replaced
        end = edit.old_end
    yield from map(KeptText, _split_after_line_ends(old[end:]))


def _move_past_line_end(edit: Edit, old: Sequence[str], new: Sequence[str]) -> Edit:
    """Return the edit moved past a line end, if that is equivalent and only adds or only removes.

    The edit then consists of whole lines, which is easier to read.
    """
    inserted, deleted = edit.old == edit.old_end, edit.new == edit.new_end
    if not (inserted or deleted) or edit.old >= len(old) or edit.new >= len(new):
        return edit
    if not old[edit.old] == new[edit.new] == "\n":
        return edit
    return Edit(edit.old + 1, edit.old_end + 1, edit.new + 1, edit.new_end + 1)


def _split_after_line_ends(tokens: Sequence[str]) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", "".join(tokens))


def _join_close_edits(edits: Iterable[Edit], old: Sequence[str]) -> list[Edit]:
    """Return the edits, joined where the tokens between two of them match only by chance."""
    readable: list[Edit] = []
    for edit in edits:
        whole = edit
        while readable and _is_chance_match(old, readable[-1], whole):
            last = readable.pop()
            whole = Edit(last.old, whole.old_end, last.new, whole.new_end)
        readable.append(whole)
    return readable


def _is_chance_match(old: Sequence[str], left: Edit, right: Edit) -> bool:
    """Return True if the tokens between two edits are blank, or fewer than in either edit."""
    kept = old[left.old_end : right.old]
    return "\n" not in kept and (
        not "".join(kept).strip() or len(kept) < min(left.size, right.size)
    )


# --- unified diff --------------------------------------------------------------------------------


def _group_edits(edits: Iterable[Edit], *, within: int) -> list[list[Edit]]:
    """Group the edits that have at most `within` lines between them."""
    groups: list[list[Edit]] = []
    for edit in edits:
        if groups and edit.old - groups[-1][-1].old_end <= within:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    return groups


def _render_hunk(
    old: Sequence[str], new: Sequence[str], *, edits: Sequence[Edit], context: int
) -> str:
    first, last = edits[0], edits[-1]
    start, stop = max(first.old - context, 0), min(last.old_end + context, len(old))
    new_start = first.new - (first.old - start)
    new_stop = last.new_end + (stop - last.old_end)
    lines = [f"@@ -{_format_range(start, stop)} +{_format_range(new_start, new_stop)} @@\n"]
    end = start
    for edit in edits:
        lines += [f" {line}" for line in old[end : edit.old]]
        lines += [f"-{line}" for line in old[edit.old : edit.old_end]]
        lines += [f"+{line}" for line in new[edit.new : edit.new_end]]
        end = edit.old_end
    return "".join((*lines, *(f" {line}" for line in old[end:stop])))


def _format_range(start: int, stop: int) -> str:
    """Format a range of lines, counted from 1, as in a unified diff.

    An empty range has the number of the line before it.
    """
    return f"{start + 1 if stop > start else start},{stop - start}"
