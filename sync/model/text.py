"""The text of a description."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


def canonical(text: str) -> str:
    """Return the form in which texts are compared and hashed: LF, no blank lines at either end.

    A line is blank if it holds only spaces and tabs, as in CommonMark, or byte order marks. Byte
    order marks at the start of the text are removed as well. A text of only blank lines gives the
    empty text; any other text ends in exactly one newline.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first, last = 0, len(lines)
    while first < last and not lines[first].strip(_BLANK_CHARACTERS):
        first += 1
    while last > first and not lines[last - 1].strip(_BLANK_CHARACTERS):
        last -= 1
    return "\n".join([*lines[first:last], ""]).lstrip(_BOM)


_BOM = "\ufeff"
_BLANK_CHARACTERS = f" \t{_BOM}"


@dataclass(frozen=True, slots=True)
class Text:
    """A description exactly as one side holds it, with its hash.

    `raw` is the text as it was read or will be sent. `sha256` is the hex hash of the canonical
    form in UTF-8. Two texts are the same description if their `sha256` are equal.
    """

    raw: str
    canonical: str = field(init=False, repr=False, compare=False)
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        form = canonical(self.raw)
        object.__setattr__(self, "canonical", self.raw if form == self.raw else form)
        object.__setattr__(self, "sha256", hashlib.sha256(form.encode()).hexdigest())

    @property
    def is_empty(self) -> bool:
        return not self.canonical

    def is_same_as(self, other: Text) -> bool:
        return self.sha256 == other.sha256


EMPTY_TEXT = Text("")
