"""Reports as one HTML page that contains everything it shows and loads nothing."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sync.counts import format_count
from sync.reports.diff_rows import make_diff_rows
from sync.reports.formats.markdown_to_html import convert_markdown_to_html
from sync.reports.formats.sanitize import escape_invisible, neutralize_html_commands
from sync.reports.media import NO_MEDIA, Picture, ReferenceChanges, find_reference_changes
from sync.reports.report import MAX_NAMED_SUBJECTS, DescriptionBlock, ModelSpan, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sync.model.document import ReferenceTarget
    from sync.model.target_identity import TargetIdentity
    from sync.model.text import Text
    from sync.reports.diff_rows import DiffRow
    from sync.reports.media import Media
    from sync.reports.report import Block, Difference, Report, Row


_TOP_HEADING_LEVEL = 4  # the highest level of a heading in a description


def render_html(
    reports: Sequence[Report], *, media: Mapping[str, Media] = MappingProxyType({})
) -> str:
    """Render the reports one below the other; `media` is by the name of the target.

    A row with a difference shows both texts as well, side by side.
    """
    views = list(_make_views(reports, media))
    style = render_style_sheet(
        filters=[rule for view in views for rule in view.filters],
        pictures=[picture for view in views for picture in view.pictures.values()],
    )
    page = get_jinja_environment().get_template("reports.html").render(reports=views, style=style)
    return neutralize_html_commands(page)


@cache
def get_jinja_environment() -> Environment:
    """Return the environment of our templates, which escapes every text."""
    templates = Environment(
        loader=PackageLoader("sync.reports.formats", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_escape_template_value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals |= {"counted": format_count, "MAX_NAMED_SUBJECTS": MAX_NAMED_SUBJECTS}
    templates.filters["render_description"] = _render_description
    templates.filters["hash_style"] = _hash_style
    return templates


def _escape_template_value(value: object) -> object:
    return (
        escape_invisible(value)
        if isinstance(value, str) and not isinstance(value, Markup)
        else value
    )


def render_style_sheet(
    *, filters: Iterable[LabelFilter] = (), pictures: Iterable[PictureStyle] = ()
) -> Markup:
    """Render the style sheet of a page with these filters and pictures."""
    style = get_jinja_environment().get_template("style.css")
    # The style sheet is our own file, and nothing from outside is added to it.
    return Markup(style.render(filters=filters, pictures=pictures))  # noqa: S704


def _hash_style(style: str) -> str:
    """Compute the hash by which a content security policy allows the style."""
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")


def _render_description(text: Text, card: Callable[..., str]) -> Markup:
    return Markup(convert_markdown_to_html(text.canonical, card=card, top_level=_TOP_HEADING_LEVEL))  # noqa: S704 - sanitised


# --- pictures ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PictureStyle:
    """A picture in the style sheet, included once however many cards show it."""

    name: str
    picture: Picture

    @property
    def url(self) -> str:
        content = base64.b64encode(self.picture.content).decode("ascii")
        return f"data:{self.picture.mime_type};base64,{content}"


def make_picture_styles(media: Media, *, first: int = 0) -> dict[str, PictureStyle]:
    """Make the pictures of a page, by asset id; numbers in their names start at `first`."""
    shown = [(id_, asset.picture) for id_, asset in media.assets.items() if asset.picture]
    return {
        id_: PictureStyle(f"picture-{number}", picture)
        for number, (id_, picture) in enumerate(shown, first)
    }


# --- one report of a page ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LabelFilter:
    """A choice of one label: the id of its input, the id of its report, and the class to show."""

    input_id: str
    report_id: str
    label_class: str


@dataclass(frozen=True, slots=True)
class _DetailBlock:
    """A table whose rows have a section each."""

    entries: Sequence[_ChangeEntry]


@dataclass(frozen=True, slots=True)
class _ReportView:
    """A report on a page; `name` is its element id, `filter_id` prefixes its inputs' ids."""

    report: Report
    name: str
    filter_id: str
    blocks: Sequence[_DetailBlock | Block]
    media: Media
    pictures: Mapping[str, PictureStyle]

    @property
    def entries(self) -> list[_ChangeEntry]:
        return [
            entry
            for block in self.blocks
            if isinstance(block, _DetailBlock)
            for entry in block.entries
        ]

    @property
    def has_cards(self) -> bool:
        """Return True if a text is shown as its readers see it."""
        return any(isinstance(block, _DetailBlock | DescriptionBlock) for block in self.blocks)

    @property
    def labels(self) -> Counter[str]:
        return Counter(entry.row.label for entry in self.entries)

    @property
    def filters(self) -> Iterator[LabelFilter]:
        names = [label.replace(" ", "-") for label in self.labels]
        return (
            LabelFilter(f"{self.filter_id}-{name}", self.name, f"label-{name}") for name in names
        )

    @property
    def place(self) -> str:
        """Return the subtitle of the report, unless the headline has it."""
        return "" if self.report.headline == self.report.subtitle else self.report.subtitle

    @property
    def facts(self) -> list[str]:
        """Return the command and the server."""
        shows_command = self.report.kind not in {"plan", "apply"}
        command = [f"description-sync {self.report.kind}"] if shows_command else []
        place = self.report.subtitle
        return [*command, *(f for f in _list_server_facts(self.report.target) if f != place)]

    def render_card(self, target: ReferenceTarget) -> Markup:
        """Render the card of an asset or model that a text refers to."""
        cards: Any = get_jinja_environment().get_template("cards.html").module
        card: Markup = cards.card(target, self.media, self.pictures)
        return card


