"""Reports as one HTML page that contains everything it shows and loads nothing."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, assert_never

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sync.model import Plan, Run
from sync.reports.diff_rows import make_diff_rows
from sync.reports.formats.markdown_to_html import convert_markdown_to_html
from sync.reports.formats.sanitize import escape_invisible, neutralize_html_commands
from sync.reports.media import NO_MEDIA, Picture, ReferenceChanges, find_reference_changes
from sync.reports.next_steps import MAX_NAMED_SUBJECTS
from sync.reports.plan import build_plan_report, build_run_report, format_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sync.model import ReferenceTarget, TargetIdentity, Text
    from sync.reports.diff_rows import DiffRow
    from sync.reports.listing import TableReport
    from sync.reports.media import Media
    from sync.reports.next_steps import Advice
    from sync.reports.plan import Report, Row


_TOP_HEADING_LEVEL = 4  # the highest level of a heading in a description


def render_reports_html(
    subjects: Sequence[Plan | Run], *, media: Mapping[str, Media] = MappingProxyType({})
) -> str:
    """Render the plans or runs one below the other; `media` is by the name of the target.

    For a plan, the page shows each description before and after the change, side by side. For a
    run, it shows each text that Scenario altered, as it was sent and as Scenario keeps it.
    """
    return _render_page("changes.html", list(_make_change_views(subjects, media)))


def render_table_reports_html(reports: Sequence[TableReport]) -> str:
    """Render the table reports one below the other."""
    lists = [_TableView(_make_table_header(listing), listing) for listing in reports]
    return _render_page("listing.html", lists)


def _render_page(template: str, reports: Sequence[_ChangesView] | Sequence[_TableView]) -> str:
    changes = [report for report in reports if isinstance(report, _ChangesView)]
    style = render_style_sheet(
        filters=[rule for report in changes for rule in report.filters],
        pictures=[picture for report in changes for picture in report.pictures.values()],
    )
    page = get_jinja_environment().get_template(template).render(reports=reports, style=style)
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
class _ReportHeader:
    """The header of a report; `place` says what it covers, and `facts` adds details."""

    title: str
    place: str
    headline: str
    facts: Sequence[str]
    time: datetime | None
    notes: Sequence[str]
    next_steps: Sequence[Advice]


@dataclass(frozen=True, slots=True)
class _TableView:
    head: _ReportHeader
    table_report: TableReport


@dataclass(frozen=True, slots=True)
class _ChangesView:
    """A Plan or a Run on a page; `name` is its element id, `filter_id` prefixes its inputs' ids."""

    head: _ReportHeader
    name: str
    filter_id: str
    entries: Sequence[_ChangeEntry]
    media: Media
    pictures: Mapping[str, PictureStyle]

    @property
    def labels(self) -> Counter[str]:
        return Counter(entry.row.label for entry in self.entries)

    @property
    def filters(self) -> Iterator[LabelFilter]:
        names = [label.replace(" ", "-") for label in self.labels]
        return (
            LabelFilter(f"{self.filter_id}-{name}", self.name, f"label-{name}") for name in names
        )

    def render_card(self, target: ReferenceTarget) -> Markup:
        """Render the card of an asset or model that a text refers to."""
        cards: Any = get_jinja_environment().get_template("cards.html").module
        card: Markup = cards.card(target, self.media, self.pictures)
        return card


def _make_table_header(report: TableReport) -> _ReportHeader:
    place = report.subtitle if report.summary else ""
    server_facts = [fact for fact in _list_server_facts(report.target) if fact != place]
    return _ReportHeader(
        title=report.title,
        place=place,
        headline=report.headline,
        facts=[f"description-sync {report.kind}", *server_facts, *report.quiet_counts],
        time=report.time,
        notes=report.notes,
        next_steps=report.next_steps,
    )


def _make_change_views(
    subjects: Sequence[Plan | Run], media: Mapping[str, Media]
) -> Iterator[_ChangesView]:
    anchors, picture_count = count(1), 0
    for number, subject in enumerate(subjects, 1):
        plan, report = _build_report(subject)
        target_media = media.get(plan.target.name, NO_MEDIA)
        pictures = make_picture_styles(target_media, first=picture_count)
        picture_count += len(pictures)
        rows = sorted(report.rows, key=lambda row: row.symbol != "!")
        yield _ChangesView(
            head=_make_change_header(report, plan),
            name=f"report-{number}",
            filter_id="show" if number == 1 else f"show-{number}",
            entries=[_make_entry(row, f"change-{next(anchors)}") for row in rows],
            media=target_media,
            pictures=pictures,
        )


def _build_report(subject: Plan | Run) -> tuple[Plan, Report]:
    match subject:
        case Plan():
            return subject, build_plan_report(subject)
        case Run(plan=plan):
            return plan, build_run_report(subject)
        case _:
            assert_never(subject)


def _make_change_header(report: Report, plan: Plan) -> _ReportHeader:
    quiet = [f"{len(report.quiet_rows)} {report.quiet_label}"] if report.quiet_rows else []
    return _ReportHeader(
        title=report.title,
        place=report.subtitle,
        headline=report.summary,
        facts=[*_list_server_facts(plan.target), *quiet],
        time=plan.created_at,
        notes=report.notes,
        next_steps=report.next_steps,
    )


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
    """A change with everything that the page shows of it."""

    row: Row
    anchor: str
    reference_changes: ReferenceChanges
    rows: tuple[DiffRow, ...]
    panes: tuple[_TextPane, ...]


def _make_entry(row: Row, anchor: str) -> _ChangeEntry:
    titles = (_capitalize(row.sides.removed), _capitalize(row.sides.added))
    panes = map(_TextPane, titles, (row.before, row.after))
    return _ChangeEntry(
        row,
        anchor,
        find_reference_changes(row),
        tuple(make_diff_rows(row.lines)),
        tuple(pane for pane in panes if not pane.text.is_empty),
    )


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:]
