"""One description as a page, as its file has it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.reports.html import environment, pictures_of, style_sheet
from sync.reports.media import NO_MEDIA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.lint.finding import Finding
    from sync.model import Text
    from sync.reports.media import Media


@dataclass(frozen=True, slots=True)
class Draft:
    """A description that is being written, with what `check` says of it.

    `model` is empty where the file does not tell it.
    """

    path: str
    model: str
    text: Text
    findings: Sequence[Finding] = ()


def draft_as_html(draft: Draft, *, version: str, media: Media = NO_MEDIA) -> str:
    """The page; its script is asked for by its `version`, and loads it again once that is old."""
    pictures = pictures_of(media)
    return (
        environment()
        .get_template("preview.html")
        .render(
            draft=draft,
            version=version,
            media=media,
            pictures=pictures,
            style=style_sheet(pictures=pictures.values()),
        )
    )
