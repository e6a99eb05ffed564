"""Find the line and column of a place in a text, as an editor counts them."""

from __future__ import annotations

import re
from bisect import bisect_right


class PositionIndex:
    """An index of the line starts of a text, which begins at line `first_line` of its file."""

    def __init__(self, text: str, *, first_line: int) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._first_line = first_line

    def find_position(self, offset: int) -> tuple[int, int]:
        """Return the line and the column, from 1, of the character at an offset."""
        at = bisect_right(self._starts, offset) - 1
        return at + self._first_line, offset - self._starts[at] + 1


def normalize_line_ends(text: str) -> str:
    """Return the text with LF line ends and without a BOM."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def locate_decoding_error(error: UnicodeDecodeError) -> tuple[int, int, str]:
    """Return line and column, from 1, of the first byte that is not UTF-8, and a message."""
    before = normalize_line_ends(error.object[: error.start].decode())
    byte = f"byte 0x{error.object[error.start]:02x} at offset {error.start}"
    message = f"not UTF-8: {byte}; save it as UTF-8"
    return before.count("\n") + 1, len(before) - before.rfind("\n"), message
