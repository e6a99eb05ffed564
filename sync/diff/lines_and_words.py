"""Show people what differs between two texts: lines, and words in changed lines."""

from __future__ import annotations

import re
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
    RespacedText,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.model.text import Text


# Larger changes, in characters, are compared by lines only: nobody reads them word by word.
_MAX_WORD_DIFF_SIZE = 500_000
# The layout of a larger text, in characters, is not looked at: all of its blanks count.
_MAX_LAYOUT_SIZE = 500_000
# Below this share of kept words, a paragraph is shown as a removal and an addition.
_MIN_KEPT_SHARE = 0.4


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


# All that a change of layout can add or take away: blanks, line ends, dashes of a table rule.
_LAYOUT_SIGNS = str.maketrans("", "", " \t\n-")


def _has_other_signs(before: Text, after: Text) -> bool:
    """Return True if more than the layout differs for sure; most changes are told apart by this."""
    return before.canonical.translate(_LAYOUT_SIGNS) != after.canonical.translate(_LAYOUT_SIGNS)


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
        if is_small:
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
    for words in _diff_words(old, new):
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


# --- words ---------------------------------------------------------------------------------------


def _diff_words(old: TokenList, new: TokenList) -> Iterator[DiffWords]:
    """Yield the differing and the kept words; none of them continues after a line end."""
    i = j = 0
    edits = [
        _trim_edit(edit, old, new)
        for edit in _join_close_edits(find_edits(old.keys, new.keys), old)
    ]
    edits = list(_slide_to_line_start(edits, old, new))
    for edit in _replace_rewritten_paragraphs(edits, old, new):
        yield from _pair_kept_tokens(old.texts[i : edit.old], new.texts[j : edit.new])
        replaced: list[RemovedText | AddedText] = [
            *map(RemovedText, _split_after_line_ends(old.texts[edit.old : edit.old_end])),
            *map(AddedText, _split_after_line_ends(new.texts[edit.new : edit.new_end])),
        ]
        if edit.old == 0 or old.texts[edit.old - 1].endswith("\n"):
            replaced.sort(key=lambda words: not words.text.endswith("\n"))  # whole lines first
        yield from replaced
        i, j = edit.old_end, edit.new_end
    yield from _pair_kept_tokens(old.texts[i:], new.texts[j:])


def _pair_kept_tokens(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffWords]:
    pairs = zip(old, new, strict=True)
    for is_same, group in groupby(pairs, key=lambda pair: pair[0] == pair[1]):
        if is_same:
            yield from map(KeptText, _split_after_line_ends([token for token, _ in group]))
        else:
            for before, after in group:
                end = after.find("\n") + 1 or len(after)
                yield RespacedText(before, after[:end])
                if after[end:]:
                    yield RespacedText("", after[end:])


def _trim_edit(edit: Edit, old: TokenList, new: TokenList) -> Edit:
    """Return the edit without what is written in the same way on both sides at its ends.

    A line end inside a paragraph and one between two paragraphs have different keys.
    """
    start, new_start, end, new_end = edit.old, edit.new, edit.old_end, edit.new_end
    while start < end and new_start < new_end and old.texts[start] == new.texts[new_start]:
        start, new_start = start + 1, new_start + 1
    while start < end and new_start < new_end and old.texts[end - 1] == new.texts[new_end - 1]:
        end, new_end = end - 1, new_end - 1
    return Edit(start, end, new_start, new_end)


def _slide_to_line_start(edits: Sequence[Edit], old: TokenList, new: TokenList) -> Iterator[Edit]:
    """Yield the edits; one that only adds or only removes is moved, if that is equivalent.

    It then consists of whole lines, which is easier to read.
    """
    end = 0
    starts = [*(edit.old for edit in edits[1:]), len(old.keys)]
    for edit, limit in zip(edits, starts, strict=False):
        moved = _slide_edit(edit, old, new, room=(edit.old - end, limit - edit.old_end))
        yield moved
        end = moved.old_end


def _slide_edit(edit: Edit, old: TokenList, new: TokenList, *, room: tuple[int, int]) -> Edit:
    if edit.old == edit.old_end:
        tokens, start, end = new, edit.new, edit.new_end
    elif edit.new == edit.new_end:
        tokens, start, end = old, edit.old, edit.old_end
    else:
        return edit
    if not any(text.endswith("\n") for text in tokens.texts[start:end]):
        return edit
    for steps in _list_slides(tokens, start, end, room=room):
        if start + steps == 0 or tokens.texts[start + steps - 1].endswith("\n"):
            return Edit(*(place + steps for place in edit))
    return edit


