"""Reports as text for a terminal or a log: aligned, with or without colour."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never
from unicodedata import combining, east_asian_width

from sync.diff.lines_and_words import (
    AddedText,
    ChangedLine,
    DiffLine,
    ElidedLines,
    KeptText,
    RemovedText,
)
from sync.model import Create
from sync.reports.formats.sanitize import (
    escape_invisible,
    format_unchanged,
    neutralize_commands,
    show_whitespace,
)
from sync.reports.listing import CodeBlock, Table
from sync.reports.next_steps import MAX_NAMED_SUBJECTS, Advice, CodeSpan
from sync.reports.plan import (
    Report,
    Row,
    build_plan_report,
    build_run_report,
    format_count,
    make_table_row,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.model import Plan, Run
    from sync.reports.listing import Cell, TableReport, TableRow, Tone


TextStyle: TypeAlias = Literal["plain", "bold", "dim", "red", "green", "yellow", "code"]
Span: TypeAlias = tuple[TextStyle, str]

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
_MAX_ROWS_OF_NEW_TEXT = 12
_MAX_ROWS_OF_DIFF = 40
_CONTEXT_CHARACTERS = 60  # characters shown on either side of a change in a long line


@dataclass(frozen=True, slots=True)
class _PageLayout:
    color: bool
    width: int
    verbose: bool


def render_plan_text(
    plan: Plan, *, color: bool, width: int, verbose: bool = False, advice: bool = True
) -> str:
    """Render the plan; `width` is in columns, `verbose` shows everything.

    `advice` includes what to do next. Pass False if a report of the run follows, which says it.
    """
    report = build_plan_report(plan)
    page = _PageLayout(color, max(width, _MIN_WIDTH), verbose)
    return _render_rows(
        _lay_out_report(report if advice else replace(report, next_steps=()), page), page
    )


def render_run_text(run: Run, *, color: bool, width: int, verbose: bool = False) -> str:
    """Render the outcomes of the run; `width` is in columns, `verbose` shows everything."""
    page = _PageLayout(color, max(width, _MIN_WIDTH), verbose)
    return _render_rows(_lay_out_report(build_run_report(run), page), page)


def render_table_report_text(report: TableReport, *, color: bool, width: int) -> str:
    """Render one line per table row, the summary and next steps; `width` is in columns."""
    page = _PageLayout(color, max(width, _MIN_WIDTH), verbose=True)
    return _render_rows(_lay_out_table_report(report, page), page)


def _render_rows(rows: Iterable[Sequence[Span]], page: _PageLayout) -> str:
    return neutralize_commands("".join(f"{_paint_row(row, page).rstrip()}\n" for row in rows))


def _make_title(report: Report | TableReport) -> list[Span]:
    return [
        ("bold", escape_invisible(report.title)),
        ("plain", f" · {escape_invisible(report.subtitle)}"),
    ]


def _lay_out_report(report: Report, page: _PageLayout) -> Iterator[list[Span]]:
    title = _make_title(report)
    shown = (*report.rows, *(report.quiet_rows if page.verbose else ()))
    if not (shown or report.notes or report.next_steps):
        yield [*title, ("plain", f" · {_format_nothing_to_do(report)}")]
        return
    yield title
    yield []
    entries = [make_table_row(row) for row in shown]
    columns = _measure_columns(entries)
    for row, entry in zip(shown, entries, strict=True):
        yield from _lay_out_row(entry, columns, page)
        yield from _lay_out_difference(row, page)
    if report.quiet_rows:
        yield [("dim", f"  = {len(report.quiet_rows)} {report.quiet_label}")]
    yield from _lay_out_ending(report, page)


def _format_nothing_to_do(report: Report) -> str:
    return f"{report.quiet_label}, nothing to do" if report.quiet_rows else "nothing to do"


def _lay_out_table_report(report: TableReport, page: _PageLayout) -> Iterator[list[Span]]:
    yield _make_title(report)
    for block in report.blocks:
        yield []
        yield from _lay_out_block(block, page)
    if report.quiet_counts and not report.blocks:
        yield []
    for count in report.quiet_counts:
        yield [("dim", f"  = {escape_invisible(count)}")]
    yield from _lay_out_ending(report, page)


def _lay_out_block(block: Table | CodeBlock, page: _PageLayout) -> Iterator[list[Span]]:
    if block.title:
        yield from _lay_out_paragraph(block.title, page, style="plain", indent=0)
        yield []
    match block:
        case Table(rows=entries):
            columns = _measure_columns(entries)
            for entry in entries:
                yield from _lay_out_row(entry, columns, page)
        case CodeBlock(text=text):
            for line in text.splitlines():
                yield [("plain", escape_invisible(line))]
        case _:
            assert_never(block)


def _lay_out_ending(report: Report | TableReport, page: _PageLayout) -> Iterator[list[Span]]:
    for note in report.notes:
        yield from _lay_out_paragraph(note, page, style="plain", indent=2, mark="· ")
    if report.summary or report.next_steps:
        yield []
    if report.summary:
        yield [("bold", escape_invisible(report.summary))]
    for step in report.next_steps:
        yield from _indent_spans(_format_advice(step), page, indent=0)


# --- a row ---------------------------------------------------------------------------------------


def _measure_columns(entries: Iterable[TableRow]) -> list[int]:
    """Measure the width of each column."""
    return [_measure_column(column) for column in zip(*map(_format_cells, entries), strict=True)]


def _measure_column(column: Iterable[str]) -> int:
    return max(
        (size for size in map(_measure_width, column) if size <= _MAX_COLUMN_WIDTH), default=0
    )


def _format_cells(entry: TableRow) -> list[str]:
    return [escape_invisible(entry.label), *map(_format_cell, entry.cells)]


def _format_cell(cell: Cell) -> str:
    return escape_invisible(cell.text if isinstance(cell, CodeSpan) else cell)


def _lay_out_row(
    entry: TableRow, columns: Sequence[int], page: _PageLayout
) -> Iterator[list[Span]]:
    label, *cells = map(_pad_text, _format_cells(entry), columns)
    head: list[Span] = [
        ("plain", "  "),
        (_TONE_STYLES[entry.tone], label),
        ("plain", "".join(f"  {cell}" for cell in cells)),
    ]
    remark = f"  {escape_invisible(entry.remark)}"
    if not entry.remark:
        yield head
    elif sum(_measure_width(text) for _, text in head) + _measure_width(remark) <= page.width:
        yield [*head, ("dim", remark)]
    else:
        yield head
        yield from _lay_out_paragraph(entry.remark, page, style="dim")
    for note in entry.notes:
        yield from _lay_out_paragraph(note, page, style="plain")


# --- differences ---------------------------------------------------------------------------------


def _lay_out_difference(row: Row, page: _PageLayout) -> Iterator[list[Span]]:
    """Lay out the lines that differ; stop early at the limit, so that a long text costs no time."""
    limit = _MAX_ROWS_OF_NEW_TEXT if isinstance(row.change, Create) else _MAX_ROWS_OF_DIFF
    rows = (
        (at, wrapped) for at, line in enumerate(row.lines) for wrapped in _lay_out_line(line, page)
    )
    shown = list(islice(rows, None if page.verbose else limit + 2))
    if page.verbose or len(shown) <= limit + 1:  # saying "1 more line" would not be shorter
        yield from (wrapped for _, wrapped in shown)
    else:
        yield from (wrapped for _, wrapped in shown[:limit])
        more = len(row.lines) - shown[limit][0]
        yield [("dim", f"{' ' * _BODY_INDENT}… {format_count(more, 'more line')}")]


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


# --- the lines of a difference -------------------------------------------------------------------


def _lay_out_line(line: DiffLine, page: _PageLayout) -> Iterator[list[Span]]:
    match line:
        case KeptText(text=text):
            kept = _clip_text(format_unchanged(text), page, head=True)
            return _indent_spans([("dim", kept)], page, mark=("plain", "  "))
        case RemovedText(text=text):
            return _indent_spans([("red", show_whitespace(text))], page, mark=("red", "- "))
        case AddedText(text=text):
            return _indent_spans([("green", show_whitespace(text))], page, mark=("green", "+ "))
        case ChangedLine():
            return _indent_spans(_format_changed_words(line, page), page, mark=("yellow", "~ "))
        case ElidedLines(lines=count):
            return iter(
                [[("dim", f"{' ' * _BODY_INDENT}… {format_count(count, 'line')} as before")]]
            )
        case _:
            assert_never(line)


def _format_changed_words(line: ChangedLine, page: _PageLayout) -> Iterator[Span]:
    last = len(line.words) - 1
    for index, words in enumerate(line.words):
        match words:
            case KeptText(text=text):
                kept = _clip_text(format_unchanged(text), page, head=index > 0, tail=index < last)
                yield "plain", kept
            case RemovedText(text=text):
                yield "red", f"[-{show_whitespace(text)}-]"
            case AddedText(text=text):
                yield "green", f"{{+{show_whitespace(text)}+}}"
            case _:
                assert_never(words)


def _clip_text(text: str, page: _PageLayout, *, head: bool = False, tail: bool = False) -> str:
    """Shorten a long text to its start, its end or both, cut between words if possible."""
    if page.verbose or len(text) <= (head + tail) * _CONTEXT_CHARACTERS + 1:
        return text
    start = text[:_CONTEXT_CHARACTERS] if head else ""
    end = text[-_CONTEXT_CHARACTERS:] if tail else ""
    start = start[: start.rfind(" ") + 1] or start
    end = end[max(end.find(" "), 0) :]
    return f"{start}…{end}"


# --- wrapping and colours ------------------------------------------------------------------------

# A row can end at blanks, and between characters of scripts that are written without blanks.
_WRAP_PIECE = re.compile(r" +|[\u3040-\u30ff\u3400-\u9fff]|[^ \u3040-\u30ff\u3400-\u9fff]+")


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
    row: list[Span] = []
    room = width
    for style, piece in _split_into_pieces(spans, width):
        size = _measure_width(piece)
        if size > room and row:
            yield row
            row, room = [], width
            if piece.isspace():
                continue
        row.append((style, piece))
        room -= size
    yield row


def _split_into_pieces(spans: Iterable[Span], width: int) -> Iterator[Span]:
    """Split the spans into pieces that stay on one row; code to copy is always one piece."""
    for style, text in spans:
        if style == "code":
            yield style, text
            continue
        for match in _WRAP_PIECE.finditer(text):
            piece = match[0]
            yield from ((style, piece[i : i + width]) for i in range(0, len(piece), width))


def _paint_row(row: Sequence[Span], page: _PageLayout) -> str:
    runs = groupby(row, key=lambda span: span[0])
    return "".join(
        _paint_text(style, "".join(text for _, text in run), page) for style, run in runs
    )


def _paint_text(style: TextStyle, text: str, page: _PageLayout) -> str:
    code = _SGR_CODES.get(style) if page.color else None
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def _pad_text(text: str, width: int) -> str:
    return text + " " * (width - _measure_width(text))


def _measure_width(text: str) -> int:
    """Measure how many columns the text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1
        for character in text
    )
