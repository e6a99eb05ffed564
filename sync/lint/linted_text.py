"""The text that the rules look at: its Markdown elements, and places in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from sync.descriptions.markdown import Code, Element, Span, find_elements
from sync.descriptions.positions import PositionIndex

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator


@dataclass(frozen=True)
class LintedText:
    """A text that begins at line `first_line` of its file; it is parsed once for all rules."""

    content: str
    first_line: int = 1

    @cached_property
    def lines(self) -> PositionIndex:
        """Return the index that turns offsets into lines and columns of the file."""
        return PositionIndex(self.content, first_line=self.first_line)

    @property
    def whole(self) -> Span:
        """Return the span of the whole text."""
        return Span(0, len(self.content))

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """Return the Markdown elements, in order."""
        return tuple(find_elements(self.content))

    @cached_property
    def code(self) -> tuple[Span, ...]:
        """Return the code spans and code blocks, in order."""
        return tuple(element for element in self.elements if isinstance(element, Code))

    @cached_property
    def outside_code(self) -> tuple[Span, ...]:
        """Return the spans between code, where references have a meaning."""
        size = len(self.content)
        edges = [Span(0, 0), *self.code, Span(size, size)]
        return tuple(Span(one.end, other.start) for one, other in pairwise(edges))

    def slice_span(self, span: Span) -> str:
        """Return the part of the text that the span covers."""
        return self.content[span.start : span.end]

    def find_matches(
        self, pattern: re.Pattern[str], span: Span
    ) -> Iterator[tuple[int, re.Match[str]]]:
        """Yield the pattern's matches within a span, each with its offset in the whole text."""
        for match in pattern.finditer(self.slice_span(span)):
            yield span.start + match.start(), match
