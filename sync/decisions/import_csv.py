"""Read texts out of rows of CSV and TSV, as RFC 4180 and spreadsheets write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.decisions.import_ import NotImported
from sync.decisions.import_records import (
    describe_missing_fields,
    describe_repeated_fields,
    read_record,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.decisions.import_ import ForeignText

_EXCEL_SEPARATOR = re.compile(r'"?sep=(?P<delimiter>[^\n"])"?\n', re.IGNORECASE)
_QUOTED = re.compile(r'"(?P<cell>[^"]*(?:""[^"]*)*)"')


@dataclass(frozen=True, slots=True)
class CsvRow:
    """The cells of a row, and the line of the file that it begins at."""

    line: int
    cells: Sequence[str]


class CsvSyntaxError(ValueError):
    """A row that cannot be read; the rows after it cannot be read either."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


def read_csv(path: str, text: str, *, locale: str | None) -> Iterator[ForeignText | NotImported]:
    """Read a text from each row; the first row names the columns."""
    marked = _EXCEL_SEPARATOR.match(text)
    delimiter = marked["delimiter"] if marked else _guess_delimiter(path, text)
    rows = split_rows(text, delimiter, start=marked.end() if marked else 0)
    try:
        head = next((row for row in rows if row.cells), CsvRow(1, ()))
        names = [name.strip() for name in head.cells]
        if head.cells and (fault := _describe_head(names, locale)):
            yield NotImported(result="failed", source=f"{path}:{head.line}", reason=fault)
            return
        for row in rows:
            if row.cells:
                yield _read_row(f"{path}:{row.line}", names, row.cells, locale=locale)
    except CsvSyntaxError as error:
        reason = f"{error}; nothing from here on was read"
        yield NotImported(result="failed", source=f"{path}:{error.line}", reason=reason)


def _describe_head(names: Sequence[str], locale: str | None) -> str:
    missing = describe_missing_fields(names, locale)
    fault = f"the first row names the columns: {missing}" if missing else ""
    return fault or describe_repeated_fields(names, locale)


def _guess_delimiter(path: str, text: str) -> str:
    """Guess the delimiter from the first line; spreadsheets of some countries write `;`."""
    if path.lower().endswith(".tsv"):
        return "\t"
    return max(",;\t", key=text.lstrip("\n").partition("\n")[0].count)


def split_rows(text: str, delimiter: str, *, start: int = 0) -> Iterator[CsvRow]:
    """Split a text with LF line ends into rows; an empty line is a row without cells.

    Cells have any length, in contrast to those of the `csv` module, whose limit belongs to the
    whole process. Raises CsvSyntaxError.
    """
    at, line = start, text.count("\n", 0, start) + 1
    plain = re.compile(rf"[^{re.escape(delimiter)}\n]*")
    while at < len(text):
        cells: list[str] = []
        first_line = line
        while True:
            cell, end = _read_cell(text, at, plain, line=first_line)
            line += cell.count("\n")
            cells.append(cell)
            at = end + 1
            if end >= len(text) or text[end] == "\n":
                line += 1
                break
            if text[end] != delimiter:
                message = f"after a quoted cell comes {text[end]!r} instead of {delimiter!r}"
                raise CsvSyntaxError(first_line, message)
        yield CsvRow(first_line, () if cells == [""] else cells)


def _read_cell(text: str, at: int, plain: re.Pattern[str], *, line: int) -> tuple[str, int]:
    """Return the cell at an offset, and the offset of what follows it."""
    if text[at : at + 1] == '"':
        if quoted := _QUOTED.match(text, at):
            return quoted["cell"].replace('""', '"'), quoted.end()
        raise CsvSyntaxError(line, "a quoted cell has no end")
    match = plain.match(text, at)
    return (match[0], match.end()) if match else ("", at)


def _read_row(
    source: str, names: Sequence[str], cells: Sequence[str], *, locale: str | None
) -> ForeignText | NotImported:
    if len(cells) != len(names):
        reason = f"it has {len(cells)} columns, and the first row names {len(names)}"
        return NotImported(result="failed", source=source, reason=reason)
    return read_record(source, list(zip(names, cells, strict=True)), locale=locale)
