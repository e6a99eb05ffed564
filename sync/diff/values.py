"""The values of a diff for people: lines, and words in a changed line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

DifferenceKind: TypeAlias = Literal["none", "words", "line breaks", "blanks", "table padding"]


@dataclass(frozen=True, slots=True)
class KeptText:
    """A line, or words of a changed line, that both texts have."""

    text: str


@dataclass(frozen=True, slots=True)
class RemovedText:
    """A line, or words of a changed line, that only the text before has."""

    text: str


@dataclass(frozen=True, slots=True)
class AddedText:
    """A line, or words of a changed line, that only the text after has."""

    text: str


@dataclass(frozen=True, slots=True)
class RespacedText:
    """Blanks, a line end or a list number that changed, as part of the layout; it is not marked."""

    before: str
    after: str

    @property
    def text(self) -> str:
        """Return what to show: the text after."""
        return self.after


@dataclass(frozen=True, slots=True)
class ElidedText:
    """A number of unchanged characters of a line that are not shown."""

    characters: int


DiffWords: TypeAlias = KeptText | RemovedText | AddedText | RespacedText | ElidedText


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line in which only some words changed.

    Removed and added words include the line ends that were removed or added. The line end that
    closes the line is left out if both texts have it.
    """

    words: tuple[DiffWords, ...]


@dataclass(frozen=True, slots=True)
class RespacedLine:
    """A line of the text after in which only the layout changed: no word is marked."""

    words: tuple[DiffWords, ...]


@dataclass(frozen=True, slots=True)
class ElidedLines:
    """A number of lines without marks that are not shown; `is_same` is False if one is respaced."""

    lines: int
    is_same: bool = True


DiffLine: TypeAlias = KeptText | RemovedText | AddedText | ChangedLine | RespacedLine | ElidedLines
