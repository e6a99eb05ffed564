"""Rules about words that say that a text is not finished."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync.lint.finding import RuleMatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.lint.linted_text import LintedText

# A word that belongs to a URL, a path or an identifier is none of these.
_PLACEHOLDER = re.compile(
    r"(?<![\w/.#?=&%@\\-])(?:(?P<certain>TBD|TBC|[Ll]orem\s{1,9}[Ii]psum|LOREM\s{1,9}IPSUM)"
    r"|(?P<marker>TODO|FIXME))(?![\w/-]|\.\w)"
)
# TODO is a word in English ("a TODO list") and in Spanish: only a marker counts.
_BEFORE_MARKER = re.compile(r"(?:^|[:.!?|>(\[]|(?:^|[ \t])[-*+\u2013\u2014]|\d[.)])[ \t*_~\[(#>]*$")
_AFTER_MARKER = re.compile(r"[*_~\])]*+(?:[ \t]*+[:(|\u2026]|[ \t]*+[.)!\]]*+[ \t]*+(?:\n|\Z))")
_TASK = re.compile(
    r"[*_~]*[ \t]+(?:add|check|complete|create|describe|document|explain|fill|find|finish|fix|"
    r"include|insert|link|make|put|remove|replace|test|translate|update|upload|write)\b"
)
_MAX_CONTEXT = 40


def find_placeholders(text: LintedText) -> Iterator[RuleMatch]:
    """Find words such as TODO, outside code."""
    if not _PLACEHOLDER.search(text.content):
        return
    for span in text.outside_code:
        for start, match in text.find_matches(_PLACEHOLDER, span):
            if match["certain"] or _is_marker(text.content, start, start + len(match[0])):
                yield RuleMatch(start, f'the text contains "{match[0]}"; write what belongs there')


def _is_marker(text: str, start: int, end: int) -> bool:
    """Return True if the word marks missing text: "TODO: x", "Trained on: TODO", "TODO add x"."""
    line_start = max(text.rfind("\n", 0, start) + 1, start - _MAX_CONTEXT)
    is_first = _BEFORE_MARKER.search(text[line_start:start]) is not None
    after = text[end : end + _MAX_CONTEXT]
    if after.lstrip("*_~").startswith((":", "(")):
        return True
    return is_first and bool(_AFTER_MARKER.match(after) or _TASK.match(after))
