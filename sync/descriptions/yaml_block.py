"""Find the YAML block at the top of a file, without parsing it."""

from __future__ import annotations

import re
from typing import NamedTuple

_BLOCK = re.compile(r"---[ \t]*\n(?P<yaml>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


class YamlBlock(NamedTuple):
    """The text between two lines of `---`; `end` is the offset of the text after them."""

    text: str
    end: int


def find_yaml_block(text: str) -> YamlBlock | None:
    """Find the block at the top of a text with LF line ends."""
    match = _BLOCK.match(text)
    return YamlBlock(match["yaml"], match.end()) if match else None
