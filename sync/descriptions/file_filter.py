"""Decide which files of the folder are descriptions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# A name without signs of its own, in any folder, as in the default of `exclude`.
_NAME_ANYWHERE = re.compile(r"\*\*/([\w.-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileFilter:
    """The filter for descriptions in the folder; `exclude` are gitignore patterns."""

    exclude: Sequence[str]
    _excludes: Callable[[str], bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_excludes", _build_exclusion(self.exclude))

    def accepts(self, path: str) -> bool:
        """Return True if the file at `path`, relative to the folder, is a description."""
        name = path.rpartition("/")[2]
        is_hidden = name.startswith("_") or "/." in f"/{path}"
        return name.lower().endswith(".md") and not is_hidden and not self._excludes(path)


def _build_exclusion(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Return the test for the patterns; plain names need no import of a library."""
    plain = list(map(_NAME_ANYWHERE.fullmatch, patterns))
    if all(plain):
        names = {match[1] for match in plain if match}
        return lambda path: not names.isdisjoint(path.split("/"))
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - takes longer than to complete a word

    return GitIgnoreSpec.from_lines(patterns).match_file
