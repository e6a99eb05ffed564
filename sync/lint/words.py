"""Rules about words that say that a text is not finished."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync.lint.finding import RuleMatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.lint.linted_text import LintedText

_PLACEHOLDER = re.compile(r"\b(?:TODO|FIXME|TBD|TBC|[Ll]orem\s+[Ii]psum|LOREM\s+IPSUM)\b")


def find_placeholders(text: LintedText) -> Iterator[RuleMatch]:
    """Find words for what is still to be written, outside code."""
    if not _PLACEHOLDER.search(text.content):
        return
    for span in text.outside_code:
        for start, match in text.find_matches(_PLACEHOLDER, span):
            yield RuleMatch(start, f'the text contains "{match[0]}"; write what belongs there')
