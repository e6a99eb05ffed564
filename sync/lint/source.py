"""The text that rules look at: its elements, what stands outside code, and places in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from sync.markdown import Code, Element, Span, elements

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator


@dataclass(frozen=True)
class Source:
    """A text and the line of the file that it begins at; parsed once, for all rules."""

    text: str
    first_line: int = 1

    @cached_property
    def data(self) -> bytes:
        return self.text.encode()

    @cached_property
    def whole(self) -> Span:
        return Span(0, len(self.data))

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        return tuple(elements(self.text))

    @cached_property
    def code(self) -> tuple[Span, ...]:
        return tuple(element for element in self.elements if isinstance(element, Code))

    @cached_property
    def outside_code(self) -> tuple[Span, ...]:
        """The spans between code, where tags mean something."""
        edges = [Span(0, 0), *self.code, Span(len(self.data), len(self.data))]
        return tuple(Span(one.end, other.start) for one, other in pairwise(edges))

    def part(self, span: Span) -> str:
        return self.data[span.start : span.end].decode()

    def matches(self, pattern: re.Pattern[str], span: Span) -> Iterator[tuple[int, re.Match[str]]]:
        """The pattern's matches within a span, each with its offset into the text's UTF-8."""
        part = self.part(span)
        for match in pattern.finditer(part):
            yield span.start + len(part[: match.start()].encode()), match

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, in characters from 1."""
        line_start = self.data.rfind(b"\n", 0, offset) + 1
        line = self.data.count(b"\n", 0, offset) + self.first_line
        return line, len(self.data[line_start:offset].decode()) + 1
