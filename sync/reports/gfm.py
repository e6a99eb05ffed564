"""Text from outside as Markdown for GitHub and GitLab, in which it does nothing and calls nobody.

What could act is set as code: there are no links, mentions, references to issues or commits, no
emoji and no markup in code. Escaping would not do: GitHub looks for mentions in the rendered page,
where an escaped `@` is an `@` again (html-pipeline, `MentionFilter`, which leaves code alone).
"""

from __future__ import annotations

import html
import re
import textwrap
from typing import TYPE_CHECKING, assert_never

from sync.diff import Added, Changed, Elided, Kept, Line, Removed, Words
from sync.reports.inert import exact, readable, visible
from sync.reports.rows import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_COLUMNS = 100  # a longer line of code would have to be scrolled sideways
_WRAPPED = "↳ "

_CHUNK = re.compile(r"(?:`[^`]+`|[^ ])+")  # what stands between blanks, but for those in code
# Letters, or a number, between marks. What looks like the id of a commit is no such word.
_OPENING = "\"'(\u201c\u2018"
_CLOSING = ")\"'\u201d\u2019,.;:!?\u2026"
_WORD = re.compile(
    rf"""(?xi)
    (?! .* \b [a-f]{{7,40}} \b )
    [{_OPENING}]*+
    (?: [^\W\d_]+ (?: ['\u2019-] [^\W\d_]+ )* | [0-9]{{1,6}} | [\u2013\u2014\u00b7\u2192] )?
    [{_CLOSING}]*
    """
)
_QUOTED = re.compile(r"`([^`]+)`")
_OUR_COMMENT = re.compile(r"<!(?=--\s*description-sync)", re.IGNORECASE)


def code(text: str) -> str:
    """A code span."""
    shown = _unmarked(visible(text))
    if not shown:
        return ""
    ticks = _ticks(shown, least=1)
    # A reader takes one blank off either end, but for a span of blanks alone.
    padded = shown.strip(" ") and (shown[0] in "` " or shown[-1] in "` ")
    pad = " " if padded else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def sentence(text: str) -> str:
    """Plain words as they are, and everything else as code."""
    return _CHUNK.sub(lambda match: _chunk(match[0]), visible(text))


def _chunk(chunk: str) -> str:
    """The chunk with at most one code span, as two that touch would be read as something else."""
    if _WORD.fullmatch(chunk):
        return chunk
    start = len(chunk) - len(chunk.lstrip(_OPENING))
    end = len(chunk.rstrip(_CLOSING))
    thing = chunk[start:end]
    quoted = _QUOTED.fullmatch(thing)
    return f"{chunk[:start]}{code(quoted[1] if quoted else thing)}{chunk[end:]}"


def cell(markdown: str) -> str:
    """What stands in a cell of a table."""
    return markdown.replace("|", r"\|")


def summary(text: str) -> str:
    """Code in the line of HTML that opens a folded part."""
    return f"<code>{html.escape(_unmarked(visible(text)))}</code>"


def _unmarked(text: str) -> str:
    """The text without what a program could take for a comment of ours."""
    return _OUR_COMMENT.sub(r"<!\\", text)


def _ticks(text: str, *, least: int) -> str:
    """Backticks that the text cannot close."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))


def block(text: str) -> str:
    """Lines of code, each to be copied as it is."""
    content = _unmarked("\n".join(map(visible, text.splitlines())))
    ticks = _ticks(content, least=3)
    return f"{ticks}\n{content}\n{ticks}\n"


# --- differences ---------------------------------------------------------------------------------


def fence(lines: Iterable[Line]) -> str:
    """The lines as a block that is coloured as a diff, wrapped, words marked as git does."""
    content = _unmarked("\n".join(row.rstrip() for line in lines for row in _rows(line)))
    ticks = _ticks(content, least=3)
    return f"{ticks}diff\n{content}\n{ticks}\n"


def _rows(line: Line) -> Iterator[str]:
    sign, text = _signed(line)
    first, *more = _wrap(text)
    yield f"{sign} {first}"
    yield from (f"{sign} {_WRAPPED}{row}" for row in more)


def _signed(line: Line) -> tuple[str, str]:
    """The sign by which a line of a diff is coloured, and its text."""
    match line:
        case Kept(text=text):
            return " ", readable(text)
        case Removed(text=text):
            return "-", exact(text)
        case Added(text=text):
            return "+", exact(text)
        case Changed(words=words):
            return "!", "".join(map(_marked, words))
        case Elided(lines=count):
            return "@@", f"{counted(count, 'line')} as before @@"
        case _:
            assert_never(line)


def _marked(words: Words) -> str:
    match words:
        case Kept(text=text):
            return readable(text)
        case Removed(text=text):
            return f"[-{exact(text)}-]"
        case Added(text=text):
            return f"{{+{exact(text)}+}}"
        case _:
            assert_never(words)


def _wrap(text: str) -> list[str]:
    if len(text) <= _COLUMNS:
        return [text]
    rows = textwrap.wrap(text, _COLUMNS, replace_whitespace=False, break_on_hyphens=False)
    return rows or [""]
