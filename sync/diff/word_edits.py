"""Find the words that differ between two lists of lines, in edits that people can read."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from sync.diff.sequences import Edit, find_edits
from sync.diff.values import (
    AddedText,
    DiffWords,
    KeptText,
    RemovedText,
    RespacedText,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.diff.token_lists import TokenList


# Below this share of kept words, a paragraph is shown as a removal and an addition.
_MIN_KEPT_SHARE = 0.4


def diff_words(old: TokenList, new: TokenList) -> Iterator[DiffWords]:
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
