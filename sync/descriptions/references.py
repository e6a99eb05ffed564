"""Find the tags of a text, and replace the ids in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync.descriptions.markdown import find_code_spans
from sync.descriptions.positions import PositionIndex
from sync.model.document import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.model.document import ReferenceKind


TAG = re.compile(r"\{(?P<kind>asset|model):(?P<id>[^\s{}]+)\}")


def find_references(text: str, *, first_line: int = 1) -> tuple[Reference, ...]:
    """Find the `{asset:ID}` and `{model:ID}` tags of a text outside of code, in order.

    An id may be an `@alias`. `first_line` is the line of its file that the text begins at.
    """
    return tuple(reference for _, reference in _find_tags(text, first_line=first_line))


def replace_reference_ids(text: str, name: Callable[[Reference], str]) -> str:
    """Replace the id or `@alias` of each reference outside of code."""
    parts: list[str] = []
    end = 0
    for match, reference in _find_tags(text):
        parts += [text[end : match.start()], f"{{{reference.kind}:{name(reference)}}}"]
        end = match.end()
    return "".join([*parts, text[end:]])


def _find_tags(text: str, *, first_line: int = 1) -> Iterator[tuple[re.Match[str], Reference]]:
    matches = list(TAG.finditer(text))
    if not matches:
        return
    lines, code = PositionIndex(text, first_line=first_line), iter(find_code_spans(text))
    span = next(code, None)
    for match in matches:
        while span and span.end <= match.start():
            span = next(code, None)
        if not (span and span.start <= match.start()):
            kind: ReferenceKind = "asset" if match["kind"] == "asset" else "model"
            yield match, Reference(kind, match["id"], *lines.find_position(match.start()))
