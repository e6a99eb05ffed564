"""Render Markdown for a terminal, without anything that could control the terminal."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markdown import Markdown, Paragraph
from rich.segment import Segment, Segments

from sync.reports.formats.sanitize import escape_invisible, format_unchanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class _DescriptionMarkdown(Markdown):
    """Rich's Markdown that also shows HTML, as text, so that a reader sees all of the source."""

    elements = Markdown.elements | {"html_block": Paragraph}

    def __init__(self, text: str) -> None:
        super().__init__(text, hyperlinks=False, code_theme="ansi_dark")
        for token in self.parsed:
            for child in token.children or ():
                if child.type == "html_inline":
                    child.type = "text"


def render_markdown_for_terminal(text: str, width: int, *, color: bool) -> list[str]:
    """Render the Markdown as lines of at most `width` columns, with ANSI codes if `color`."""
    output = StringIO()
    console = Console(
        file=output,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    source = "\n".join(map(format_unchanged, text.split("\n")))
    rendered = console.render(_DescriptionMarkdown(source))
    console.print(Segments(_escape_segments(rendered)), end="")
    return [line.rstrip() for line in output.getvalue().rstrip("\n").split("\n")]


def _escape_segments(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Escape characters that entities such as `&#27;` stood for; drop control codes."""
    for segment in segments:
        if not segment.control:
            lines = map(escape_invisible, segment.text.split("\n"))
            yield Segment("\n".join(lines), segment.style)
