"""The only module that knows the Markdown parser: a text into the elements that matter here.

The flavour is plain CommonMark, so that every reader agrees on what is code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pyromark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyromark.event import Event


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a text, as offsets into its UTF-8."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Code(Span):
    """A code span, or a whole code block."""


@dataclass(frozen=True, slots=True)
class Html(Span):
    """An HTML tag among words, or a whole HTML block."""


@dataclass(frozen=True, slots=True)
class Heading(Span):
    """A heading; `level` is 1 to 6."""

    level: int


@dataclass(frozen=True, slots=True)
class Link(Span):
    """A link; `url` is where it leads, unescaped."""

    url: str


@dataclass(frozen=True, slots=True)
class Image(Span):
    """An image; `url` is where it comes from, unescaped."""

    url: str


@dataclass(frozen=True, slots=True)
class Words(Span):
    """What a person reads as words, without a break between lines."""


Element: TypeAlias = Code | Html | Heading | Link | Image | Words


def elements(text: str) -> Iterator[Element]:
    """The elements of a text, in order; what stands in a link or a heading comes after it."""
    code_end = 0
    for event, span in pyromark.events_with_range(text, merge_text=True):
        start, end = span["start"], span["end"]
        if start < code_end or (element := _element(event, start, end)) is None:
            continue
        if isinstance(element, Code):
            code_end = end
        yield element


def _element(event: Event, start: int, end: int) -> Element | None:  # noqa: PLR0911 - one a kind
    match event:
        case {"Text": _}:
            return Words(start, end)
        case {"Code": _} | {"Start": {"CodeBlock": _}}:
            return Code(start, end)
        case {"InlineHtml": _} | {"Start": "HtmlBlock"}:
            return Html(start, end)
        case {"Start": {"Heading": {"level": level}}}:
            return Heading(start, end, int(level[1]))
        case {"Start": {"Link": {"link_type": "Email", "dest_url": address}}}:
            return Link(start, end, f"mailto:{address}")
        case {"Start": {"Link": {"dest_url": url}}}:
            return Link(start, end, url)
        case {"Start": {"Image": {"dest_url": url}}}:
            return Image(start, end, url)
        case _:
            return None
