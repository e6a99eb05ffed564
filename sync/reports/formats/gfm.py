"""Text from outside, formatted as harmless Markdown for GitHub and GitLab.

Text that could act is set as code. Code holds no links, mentions, references to issues or commits,
emoji or markup. Escaping is not enough: GitHub looks for mentions in the rendered page, where an
escaped `@` is an `@` again (html-pipeline, `MentionFilter`, which leaves code alone).
"""

from __future__ import annotations

import html
import re
import textwrap
from typing import TYPE_CHECKING, assert_never

from sync.reports.diff_rows import DiffPart, DiffRow, RowKind, make_diff_rows
from sync.reports.formats.sanitize import escape_invisible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync.diff.values import DiffLine


_MAX_COLUMNS = 100  # readers would have to scroll a longer line of code sideways
_WRAP_MARK = "↳ "

_CHUNK = re.compile(r"(?:`[^`]+`|[^ ])+")  # text between blanks; blanks in code do not split it
# Letters or a number, with punctuation around them, that do not look like the id of a commit.
_OPENING_MARKS = "\"'(\u201c\u2018"
_CLOSING_MARKS = ")\"'\u201d\u2019,.;:!?\u2026"
_PLAIN_WORD = re.compile(
    rf"""(?xi)
    (?! .* \b [a-f]{{7,40}} \b )
    [{_OPENING_MARKS}]*+
    (?: [^\W\d_]+ (?: ['\u2019-] [^\W\d_]+ )*
      | [0-9]{{1,6}} | [0-9]{{1,3}} (?: ,[0-9]{{3}} )+ | [\u2013\u2014\u00b7\u2192] )?
    [{_CLOSING_MARKS}]*
    """
)
_QUOTED_CODE = re.compile(r"`([^`]+)`")
_OUR_COMMENT_START = re.compile(r"<!(?=--\s*description-sync)", re.IGNORECASE)


def format_code(text: str) -> str:
    """Format the text as a code span."""
    shown = _break_our_comments(escape_invisible(text))
    if not shown:
        return ""
    ticks = _choose_backticks(shown, least=1)
    # Markdown strips one blank from either end, unless the span holds only blanks.
    padded = shown.strip(" ") and (shown[0] in "` " or shown[-1] in "` ")
    pad = " " if padded else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def format_prose(text: str) -> str:
    """Format prose: plain words stay as they are, everything else becomes code."""
    return _CHUNK.sub(lambda match: _format_chunk(match[0]), escape_invisible(text))


def _format_chunk(chunk: str) -> str:
    """Format the chunk with at most one code span: Markdown misreads two spans that touch."""
    if _PLAIN_WORD.fullmatch(chunk):
        return chunk
    start = len(chunk) - len(chunk.lstrip(_OPENING_MARKS))
    end = len(chunk.rstrip(_CLOSING_MARKS))
    content = chunk[start:end]
    quoted = _QUOTED_CODE.fullmatch(content)
    return f"{chunk[:start]}{format_code(quoted[1] if quoted else content)}{chunk[end:]}"


def escape_cell(markdown: str) -> str:
    """Escape Markdown for a cell of a table."""
    return markdown.replace("|", r"\|")


def format_summary(text: str) -> str:
    """Format the text as HTML code, for the `<summary>` line of a folded section."""
    return f"<code>{html.escape(_break_our_comments(escape_invisible(text)))}</code>"


def _break_our_comments(text: str) -> str:
    """Break comments in the text that a program could take for a marker of ours."""
    return _OUR_COMMENT_START.sub(r"<!\\", text)


def _choose_backticks(text: str, *, least: int) -> str:
    """Choose backticks, at least `least`, that the text cannot close."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))


def format_code_block(text: str) -> str:
    """Format the lines as a code block to copy from."""
    content = _break_our_comments("\n".join(map(escape_invisible, text.splitlines())))
    ticks = _choose_backticks(content, least=3)
    return f"{ticks}\n{content}\n{ticks}\n"


# --- differences ---------------------------------------------------------------------------------


def format_diff_block(lines: Iterable[DiffLine]) -> str:
    """Format the lines as a `diff` block, wrapped, with changed words marked as git does."""
    content = _break_our_comments(
        "\n".join(row.rstrip() for line in make_diff_rows(lines) for row in _format_rows(line))
    )
    ticks = _choose_backticks(content, least=3)
    return f"{ticks}diff\n{content}\n{ticks}\n"


_ROW_SIGNS: dict[RowKind, str] = {  # the sign that colours a line of a diff
    "kept": " ",
    "removed": "-",
    "added": "+",
    "elided": "@@",
}


def _format_rows(row: DiffRow) -> Iterator[str]:
    if row.kind == "changed":  # as two lines, because only `-` and `+` are coloured
        for sign, absent in (("-", "added"), ("+", "removed")):
            text = "".join(_mark_part(part) for part in row.parts if part.kind != absent)
            yield from _format_signed_rows(sign, text)
    else:
        end = " @@" if row.kind == "elided" else ""
        yield from _format_signed_rows(_ROW_SIGNS[row.kind], f"{row.text}{end}")


def _format_signed_rows(sign: str, text: str) -> Iterator[str]:
    first, *more = _wrap_text(text)
    yield f"{sign} {first}"
    yield from (f"{sign} {_WRAP_MARK}{each}" for each in more)


def _mark_part(part: DiffPart) -> str:
    match part.kind:
        case "kept":
            return part.text
        case "removed":
            return f"[-{part.text}-]"
        case "added":
            return f"{{+{part.text}+}}"
        case _:
            assert_never(part.kind)


def _wrap_text(text: str) -> list[str]:
    if len(text) <= _MAX_COLUMNS:
        return [text]
    rows = textwrap.wrap(text, _MAX_COLUMNS, replace_whitespace=False, break_on_hyphens=False)
    return rows or [""]
