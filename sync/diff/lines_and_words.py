"""Show people what differs between two texts: lines, and words in changed lines."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sync.diff.line_breaks import (
    SourceLine,
    join_soft_lines,
    normalize_blanks,
    read_source_lines,
)
from sync.diff.sequences import Edit, find_edits
from sync.diff.token_lists import TokenList, tokenize_lines
from sync.diff.values import (
    AddedText,
    ChangedLine,
    DifferenceKind,
    DiffLine,
    DiffWords,
    ElidedLines,
    ElidedText,
    KeptText,
    RemovedText,
    RespacedLine,
)
from sync.diff.word_edits import diff_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.model.text import Text


# Larger changes, in characters, are compared by lines only: nobody reads them word by word.
_MAX_WORD_DIFF_SIZE = 500_000
# The layout of a larger text, in characters, is not looked at: all of its blanks count.
_MAX_LAYOUT_SIZE = 500_000


def classify_difference(before: Text, after: Text) -> DifferenceKind:
    """Return what differs between the canonical texts: words, or only their layout.

    "line breaks" means that paragraphs are wrapped in another way; "blanks" that only spaces and
    tabs differ, inside lines or at their ends; "table padding" is the same with the dashes of table
    rules.
    """
    if before.is_same_as(after):
        return "none"
    if _has_other_signs(before, after):
        return "words"
    return _classify_lines(_read_lines(before), _read_lines(after))


def _has_other_signs(before: Text, after: Text) -> bool:
    """Return True if more than the layout differs for sure; most changes are told apart by this."""
    return _remove_layout_signs(before.canonical) != _remove_layout_signs(after.canonical)


def _remove_layout_signs(text: str) -> str:
    """Remove all that a change of layout can add: blanks, line ends, dashes of a table rule."""
    for sign in " \t\n-":
        text = text.replace(sign, "")  # `translate` is slow unless all is ASCII
    return text


def _classify_lines(old: Sequence[SourceLine], new: Sequence[SourceLine]) -> DifferenceKind:
    if normalize_blanks(old) == normalize_blanks(new):
        is_padded = any(
            one.is_table_rule and one.text.count("-") != other.text.count("-")
            for one, other in zip(old, new, strict=True)
        )
        return "table padding" if is_padded else "blanks"
    return "line breaks" if join_soft_lines(old) == join_soft_lines(new) else "words"


def _read_lines(text: Text) -> list[SourceLine]:
    if len(text.canonical) > _MAX_LAYOUT_SIZE:
        return [SourceLine(line, is_verbatim=True) for line in text.canonical.split("\n")[:-1]]
    return read_source_lines(text.canonical)


def diff_lines(before: Text, after: Text, *, context: int = 1) -> tuple[DiffLine, ...]:
    """Return the lines that differ between the canonical texts, with `context` lines around them.

    The result is empty only if the texts are the same. Lines have no line ends. If words differ,
    changes of the layout are not marked: blanks, moved line breaks, numbers of list items. If only
    the layout differs, it is marked.
    """
    if before.is_same_as(after):
        return ()
    old, new = _read_lines(before), _read_lines(after)
    is_layout = not _has_other_signs(before, after) and _classify_lines(old, new) != "words"
    lines = _compare_lines(old, new, mark_layout=is_layout)
    if not is_layout and not any(map(_is_marked, lines)):  # for example only numbers of list items
        lines = _compare_lines(old, new, mark_layout=True)
    return tuple(_elide_lines(lines, context))


def _is_marked(line: DiffLine) -> bool:
    return isinstance(line, RemovedText | AddedText | ChangedLine)


def _elide_lines(lines: Iterable[DiffLine], context: int) -> Iterator[DiffLine]:
    """Replace the lines that are more than `context` lines away from a marked one."""
    groups = [(marked, list(group)) for marked, group in groupby(lines, key=_is_marked)]
    for index, (marked, group) in enumerate(groups):
        head = 0 if index == 0 else context
        tail = 0 if index == len(groups) - 1 else context
        hidden = len(group) - head - tail
        if marked or hidden <= 1:  # "1 line" would need a line itself
            yield from group
        else:
            yield from group[:head]
            skipped = group[head : head + hidden]
            yield ElidedLines(hidden, all(isinstance(line, KeptText) for line in skipped))
            yield from group[head + hidden :]


# --- lines ---------------------------------------------------------------------------------------


def _compare_lines(
    old: Sequence[SourceLine], new: Sequence[SourceLine], *, mark_layout: bool
) -> list[DiffLine]:
    edits = find_edits([line.text for line in old], [line.text for line in new])
    is_small = _count_changed_characters(edits, old, new) <= _MAX_WORD_DIFF_SIZE
    lines: list[DiffLine] = []
    end = 0
    for edit in edits:
        lines += (KeptText(line.text) for line in old[end : edit.old])
        removed, added = old[edit.old : edit.old_end], new[edit.new : edit.new_end]
        if removed and added and is_small:
            lines += _diff_by_words(
                tokenize_lines(removed, mark_layout=mark_layout),
                tokenize_lines(added, mark_layout=mark_layout),
            )
        else:
            lines += (RemovedText(line.text) for line in removed)
            lines += (AddedText(line.text) for line in added)
        end = edit.old_end
    lines += (KeptText(line.text) for line in old[end:])
    return lines


def _count_changed_characters(
    edits: Iterable[Edit], old: Sequence[SourceLine], new: Sequence[SourceLine]
) -> int:
    """Return how many characters the edits replace, on both sides together."""
    return sum(
        len(line.text) + 1
        for edit in edits
        for line in (*old[edit.old : edit.old_end], *new[edit.new : edit.new_end])
    )


def _diff_by_words(old: TokenList, new: TokenList) -> Iterator[DiffLine]:
    line: list[DiffWords] = []
    for words in diff_words(old, new):
        line.append(words)
        ends_line = _get_shown_text(words).endswith("\n")
        if ends_line and (len(line) == 1 or not isinstance(words, RemovedText)):
            yield from _build_lines(line)
            line = []


def _get_shown_text(words: DiffWords) -> str:
    return "" if isinstance(words, ElidedText) else words.text


def _build_lines(words: Sequence[DiffWords]) -> Iterator[DiffLine]:
    """Yield one line; yield two if the whole line was replaced."""
    keeps_end = isinstance(words[-1], KeptText)
    match merged := _merge_words(words):
        case []:
            yield KeptText("")
        case [KeptText() as kept]:
            yield kept
        case [(RemovedText() | AddedText()) as whole] if whole.text.endswith("\n"):
            yield type(whole)(whole.text.removesuffix("\n"))
        case [RemovedText() as removed, AddedText() as added] if keeps_end:
            yield removed
            yield added
        case _ if any(isinstance(part, RemovedText | AddedText) for part in merged):
            yield ChangedLine(tuple(merged))
        case _:
            yield RespacedLine(tuple(merged))


def _merge_words(words: Sequence[DiffWords]) -> list[DiffWords]:
    """Merge neighbours of one kind, put removed before added, and drop a kept line end."""
    merged: list[DiffWords] = []
    for is_edit, group in groupby(words, key=_is_edit):
        parts = list(group)
        if is_edit:
            removed = "".join(part.text for part in parts if isinstance(part, RemovedText))
            added = "".join(part.text for part in parts if isinstance(part, AddedText))
            merged += [RemovedText(removed)] if removed else []
            merged += [AddedText(added)] if added else []
        else:
            merged += _merge_kept(parts)
    match merged[-1]:
        case KeptText(text=text) if text.endswith("\n"):
            merged[-1:] = [KeptText(text[:-1])] if text != "\n" else []
        case _:
            pass
    return merged


def _is_edit(words: DiffWords) -> bool:
    return isinstance(words, RemovedText | AddedText)


def _merge_kept(parts: Iterable[DiffWords]) -> Iterator[DiffWords]:
    for kind, group in groupby(parts, key=type):
        if kind is KeptText:
            yield KeptText("".join(map(_get_shown_text, group)))
        else:
            yield from group
