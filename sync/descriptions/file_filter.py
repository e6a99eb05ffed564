"""Decide which files of the folder are descriptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class FileFilter:
    """The filter for descriptions in the folder; `exclude` are gitignore patterns."""

    exclude: Sequence[str]
    _spec: GitIgnoreSpec = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_spec", GitIgnoreSpec.from_lines(self.exclude))

    def accepts(self, path: str) -> bool:
        """Return True if the file at `path`, relative to the folder, is a description."""
        *folders, name = path.split("/")
        hidden = name.startswith(("_", ".")) or any(part.startswith(".") for part in folders)
        return name.lower().endswith(".md") and not hidden and not self._spec.match_file(path)