def _list_slides(
    tokens: TokenList, start: int, end: int, *, room: tuple[int, int]
) -> Iterator[int]:
    """Yield by how many tokens the range can be moved: 0, to the left, then to the right."""
    yield 0
    left, right = room
    for steps in range(1, left + 1):
        if not tokens.are_equal(start - steps, end - steps):
            break
        yield -steps
    for steps in range(right):
        if not tokens.are_equal(start + steps, end + steps):
            break
        yield steps + 1


def _split_after_line_ends(tokens: Sequence[str]) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", "".join(tokens))


def _join_close_edits(edits: Iterable[Edit], old: TokenList) -> list[Edit]:
    """Return the edits, joined where the tokens between two of them match only by chance."""
    readable: list[Edit] = []
    for edit in edits:
        whole = edit
        while readable and _is_chance_match(old, readable[-1], whole):
            last = readable.pop()
            whole = Edit(last.old, whole.old_end, last.new, whole.new_end)
        readable.append(whole)
    return readable


def _is_chance_match(old: TokenList, left: Edit, right: Edit) -> bool:
    """Return True if the tokens between two edits are blank, or fewer than in either edit."""
    kept = old.keys[left.old_end : right.old]
    return "\n" not in kept and (
        not "".join(kept).strip() or len(kept) < min(left.size, right.size)
    )


# --- rewritten paragraphs ------------------------------------------------------------------------


def _replace_rewritten_paragraphs(
    edits: Iterable[Edit], old: TokenList, new: TokenList
) -> Iterator[Edit]:
    """Yield the edits, with one edit instead of many for a paragraph that keeps few words."""
    for group in _group_by_paragraph(edits, old):
        first, last = group[0], group[-1]
        start = _find_paragraph_start(old, first.old)
        end = _find_paragraph_end(old, last.old_end)
        whole = Edit(start, end, first.new - (first.old - start), last.new_end + end - last.old_end)
        if _is_rewritten(group, whole, old, new):
            yield _include_line_end(whole, old, new)
        else:
            yield from (_include_line_end(edit, old, new) for edit in group)


def _include_line_end(edit: Edit, old: TokenList, new: TokenList) -> Edit:
    """Return the edit with the kept line end after it, if it replaces whole lines."""
    replaces = edit.old < edit.old_end and edit.new < edit.new_end
    is_line_start = edit.old == 0 or old.keys[edit.old - 1] == "\n"
    if (
        replaces
        and is_line_start
        and edit.old_end < len(old.keys)
        and edit.new_end < len(new.keys)
        and old.keys[edit.old_end] == new.keys[edit.new_end] == "\n"
    ):
        return Edit(edit.old, edit.old_end + 1, edit.new, edit.new_end + 1)
    return edit


def _group_by_paragraph(edits: Iterable[Edit], old: TokenList) -> Iterator[list[Edit]]:
    """Group the edits that have no kept line end between them, except soft ones."""
    group: list[Edit] = []
    for edit in edits:
        if group and "\n" in old.keys[group[-1].old_end : edit.old]:
            yield group
            group = []
        group.append(edit)
    if group:
        yield group


def _find_paragraph_start(tokens: TokenList, at: int) -> int:
    while at > 0 and tokens.keys[at - 1] != "\n":
        at -= 1
    return at


def _find_paragraph_end(tokens: TokenList, at: int) -> int:
    while at < len(tokens.keys) and tokens.keys[at] != "\n":
        at += 1
    return at


def _is_rewritten(group: Sequence[Edit], whole: Edit, old: TokenList, new: TokenList) -> bool:
    """Return True if words were replaced and less than 40 % of all words are kept."""
    removed = sum(old.count_words(edit.old, edit.old_end) for edit in group)
    added = sum(new.count_words(edit.new, edit.new_end) for edit in group)
    total_old = old.count_words(whole.old, whole.old_end)
    total_new = new.count_words(whole.new, whole.new_end)
    if not (removed and added):
        return False
    kept = total_old - removed
    return 2 * kept < _MIN_KEPT_SHARE * (total_old + total_new)
