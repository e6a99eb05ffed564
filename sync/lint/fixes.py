"""Correct the errors in a file that have exactly one right correction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.counts import format_count
from sync.descriptions.front_matter import read_body
from sync.descriptions.front_matter_spellings import is_unopened_description
from sync.descriptions.lfs_pointer import find_pointer_oid
from sync.lint.linted_text import LintedText
from sync.lint.tag_attempt import is_sound_tag

if TYPE_CHECKING:
    from sync.config.rules import RuleLevels

_BOM = "\ufeff"
# Not within other braces, and not the variable of a template.
_SPACED_TAG = re.compile(
    r"(?<![{$%#\\])\{[ \t]*(?P<kind>asset|model)[ \t]*:[ \t]*(?P<id>[^\s{}]+)[ \t]*\}(?!\})"
)


@dataclass(frozen=True, slots=True)
class Fix:
    """One correction; `line` is that of the file as it was, `change` says what changed."""

    line: int
    change: str


@dataclass(frozen=True, slots=True)
class FixedFile:
    """The corrections of a file; `reason` says why they could not be written."""

    path: str
    fixes: tuple[Fix, ...]
    reason: str = ""


def fix_file(data: bytes, levels: RuleLevels) -> tuple[bytes, tuple[Fix, ...]]:
    """Return the corrected bytes of a file and the corrections; nothing else changes.

    These are blanks in a tag, a byte order mark, line ends other than LF, a missing line end at the
    end, and a missing first line of front matter. A file that is not UTF-8 stays as it is.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data, ()
    if not text.strip() or find_pointer_oid(text):
        return data, ()
    fixes: list[Fix] = []
    if text.startswith(_BOM):
        text = text.lstrip(_BOM)
        fixes.append(Fix(1, "byte order mark deleted"))
    if count := text.count("\r"):
        first = re.split(r"\r\n|\r", text, maxsplit=1)[0].count("\n") + 1
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        fixes.append(Fix(first, f"{format_count(count, 'line end')} changed to LF"))
    above = 0
    if is_unopened_description(text):
        blank = len(text) - len(text.lstrip(" \t\n"))
        fixes.append(Fix(text.count("\n", 0, blank) + 1, "--- added above the front matter"))
        above = 1 - text.count("\n", 0, blank)
        text = f"---\n{text[blank:]}"
    if levels.get_level("bad-reference") != "off":
        text, tags = _fix_tags(text, above=above)
        fixes += tags
    if not text.endswith("\n"):
        fixes.append(Fix(text.count("\n") + 1 - above, "line end added at the end of the file"))
        text += "\n"
    return (text.encode(), tuple(sorted(fixes, key=lambda fix: fix.line))) if fixes else (data, ())


def _fix_tags(text: str, *, above: int) -> tuple[str, list[Fix]]:
    """Delete the blanks of tags outside code and front matter.

    `above` is the number of lines that the text has more than the file.
    """
    body = read_body(text.encode())
    if body is None:
        return text, []
    linted, fixes = LintedText(body.text, body.line), []
    parts, end = [text[: len(text) - len(body.text)]], 0
    for span in linted.outside_code:
        for start, match in linted.find_matches(_SPACED_TAG, span):
            tag = f"{{{match['kind']}:{match['id']}}}"
            if tag == match[0] or not is_sound_tag(tag):
                continue
            line, _ = linted.lines.find_position(start)
            fixes.append(Fix(line - above, f"{match[0]} changed to {tag}"))
            parts += [body.text[end:start], tag]
            end = start + len(match[0])
    return "".join([*parts, body.text[end:]]), fixes
