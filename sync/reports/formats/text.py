"""Reports as text for a terminal or a log: aligned, with or without colour."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate, groupby, islice
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never
from unicodedata import combining, east_asian_width

from sync.counts import format_count
from sync.reports.diff_rows import DiffPart, DiffRow, RowKind, make_diff_rows
from sync.reports.formats.sanitize import (
    escape_invisible,
    format_unchanged,
    neutralize_commands,
)
from sync.reports.report import (
    MAX_NAMED_SUBJECTS,
    Advice,
    CodeBlock,
    CodeSpan,
    DescriptionBlock,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sync.model.text import Text
    from sync.reports.report import Block, Cell, Report, Row, Tone


TextStyle: TypeAlias = Literal["plain", "bold", "dim", "red", "green", "yellow", "code"]
Span: TypeAlias = tuple[TextStyle, str]
# Renders Markdown for a terminal of a width in columns; returns lines that are safe to print.
MarkdownRenderer: TypeAlias = "Callable[[str, int], Iterable[str]]"

_SGR_CODES: dict[TextStyle, str] = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
}
_TONE_STYLES: dict[Tone, TextStyle] = {
    "good": "green",
    "change": "yellow",
    "bad": "red",
    "quiet": "dim",
    "plain": "plain",
}
_MIN_WIDTH = 60  # columns; a narrower terminal wraps the rows itself
_MAX_COLUMN_WIDTH = 40  # a longer path or id sticks out of its column and does not widen it
_BODY_INDENT = 6  # the indent of the lines below an item
_LINES_OF_A_PART = 1_000
_MAX_ROWS_OF_NEW_TEXT = 12
_MAX_ROWS_OF_DIFF = 40


@dataclass(frozen=True, slots=True)
class _PageLayout:
    color: bool
    width: int
    verbose: bool
    render_markdown: MarkdownRenderer | None = None


def render_text(  # noqa: PLR0913 - one argument for each property of the output
    report: Report,
    *,
    color: bool,
    width: int,
    verbose: bool = False,
    advice: bool = True,
    render_markdown: MarkdownRenderer | None = None,
) -> str:
    """Render the report; `width` is in columns, `verbose` shows everything.

    `advice` includes the next steps. Pass False if a report of the run follows, which has them:
    then only refusals are shown.
    `render_markdown` makes lines for a terminal from a description; otherwise its source is shown.
    """
    page = _PageLayout(color, max(width, _MIN_WIDTH), verbose, render_markdown)
    if not advice:
        refusals = tuple(step for step in report.next_steps if step.is_refusal)
        report = replace(report, next_steps=refusals)
    lines = (f"{_paint_row(row, page).rstrip()}\n" for row in _lay_out_report(report, page))
    # In parts: 5,000 changes have 200,000 lines, which need more memory than their text.
    parts = iter(lambda: neutralize_commands("".join(islice(lines, _LINES_OF_A_PART))), "")
    return "".join(parts)


def _lay_out_report(report: Report, page: _PageLayout) -> Iterator[list[Span]]:
    quiet_rows = report.quiet_rows if page.verbose else ()
    if report.nothing_to_do and not quiet_rows:
        yield [*_make_title(report), ("plain", f" · {report.nothing_to_do}")]
        return
    yield _lay_out_title(report, page)
    for block in report.blocks:
        yield []
        yield from _lay_out_block(block, report, page)
    if quiet_rows:
        yield []
        yield from _lay_out_rows(quiet_rows, report, page)
    yield from _lay_out_ending(report, page)


def _make_title(report: Report) -> list[Span]:
    project = report.target.project_id if report.target else None
    place = f" ({project})" if project else ""
    return [
        ("bold", escape_invisible(report.title)),
        ("plain", escape_invisible(f"{place} · {report.subtitle}")),
    ]


def _lay_out_title(report: Report, page: _PageLayout) -> list[Span]:
    """Lay out the title, with the legend of the differences at the right if there is room."""
    title = _make_title(report)
    if not report.legend:
        return title
    room = page.width - sum(measure_width(text) for _, text in title) - len(report.legend)
    return [*title, ("plain", " " * max(room, 4)), ("dim", report.legend)]


def _lay_out_block(block: Block, report: Report, page: _PageLayout) -> Iterator[list[Span]]:
    if block.title:
        yield from _lay_out_paragraph(block.title, page, style="plain", indent=0)
        yield []
    match block:
        case Table(rows=rows):
            yield from _lay_out_rows(rows, report, page)
        case CodeBlock(text=text):
            for line in text.splitlines():
                yield [("plain", escape_invisible(line))]
        case DescriptionBlock(text=text):
            yield from _lay_out_description(text, page)
        case _:
            assert_never(block)


def _lay_out_description(text: Text, page: _PageLayout) -> Iterator[list[Span]]:
    """Lay out a description as its readers see it, or its source without `render_markdown`."""
    if page.render_markdown:
        lines: Iterable[str] = page.render_markdown(text.canonical, page.width)
    else:
        lines = map(format_unchanged, text.canonical.split("\n")[:-1])
    for line in lines:
        yield [("plain", line)]


def _lay_out_ending(report: Report, page: _PageLayout) -> Iterator[list[Span]]:
    if report.notes and not report.blocks:
        yield []
    for note in report.notes:
        yield from _lay_out_paragraph(note, page, style="plain", indent=2, mark="· ")
    if report.summary or report.next_steps:
        yield []
    if report.summary:
        lead = "Plan: " if report.kind == "plan" else ""
        head, alert, tail = report.summary.partition(report.alert or "\0")
        spans: list[Span] = [("bold", lead + escape_invisible(head)), ("red", alert)]
        yield [span for span in (*spans, ("bold", escape_invisible(tail))) if span[1]]
    for step in report.next_steps:
        yield from _indent_spans(_format_advice(step), page, indent=0)


# --- a row ---------------------------------------------------------------------------------------


def _lay_out_rows(rows: Sequence[Row], report: Report, page: _PageLayout) -> Iterator[list[Span]]:
    columns = _measure_columns(rows)
    for row in rows:
        yield from _lay_out_row(row, columns, page)
        if row.has_lines and row.difference and row.difference.sides != report.sides:
            yield [("dim", f"{' ' * _BODY_INDENT}{row.difference.sides.legend}")]
        yield from _lay_out_difference(row, page)
        yield from _lay_out_commands(row)


def _measure_columns(entries: Iterable[Row]) -> list[int]:
    """Measure the width of each column."""
    return [_measure_column(column) for column in zip(*map(_format_cells, entries), strict=True)]


def _measure_column(column: Iterable[str]) -> int:
    return max(
        (size for size in map(measure_width, column) if size <= _MAX_COLUMN_WIDTH), default=0
    )


def _format_cells(entry: Row) -> list[str]:
    return [escape_invisible(entry.mark), *map(_format_cell, entry.cells)]


def _format_cell(cell: Cell) -> str:
    return escape_invisible(cell if isinstance(cell, str) else cell.text)


def _lay_out_row(entry: Row, columns: Sequence[int], page: _PageLayout) -> Iterator[list[Span]]:
    label, *cells = map(_pad_text, _format_cells(entry), columns)
    head: list[Span] = [
        ("plain", "  "),
        (_TONE_STYLES[entry.tone], label),
        ("plain", "".join(f"  {cell}" for cell in cells)),
    ]
    remark = f"  {escape_invisible(entry.remark)}"
    if not entry.remark:
        yield head
    elif sum(measure_width(text) for _, text in head) + measure_width(remark) <= page.width:
        yield [*head, ("dim", remark)]
    else:
        yield head
        yield from _lay_out_paragraph(entry.remark, page, style="dim")
    for note in entry.notes:
        yield from _lay_out_paragraph(note, page, style="plain")


# --- differences ---------------------------------------------------------------------------------


def _lay_out_difference(row: Row, page: _PageLayout) -> Iterator[list[Span]]:
    """Lay out the lines that differ; stop early at the limit, so that a long text costs no time.

    A difference of layout is laid out only on request.
    """
    if row.difference is None or (row.difference.layout and not page.verbose):
        return
    limit = _MAX_ROWS_OF_NEW_TEXT if row.difference.before.is_empty else _MAX_ROWS_OF_DIFF
    columns = None if page.verbose else page.width - _BODY_INDENT - len("~ ")
    rows = (
        (at, wrapped)
        for at, diff_row in enumerate(make_diff_rows(row.lines, columns=columns))
        for wrapped in _lay_out_diff_row(diff_row, page)
    )
    shown = list(islice(rows, None if page.verbose else limit + 2))
    if page.verbose or len(shown) <= limit + 1:  # saying "1 more line" would not be shorter
        yield from (wrapped for _, wrapped in shown)
    else:
        yield from (wrapped for _, wrapped in shown[:limit])
        more = len(row.lines) - shown[limit][0]
        yield [("dim", f"{' ' * _BODY_INDENT}… {format_count(more, 'more line')}")]


def _lay_out_commands(row: Row) -> Iterator[list[Span]]:
    """Lay out one command per line, not wrapped, so that it can be copied."""
    width = max((len(each.purpose) for each in row.commands), default=0)
    for each in row.commands:
        purpose = f"{each.purpose}:".ljust(width + 1)
        command = escape_invisible(each.command.text)
        yield [("plain", f"{' ' * _BODY_INDENT}{purpose}  "), ("code", command)]


def _lay_out_paragraph(
    text: str, page: _PageLayout, *, style: TextStyle, indent: int = _BODY_INDENT, mark: str = ""
) -> Iterator[list[Span]]:
    for line in text.split("\n"):
        yield from _indent_spans(
            [(style, escape_invisible(line))], page, indent=indent, mark=(style, mark)
        )


def _format_advice(step: Advice) -> Iterator[Span]:
    if len(step.subjects) > MAX_NAMED_SUBJECTS:
        yield "plain", f"{len(step.subjects)} descriptions: "
    elif step.subjects:
        yield "plain", f"{escape_invisible(', '.join(step.subjects))}: "
    for words in step.words:
        match words:
            case CodeSpan(text=text):
                yield "code", f"`{escape_invisible(text)}`"
            case text:
                yield "plain", escape_invisible(text)


# --- the rows of a difference --------------------------------------------------------------------

_ROW_MARKS: dict[RowKind, Span] = {
    "kept": ("plain", "  "),
    "removed": ("red", "- "),
    "added": ("green", "+ "),
    "changed": ("yellow", "~ "),
    "elided": ("dim", "… "),
}


def _lay_out_diff_row(row: DiffRow, page: _PageLayout) -> Iterator[list[Span]]:
    spans = [_style_part(row.kind, part, page) for part in row.parts]
    return _indent_spans(spans, page, mark=_ROW_MARKS[row.kind])


def _style_part(row_kind: RowKind, part: DiffPart, page: _PageLayout) -> Span:
    """Style a part; without colour, brackets mark the changed words of a line."""
    has_brackets = row_kind == "changed" and not page.color
    match part.kind:
        case "kept":
            return ("plain" if row_kind == "changed" else "dim"), part.text
        case "removed":
            return "red", f"[-{part.text}-]" if has_brackets else part.text
        case "added":
            return "green", f"{{+{part.text}+}}" if has_brackets else part.text
        case _:
            assert_never(part.kind)


# --- wrapping and colours ------------------------------------------------------------------------

# A row can end at blanks, and between characters of scripts that are written without blanks.
_FREE = r"\u3040-\u30ff\u3400-\u9fff"
_ROW = re.compile(rf" *[^ ].*(?:(?=[ {_FREE}])|(?<=[{_FREE}])(?=.))", re.DOTALL)
_FIRST_PIECE = re.compile(rf"[^ {_FREE}]+")


def _indent_spans(
    spans: Iterable[Span],
    page: _PageLayout,
    *,
    indent: int = _BODY_INDENT,
    mark: Span = ("plain", ""),
) -> Iterator[list[Span]]:
    """Wrap the spans into indented rows and put the mark before the first row."""
    style, sign = mark
    for row in _wrap_spans(spans, page.width - indent - len(sign)):
        yield [("plain", " " * indent), (style, sign), *row]
        sign = " " * len(sign)


def _wrap_spans(spans: Iterable[Span], width: int) -> Iterator[list[Span]]:
    """Yield rows of at most `width` columns; code to copy is never split, and may stick out."""
    row: list[Span] = []
    room = width
    for style, text in spans:
        rest = text
        while rest:
            size = _count_fitting(style, rest, room, row)
            if not size:  # nothing more fits on this row
                yield row
                row, room, rest = [], width, rest.lstrip(" ")
                continue
            row.append((style, rest[:size]))
            room = max(room - measure_width(rest[:size]), 0)  # code may stick out
            rest = rest[size:]
    yield row


def _count_fitting(style: TextStyle, text: str, room: int, row: Sequence[Span]) -> int:
    """Count the characters of the text that this row takes; none if the text needs another row."""
    if style == "code":  # it needs room for the sign after it, which must not start a row
        return len(text) if not row or measure_width(text) < room else 0
    size = _count_characters(text, room)
    if size >= len(text):
        return len(text)
    if end := _ROW.match(text, 0, size + 1):
        return end.end()
    if not row:
        return max(size, 1)  # a word that is longer than a row
    after_code = row[-1][0] == "code" and text[0] in ",.;:"
    sign = _FIRST_PIECE.match(text) if after_code else None
    return sign.end() if sign else 0


def _count_characters(text: str, columns: int) -> int:
    """Count the characters at the start of the text that fit into the columns."""
    head, following = text[:columns], text[columns : columns + 1]
    if following.isascii() and measure_width(head) == len(head):
        return len(head)
    totals = accumulate(map(_measure_character, text))
    return next((size for size, total in enumerate(totals) if total > columns), len(text))


def _paint_row(row: Sequence[Span], page: _PageLayout) -> str:
    if not page.color:
        return "".join(text for _, text in row)
    runs = groupby(row, key=lambda span: span[0])
    return "".join(
        _paint_text(style, "".join(text for _, text in run), page) for style, run in runs
    )


def _paint_text(style: TextStyle, text: str, page: _PageLayout) -> str:
    code = _SGR_CODES.get(style) if page.color else None
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def _pad_text(text: str, width: int) -> str:
    return text + " " * (width - measure_width(text))


def measure_width(text: str) -> int:
    """Measure how many columns the text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(map(_measure_character, text))


@cache
def _measure_character(character: str) -> int:
    return 0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1
