"""The text that rules look at: its elements, what stands outside code, and places in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from sync.descriptions.markdown import Code, Element, Span, elements
from sync.descriptions.positions import PositionIndex

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator


@dataclass(frozen=True)
class Source:
    """A text and the line of the file that it begins at; parsed once, for all rules."""

    text: str
    first_line: int = 1

    @cached_property
    def lines(self) -> PositionIndex:
        return PositionIndex(self.text, first_line=self.first_line)

    @property
    def whole(self) -> Span:
        return Span(0, len(self.text))

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        return tuple(elements(self.text))

    @cached_property
    def code(self) -> tuple[Span, ...]:
        return tuple(element for element in self.elements if isinstance(element, Code))

    @cached_property
    def outside_code(self) -> tuple[Span, ...]:
        """The spans between code, where tags mean something."""
        edges = [Span(0, 0), *self.code, Span(len(self.text), len(self.text))]
        return tuple(Span(one.end, other.start) for one, other in pairwise(edges))

    def part(self, span: Span) -> str:
        return self.text[span.start : span.end]

    def matches(self, pattern: re.Pattern[str], span: Span) -> Iterator[tuple[int, re.Match[str]]]:
        """The pattern's matches within a span, each with its offset into the text."""
        for match in pattern.finditer(self.part(span)):
            yield span.start + match.start(), match
