"""A report that was written as Markdown, as the one comment that it is to be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKER = re.compile(r"<!-- description-sync:\S+ -->(?=\n)")
_SECTION = "\n<details"
_CUT = "\n**Shortened to fit.** Left out: all differences.\n"


@dataclass(frozen=True, slots=True)
class Report:
    """A Markdown report; `marker` is its first line, which is like no other report's.

    It is made of paragraphs: a headline that is a report of its own, a subtitle, and, if there is
    anything to say, the rest of it; sections that unfold come last.
    """

    marker: str
    text: str

    @property
    def has_news(self) -> bool:
        """Whether anything stands below headline and subtitle."""
        return self.text.strip().count("\n\n") > 1

    @property
    def forms(self) -> Iterator[str]:
        """The report whole, without what unfolds, and its headline alone."""
        yield self.text
        top, section, _ = self.text.partition(_SECTION)
        if section:
            yield top + _CUT
        yield self.text.partition("\n\n")[0] + "\n"


def read_report(text: str, *, path: str) -> Report:
    """The report of a file. Raises UsageError where it is no Markdown report of this program."""
    text = text.replace("\r\n", "\n")
    marker = _MARKER.match(text)
    if marker is None:
        raise UsageError(
            f"{path} is no Markdown report: it does not begin with a marker of description-sync",
            hint=f"Make one with `description-sync plan --report markdown={path}`.",
        )
    return Report(marker[0], text)
