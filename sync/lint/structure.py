"""Rules about HTML, headings and length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.descriptions.markdown import Heading, Html
from sync.lint.finding import RuleMatch
from sync.model.text import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.config.rules import LengthRule
    from sync.lint.linted_text import LintedText


def find_raw_html(text: LintedText) -> Iterator[RuleMatch]:
    """Find opening tags, comments and blocks of HTML; a closing tag is never alone."""
    for element in text.elements:
        if isinstance(element, Html):
            html = text.slice_span(element)
            if not html.startswith("</"):
                subject = "a comment" if html.startswith("<!--") else "HTML"
                message = (
                    f"{subject} may be shown as text or removed; write Markdown, or put it in code"
                )
                yield RuleMatch(element.start, message)


def find_several_titles(text: LintedText) -> Iterator[RuleMatch]:
    """Find every heading of the first level after the first one."""
    titles = [each for each in text.elements if isinstance(each, Heading) and each.level == 1]
    for title in titles[1:]:
        line, _ = text.lines.find_position(titles[0].start)
        message = f"this is a second title, the first is in line {line}; begin this one with ##"
        yield RuleMatch(title.start, message)


def find_heading_jumps(text: LintedText) -> Iterator[RuleMatch]:
    """Find headings that are more than one level below the heading before."""
    above = 0
    for element in text.elements:
        if isinstance(element, Heading):
            if above and element.level > above + 1:
                message = (
                    f"a heading of level {element.level} follows one of level {above}; begin it "
                    f"with {'#' * (above + 1)}"
                )
                yield RuleMatch(element.start, message)
            above = element.level


def find_overlong_text(text: LintedText, limits: LengthRule) -> Iterator[RuleMatch]:
    """Measure the text that would be sent against the limits."""
    sent = canonical(text.content)
    for size, limit, unit in (
        (len(sent), limits.max_characters, "characters"),
        (len(sent.encode()), limits.max_bytes, "bytes"),
    ):
        if size > limit:
            message = f"{size} {unit}, {size - limit} more than the limit of {limit}; shorten it"
            yield RuleMatch(0, message)
