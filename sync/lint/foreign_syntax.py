"""Rules about the syntax of other programs, which Scenario would show as plain text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync.descriptions.markdown import Html
from sync.lint.finding import RuleMatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.lint.linted_text import LintedText

# Each form ends on its line and is short, so that the time stays linear.
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an embed of a note-taking program", re.compile(r"!\[\[[^\[\]\n]{1,300}\]\]")),
    ("a link of a note-taking program", re.compile(r"(?<!!)\[\[[^\[\]\n]{1,300}\]\](?!\()")),
    ("a shortcode", re.compile(r"\{\{[<%][^{}\n]{1,300}[>%]\}\}")),
    ("a template tag", re.compile(r"(?<!\{)\{%[^{}\n]{1,300}%\}")),
)


def find_foreign_syntax(text: LintedText) -> Iterator[RuleMatch]:
    """Find wiki links, embeds, shortcodes and template tags outside code and comments."""
    if "[[" not in text.content and "{{" not in text.content and "{%" not in text.content:
        return
    comments = [
        each
        for each in text.elements
        if isinstance(each, Html) and text.slice_span(each).lstrip().startswith("<!--")
    ]
    for span in text.outside_code:
        for name, form in _FORMS:
            for start, match in text.find_matches(form, span):
                if any(each.start <= start < each.end for each in comments):
                    continue
                message = (
                    f"{match[0]} is {name}, which Scenario shows as it stands; write Markdown, "
                    "or put it in code"
                )
                yield RuleMatch(start, message)