def _make_views(reports: Sequence[Report], media: Mapping[str, Media]) -> Iterator[_ReportView]:
    anchors, picture_count = count(1), 0
    for number, report in enumerate(reports, 1):
        target_media = media.get(report.target.name, NO_MEDIA) if report.target else NO_MEDIA
        pictures = make_picture_styles(target_media, first=picture_count)
        picture_count += len(pictures)
        yield _ReportView(
            report,
            name=f"report-{number}",
            filter_id="show" if number == 1 else f"show-{number}",
            blocks=[_make_block(block, anchors) for block in report.blocks],
            media=target_media,
            pictures=pictures,
        )


def _make_block(block: Block, anchors: Iterator[int]) -> _DetailBlock | Block:
    if not isinstance(block, Table) or not block.has_details:
        return block
    rows = sorted(block.rows, key=lambda row: not row.is_problem)
    return _DetailBlock([_make_entry(row, f"change-{next(anchors)}") for row in rows])


def _list_server_facts(target: TargetIdentity | None) -> Iterator[str]:
    if target:
        yield target.base_url
        if target.project_id:
            yield f"project {target.project_id}"


# --- entries -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _TextPane:
    """One text of a change, rendered with a title above it."""

    title: str
    text: Text


@dataclass(frozen=True, slots=True)
class _ChangeEntry:
    """A row with everything that the page shows of it; `model` is empty if it names none."""

    row: Row
    anchor: str
    subject: str
    model: str
    reference_changes: ReferenceChanges
    rows: tuple[DiffRow, ...]
    panes: tuple[_TextPane, ...]


def _make_entry(row: Row, anchor: str) -> _ChangeEntry:
    model = next((cell.text for cell in row.cells if isinstance(cell, ModelSpan)), "")
    first = row.cells[0]
    difference = row.difference
    return _ChangeEntry(
        row,
        anchor,
        first if isinstance(first, str) else first.text,
        model,
        find_reference_changes(difference) if difference else ReferenceChanges((), ()),
        tuple(make_diff_rows(row.lines)),
        tuple(_make_panes(difference)) if difference else (),
    )


def _make_panes(difference: Difference) -> Iterator[_TextPane]:
    sides = difference.sides
    for title, text in ((sides.removed, difference.before), (sides.added, difference.after)):
        if not text.is_empty:
            yield _TextPane(title[:1].upper() + title[1:], text)
