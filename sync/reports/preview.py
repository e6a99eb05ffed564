"""Descriptions as HTML pages, from the current texts of their files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.counts import format_count
from sync.reports.finding_groups import group_repeated_findings
from sync.reports.formats.html import get_jinja_environment, make_picture_styles, render_style_sheet
from sync.reports.media import NO_MEDIA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.lint.finding import Finding
    from sync.model.text import Text
    from sync.reports.media import Media


@dataclass(frozen=True, slots=True)
class Draft:
    """A description that is being written, with the findings of `check`.

    `model` is empty if the file does not name a model.
    """

    path: str
    model: str
    text: Text
    findings: Sequence[Finding] = ()


def render_index_html(drafts: Sequence[Draft], *, title: str, version: str) -> str:
    """Render the page that lists the drafts and links their pages, which have the same paths."""
    rows = [(draft, _count_findings(draft)) for draft in drafts]
    return (
        get_jinja_environment()
        .get_template("preview_index.html")
        .render(rows=rows, title=title, version=version, style=render_style_sheet())
    )


def _count_findings(draft: Draft) -> str:
    errors = sum(finding.severity == "error" for finding in draft.findings)
    others = len(draft.findings) - errors
    counts = (
        format_count(errors, "error") if errors else "",
        format_count(others, "warning") if others else "",
    )
    return ", ".join(filter(None, counts))


def render_draft_html(
    draft: Draft, *, version: str, media: Media = NO_MEDIA, has_index: bool = False
) -> str:
    """Render the page; its script reloads it when `version` is no longer the current one."""
    pictures = make_picture_styles(media)
    return (
        get_jinja_environment()
        .get_template("preview.html")
        .render(
            draft=draft,
            groups=group_repeated_findings(draft.findings),
            version=version,
            has_index=has_index,
            media=media,
            pictures=pictures,
            style=render_style_sheet(pictures=pictures.values()),
        )
    )
