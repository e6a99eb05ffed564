"""The rows of a difference as every medium shows them; the media only draw them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from sync.counts import format_count
from sync.diff.tokens import cut_end, cut_start
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
from sync.lint.hidden_characters import remove_ignorable
from sync.reports.formats.sanitize import format_unchanged, show_whitespace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PartKind: TypeAlias = Literal["kept", "removed", "added"]
RowKind: TypeAlias = Literal["kept", "removed", "added", "changed", "elided"]

DEFAULT_COLUMNS = 100
_MIN_CONTEXT = 20  # characters


@dataclass(frozen=True, slots=True)
class DiffSides:
    """The names of the two sides of a difference: "in Scenario" and "after apply"."""

    removed: str
    added: str

    @property
    def legend(self) -> str:
        return f"\u2212 {self.removed}  + {self.added}"


WRITE_SIDES = DiffSides("in Scenario", "after apply")
UNDO_SIDES = DiffSides("in Scenario", "after rollback")
HELD_SIDES = DiffSides("in Scenario", "in git")
OFFLINE_SIDES = DiffSides("in git so far", "in git from now on")
DRIFT_SIDES = DiffSides("in git", "in Scenario")
ALTERED_SIDES = DiffSides("as sent", "in Scenario")


@dataclass(frozen=True, slots=True)
class DiffPart:
    """Text that was kept, removed or added; it is safe to show."""

    kind: PartKind
    text: str


@dataclass(frozen=True, slots=True)
class DiffRow:
    """A row of a difference; only a changed row has parts of several kinds."""

    kind: RowKind
    parts: tuple[DiffPart, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


def describe_layout(kind: DifferenceKind) -> str:
    """Describe a difference of layout in a few words; return "" for any other difference."""
    match kind:
        case "none" | "words":
            return ""
        case "line breaks" | "blanks":
            return f"{kind} only"
        case "table padding":
            return "blanks only (table padding)"
        case _:
            assert_never(kind)


def make_diff_rows(
    lines: Iterable[DiffLine], *, columns: int | None = DEFAULT_COLUMNS
) -> Iterator[DiffRow]:
    """Make the rows; unchanged text is clipped so that a change and its context fit `columns`.

    Nothing is clipped if `columns` is None. Changed text is never clipped.
    """
    shown = list(lines)
    for index, line in enumerate(shown):
        before, after = shown[max(index - 1, 0)], shown[min(index + 1, len(shown) - 1)]
        other = after if isinstance(line, RemovedText) else before
        is_hidden = _differs_only_in_hidden_characters(line, other)
        yield _make_row(line, columns, show_hidden=is_hidden)


def _differs_only_in_hidden_characters(one: object, other: object) -> bool:
    """Return True for a removed and an added text that look the same without hidden characters."""
    match one, other:
        case (RemovedText(text=a), AddedText(text=b)) | (AddedText(text=a), RemovedText(text=b)):
            return remove_ignorable(a) == remove_ignorable(b)
        case _:
            return False


def _make_row(line: DiffLine, columns: int | None, *, show_hidden: bool = False) -> DiffRow:
    match line:
        case KeptText(text=text):
            kept = cut_start(text, columns) if columns and len(text) > columns else text
            shown = format_unchanged(kept) + ("…" if text[len(kept) :].strip() else "")
            return DiffRow("kept", (DiffPart("kept", shown),))
        case RemovedText(text=text):
            shown = show_whitespace(text, show_hidden=show_hidden)
            return DiffRow("removed", (DiffPart("removed", shown),))
        case AddedText(text=text):
            shown = show_whitespace(text, show_hidden=show_hidden)
            return DiffRow("added", (DiffPart("added", shown),))
        case ChangedLine(words=words):
            return DiffRow("changed", tuple(_make_parts(list(_clip_words(words, columns)))))
        case RespacedLine(words=words):
            text = "".join(map(_get_kept_text, words)).removesuffix("\n")
            return _make_row(KeptText(text), columns)
        case ElidedLines(lines=count, is_same=is_same):
            what = "as before" if is_same else "with other blanks or list numbers only"
            return DiffRow("elided", (DiffPart("kept", f"{format_count(count, 'line')} {what}"),))
        case _:
            assert_never(line)


def _get_kept_text(words: DiffWords) -> str:
    match words:
        case KeptText(text=text) | RespacedText(after=text):
            return text
        case _:
            return ""


# --- long lines ----------------------------------------------------------------------------------


def _clip_words(words: Sequence[DiffWords], columns: int | None) -> Iterator[DiffWords]:
    """Replace words far from a change by `ElidedText`."""
    runs = _join_kept_words(words)
    size = max(columns // 2, _MIN_CONTEXT) if columns else None
    for index, run in enumerate(runs):
        if not isinstance(run, KeptText) or size is None:
            yield run
            continue
        start = size if index > 0 else 0
        end = size if index < len(runs) - 1 else 0
        yield from _clip_text(run.text, start, end)


def _join_kept_words(words: Sequence[DiffWords]) -> list[DiffWords]:
    """Join kept and respaced words, which look the same."""
    runs: list[DiffWords] = []
    for is_kept, group in groupby(words, key=_is_kept):
        if is_kept:
            runs.append(KeptText("".join(map(_get_kept_text, group))))
        else:
            runs += group
    return runs


def _is_kept(words: DiffWords) -> bool:
    return isinstance(words, KeptText | RespacedText)


def _clip_text(text: str, start: int, end: int) -> Iterator[DiffWords]:
    if len(text) <= start + end + 1:
        yield KeptText(text)
        return
    head = cut_start(text, start) if start else ""
    tail = cut_end(text, end) if end else ""
    yield KeptText(head)
    yield ElidedText(len(text) - len(head) - len(tail))
    yield KeptText(tail)


# --- parts ---------------------------------------------------------------------------------------


def _make_parts(words: Sequence[DiffWords]) -> Iterator[DiffPart]:
    for index, each in enumerate(words):
        match each:
            case ElidedText():
                yield DiffPart("kept", "…")
            case KeptText() | RespacedText():
                if shown := format_unchanged(_get_kept_text(each).removesuffix("\n")):
                    yield DiffPart("kept", shown)
            case RemovedText(text=text):
                other = words[min(index + 1, len(words) - 1)]
                is_hidden = _differs_only_in_hidden_characters(each, other)
                yield DiffPart("removed", show_whitespace(text, show_hidden=is_hidden))
            case AddedText(text=text):
                other = words[max(index - 1, 0)]
                is_hidden = _differs_only_in_hidden_characters(each, other)
                yield DiffPart("added", show_whitespace(text, show_hidden=is_hidden))
            case _:
                assert_never(each)
