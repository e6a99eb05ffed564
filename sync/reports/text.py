"""Reports for a terminal or a log: aligned, in colour or not, readable either way."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never
from unicodedata import combining, east_asian_width

from sync.diff import Added, Changed, Elided, Kept, Line, Removed
from sync.model import Create
from sync.reports.inert import defused, exact, readable, visible
from sync.reports.listing import Paste, Table
from sync.reports.rows import Row, Sheet, as_entry, counted, plan_sheet, run_sheet
from sync.reports.steps import MANY, Code, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.model import Plan, Run
    from sync.reports.listing import Cell, Entry, Listing, Tone

Style: TypeAlias = Literal["plain", "bold", "dim", "red", "green", "yellow", "code"]
Span: TypeAlias = tuple[Style, str]

_SGR: dict[Style, str] = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_STYLES: dict[Tone, Style] = {
    "good": "green",
    "change": "yellow",
    "bad": "red",
    "quiet": "dim",
    "plain": "plain",
}
_NARROWEST = 60  # columns; less is set as this, and the terminal wraps it
_WIDEST_COLUMN = 40  # a longer path or id stands out of its column rather than widen it
_BODY = 6  # the indent of what belongs to an item
_ROWS_OF_NEW = 12
_ROWS_OF_DIFF = 40
_KEPT_AROUND = 60  # characters of a long line that are shown beside a change in it


@dataclass(frozen=True, slots=True)
class _Page:
    color: bool
    width: int
    verbose: bool


def plan_as_text(
    plan: Plan, *, color: bool, width: int, verbose: bool = False, advice: bool = True
) -> str:
    """What the plan would do; `width` counts columns, verbose leaves nothing out.

    `advice` is what to do next: left out where a report of the run follows, which gives it.
    """
    sheet = plan_sheet(plan)
    page = _Page(color, max(width, _NARROWEST), verbose)
    return _written(_sheet(sheet if advice else replace(sheet, steps=()), page), page)


def run_as_text(run: Run, *, color: bool, width: int, verbose: bool = False) -> str:
    """What became of each change; `width` counts columns, verbose leaves nothing out."""
    page = _Page(color, max(width, _NARROWEST), verbose)
    return _written(_sheet(run_sheet(run), page), page)


def listing_as_text(listing: Listing, *, color: bool, width: int) -> str:
    """A line for each entry, the sum, and what to do next; `width` counts columns."""
    page = _Page(color, max(width, _NARROWEST), verbose=True)
    return _written(_listing(listing, page), page)


def _written(rows: Iterable[Sequence[Span]], page: _Page) -> str:
    return defused("".join(f"{_painted(row, page).rstrip()}\n" for row in rows))


def _title(report: Sheet | Listing) -> list[Span]:
    return [("bold", visible(report.title)), ("plain", f" · {visible(report.subtitle)}")]


def _sheet(sheet: Sheet, page: _Page) -> Iterator[list[Span]]:
    title = _title(sheet)
    shown = (*sheet.rows, *(sheet.quiet if page.verbose else ()))
    if not (shown or sheet.notes or sheet.steps):
        yield [*title, ("plain", f" · {_quiet(sheet)}")]
        return
    yield title
    yield []
    entries = [as_entry(row) for row in shown]
    columns = _columns(entries)
    for row, entry in zip(shown, entries, strict=True):
        yield from _entry(entry, columns, page)
        yield from _body(row, page)
    if sheet.quiet:
        yield [("dim", f"  = {len(sheet.quiet)} {sheet.quiet_label}")]
    yield from _end(sheet, page)


def _quiet(sheet: Sheet) -> str:
    return f"{sheet.quiet_label}, nothing to do" if sheet.quiet else "nothing to do"


def _listing(listing: Listing, page: _Page) -> Iterator[list[Span]]:
    yield _title(listing)
    for block in listing.blocks:
        yield []
        yield from _block(block, page)
    if listing.quiet and not listing.blocks:
        yield []
    for count in listing.quiet:
        yield [("dim", f"  = {visible(count)}")]
    yield from _end(listing, page)


def _block(block: Table | Paste, page: _Page) -> Iterator[list[Span]]:
    if block.title:
        yield from _paragraph(block.title, page, style="plain", indent=0)
        yield []
    match block:
        case Table(entries=entries):
            columns = _columns(entries)
            for entry in entries:
                yield from _entry(entry, columns, page)
        case Paste(text=text):
            for line in text.splitlines():
                yield [("plain", visible(line))]
        case _:
            assert_never(block)


def _end(report: Sheet | Listing, page: _Page) -> Iterator[list[Span]]:
    for note in report.notes:
        yield from _paragraph(note, page, style="plain", indent=2, mark="· ")
    if report.sum or report.steps:
        yield []
    if report.sum:
        yield [("bold", visible(report.sum))]
    for step in report.steps:
        yield from _indented(_step(step), page, indent=0)


# --- an entry ------------------------------------------------------------------------------------


def _columns(entries: Iterable[Entry]) -> list[int]:
    """How wide the columns are."""
    return [_fitting(column) for column in zip(*map(_cells, entries), strict=True)]


def _fitting(column: Iterable[str]) -> int:
    return max((size for size in map(_width, column) if size <= _WIDEST_COLUMN), default=0)


def _cells(entry: Entry) -> list[str]:
    return [visible(entry.label), *map(_cell, entry.cells)]


def _cell(cell: Cell) -> str:
    return visible(cell.text if isinstance(cell, Code) else cell)


def _entry(entry: Entry, columns: Sequence[int], page: _Page) -> Iterator[list[Span]]:
    label, *cells = map(_padded, _cells(entry), columns)
    head: list[Span] = [
        ("plain", "  "),
        (_STYLES[entry.tone], label),
        ("plain", "".join(f"  {cell}" for cell in cells)),
    ]
    remark = f"  {visible(entry.remark)}"
    if not entry.remark:
        yield head
    elif sum(_width(text) for _, text in head) + _width(remark) <= page.width:
        yield [*head, ("dim", remark)]
    else:
        yield head
        yield from _paragraph(entry.remark, page, style="dim")
    for note in entry.notes:
        yield from _paragraph(note, page, style="plain")


# --- what differs --------------------------------------------------------------------------------


def _body(row: Row, page: _Page) -> Iterator[list[Span]]:
    """The lines that differ: of many the first, as nobody waits for rows that none will see."""
    limit = _ROWS_OF_NEW if isinstance(row.change, Create) else _ROWS_OF_DIFF
    rows = ((at, wrapped) for at, line in enumerate(row.lines) for wrapped in _line(line, page))
    shown = list(islice(rows, None if page.verbose else limit + 2))
    if page.verbose or len(shown) <= limit + 1:  # a row that says "1 more line" is no shorter
        yield from (wrapped for _, wrapped in shown)
    else:
        yield from (wrapped for _, wrapped in shown[:limit])
        more = len(row.lines) - shown[limit][0]
        yield [("dim", f"{' ' * _BODY}… {counted(more, 'more line')}")]


def _paragraph(
    text: str, page: _Page, *, style: Style, indent: int = _BODY, mark: str = ""
) -> Iterator[list[Span]]:
    for line in text.split("\n"):
        yield from _indented([(style, visible(line))], page, indent=indent, mark=(style, mark))


def _step(step: Step) -> Iterator[Span]:
    if len(step.subjects) > MANY:
        yield "plain", f"{len(step.subjects)} descriptions: "
    elif step.subjects:
        yield "plain", f"{visible(', '.join(step.subjects))}: "
    for words in step.words:
        match words:
            case Code(text=text):
                yield "code", f"`{visible(text)}`"
            case text:
                yield "plain", visible(text)


# --- the lines of a difference -------------------------------------------------------------------


def _line(line: Line, page: _Page) -> Iterator[list[Span]]:
    match line:
        case Kept(text=text):
            kept = _clipped(readable(text), page, head=True)
            return _indented([("dim", kept)], page, mark=("plain", "  "))
        case Removed(text=text):
            return _indented([("red", exact(text))], page, mark=("red", "- "))
        case Added(text=text):
            return _indented([("green", exact(text))], page, mark=("green", "+ "))
        case Changed():
            return _indented(_words(line, page), page, mark=("yellow", "~ "))
        case Elided(lines=count):
            return iter([[("dim", f"{' ' * _BODY}… {counted(count, 'line')} as before")]])
        case _:
            assert_never(line)


def _words(line: Changed, page: _Page) -> Iterator[Span]:
    last = len(line.words) - 1
    for index, words in enumerate(line.words):
        match words:
            case Kept(text=text):
                kept = _clipped(readable(text), page, head=index > 0, tail=index < last)
                yield "plain", kept
            case Removed(text=text):
                yield "red", f"[-{exact(text)}-]"
            case Added(text=text):
                yield "green", f"{{+{exact(text)}+}}"
            case _:
                assert_never(words)


def _clipped(text: str, page: _Page, *, head: bool = False, tail: bool = False) -> str:
    """The start and the end of a long text, as asked for, cut between words where there are any."""
    if page.verbose or len(text) <= (head + tail) * _KEPT_AROUND + 1:
        return text
    start = text[:_KEPT_AROUND] if head else ""
    end = text[-_KEPT_AROUND:] if tail else ""
    start = start[: start.rfind(" ") + 1] or start
    end = end[max(end.find(" "), 0) :]
    return f"{start}…{end}"


# --- setting it on the page ----------------------------------------------------------------------

# Where a row may end: at blanks, and between characters of scripts that write none.
_PIECE = re.compile(r" +|[\u3040-\u30ff\u3400-\u9fff]|[^ \u3040-\u30ff\u3400-\u9fff]+")


def _indented(
    spans: Iterable[Span], page: _Page, *, indent: int = _BODY, mark: Span = ("plain", "")
) -> Iterator[list[Span]]:
    """The spans wrapped into rows, the first of them marked."""
    style, sign = mark
    for row in _wrapped(spans, page.width - indent - len(sign)):
        yield [("plain", " " * indent), (style, sign), *row]
        sign = " " * len(sign)


def _wrapped(spans: Iterable[Span], width: int) -> Iterator[list[Span]]:
    row: list[Span] = []
    room = width
    for style, piece in _pieces(spans, width):
        size = _width(piece)
        if size > room and row:
            yield row
            row, room = [], width
            if piece.isspace():
                continue
        row.append((style, piece))
        room -= size
    yield row


def _pieces(spans: Iterable[Span], width: int) -> Iterator[Span]:
    """What must stay on one row; what is to be copied always does."""
    for style, text in spans:
        if style == "code":
            yield style, text
            continue
        for match in _PIECE.finditer(text):
            piece = match[0]
            yield from ((style, piece[i : i + width]) for i in range(0, len(piece), width))


def _painted(row: Sequence[Span], page: _Page) -> str:
    runs = groupby(row, key=lambda span: span[0])
    return "".join(_paint(style, "".join(text for _, text in run), page) for style, run in runs)


def _paint(style: Style, text: str, page: _Page) -> str:
    code = _SGR.get(style) if page.color else None
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """How many columns the text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1
        for character in text
    )
