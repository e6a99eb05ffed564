"""Rules about front matter that is part of the text, because only other programs read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.config.yaml import FaultsError
from sync.descriptions.front_matter import decode_file, describe_spelling, split_front_matter
from sync.descriptions.front_matter_spellings import find_foreign_front_matter
from sync.lint.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.config.rules import RuleLevels

_RULE = "front-matter-as-text"


def find_front_matter_as_text(path: str, data: bytes, *, levels: RuleLevels) -> Iterator[Finding]:
    """Find front matter that is sent with the text; one with keys of ours is a reading fault."""
    if (level := levels.get_level(_RULE)) == "off":
        return
    try:
        text = decode_file(data, path=path)
        split = split_front_matter(text, path=path)
    except FaultsError:
        return
    if split.yaml is None and (found := find_foreign_front_matter(text)):
        message = (
            f"{describe_spelling(found)}, so it is sent as part of the text; delete it, or, if the "
            'text begins so, write front matter with "model" above it'
        )
        yield Finding(path, found.line, 1, _RULE, level, message)
