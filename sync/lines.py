"""Where in a text something stands, as an editor counts: lines, and columns of characters."""

from __future__ import annotations

import re
from bisect import bisect_right


class Lines:
    """The lines of a text, found by offset; the first of them is line `first` of its file."""

    def __init__(self, text: str, *, first: int) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._first = first

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of the character at an offset."""
        at = bisect_right(self._starts, offset) - 1
        return at + self._first, offset - self._starts[at] + 1


def plain(text: str) -> str:
    """The text with LF at the end of each line, and without BOM."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def undecodable(error: UnicodeDecodeError) -> tuple[int, int, str]:
    """Line and column, from 1, of the first byte that is not UTF-8, and what to do about it."""
    before = plain(error.object[: error.start].decode())
    byte = f"byte 0x{error.object[error.start]:02x} at offset {error.start}"
    message = f"not UTF-8: {byte}; save it as UTF-8"
    return before.count("\n") + 1, len(before) - before.rfind("\n"), message
