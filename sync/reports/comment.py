"""A Markdown report that `comment` posts on a pull request, and its shorter versions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from sync.errors import UsageError
from sync.reports.marker import NO_TARGET_MARKER, ReportContents, parse_contents

if TYPE_CHECKING:
    from collections.abc import Iterator

Place: TypeAlias = Literal["own", "other"]

_MARKER = re.compile(r"<!-- description-sync:\S+ -->(?=\n)")
_TITLE = re.compile(r"^### ([^\n]*?): ", re.MULTILINE)
_URL = re.compile(r"https?://[^\s()<>\[\]]+")
_SECTION_START = "\n<details"
_CUT_NOTICE = "\n**Shortened to fit.** Left out: all differences.\n"


@dataclass(frozen=True, slots=True)
class MarkdownReport:
    """A Markdown report; `marker` is its first line and identifies the report.

    The text consists of paragraphs: a headline that is a complete report, a subtitle and, if there
    is more to say, the details. Folded sections come last.
    """

    marker: str
    text: str

    @property
    def has_target(self) -> bool:
        """Return False if the command failed before it knew its target."""
        return self.marker != NO_TARGET_MARKER

    def find_place(self, text: str) -> Place | None:
        """Return how the report can replace a comment or issue with this text; None if it cannot.

        A report without a target takes the place of the report of each target of its config,
        because a plan of an older commit no longer holds; it keeps their markers, so that later
        reports of these targets find their place again.
        """
        marker = _MARKER.match(f"{text}\n")
        if marker is None:
            return None
        is_without_target = not self.has_target or marker[0] == NO_TARGET_MARKER
        configs = {self.contents.config, parse_contents(text).config} - {""}
        if is_without_target and len(configs) > 1:  # the report of another config
            return None
        if marker[0] == self.marker:
            return "own"
        return "other" if is_without_target else None

    @property
    def contents(self) -> ReportContents:
        """Return the facts in the hidden lines of the report."""
        return parse_contents(self.text)

    def tells_nothing_beyond(self, text: str) -> bool:
        """Return True if `text`, an earlier report, already has every item of this report."""
        items = self.contents.items
        return bool(items) and items <= parse_contents(text).items

    def take_place(self, text: str) -> MarkdownReport:
        """Return the report as it replaces this text, which begins with a marker.

        A report without a target keeps that marker.
        """
        marker = _MARKER.match(f"{text}\n")
        if marker is None or self.has_target:
            return self
        return replace(self, marker=marker[0], text=self.text.replace(self.marker, marker[0], 1))

    @property
    def title(self) -> str:
        """Return the title of the report: the name of its target."""
        found = _TITLE.search(self.text)
        return found[1].replace("\\", "") if found else "descriptions"

    @property
    def has_news(self) -> bool:
        """Return True if anything follows the headline and the subtitle of a report in it."""
        reports = _MARKER.split(self.text)
        return any(report.strip().count("\n\n") > 1 for report in reports)

    def link_page(self, url: str) -> MarkdownReport:
        """Return the report with a link to its page in the headline."""
        if not _URL.fullmatch(url):
            raise UsageError(f"{url} is not the address of a page", hint="Write it as https://…")
        head, line_end, rest = self.text.partition("\n\n")
        return replace(
            self, text=f"{head.rstrip()} · [see it as readers will]({url}){line_end}{rest}"
        )

    @property
    def versions(self) -> Iterator[str]:
        """Yield the full report, the report without folded sections, and the headline alone."""
        yield self.text
        top, section, _ = self.text.partition(_SECTION_START)
        if section:
            yield top + _CUT_NOTICE
        yield self.text.partition("\n\n")[0] + "\n"


def parse_markdown_report(text: str, *, path: str) -> MarkdownReport:
    """Parse the text of a report file. Raise UsageError if it has no marker of this program."""
    text = text.replace("\r\n", "\n")
    marker = _MARKER.match(text)
    if marker is None:
        raise UsageError(
            f"{path} is not a Markdown report: it does not begin with a marker of description-sync",
            hint=f"Make one with `description-sync plan --report markdown={path}`.",
        )
    return MarkdownReport(marker[0], text)
