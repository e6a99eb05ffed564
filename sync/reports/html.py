"""Reports as one page to open in a browser: it holds all that it shows and loads nothing."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, assert_never

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sync.diff import Added, Changed, Elided, Kept, Line, Removed, Words
from sync.model import Plan, Run, is_write
from sync.reports.inert import defused_html, exact, readable, visible
from sync.reports.media import NO_MEDIA, Exchange, Picture, exchange
from sync.reports.rendering import rendered
from sync.reports.rows import counted, plan_sheet, run_sheet
from sync.reports.steps import MANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sync.model import TargetIdentity, Text, Thing
    from sync.reports.listing import Listing
    from sync.reports.media import Media
    from sync.reports.rows import Row, Sheet
    from sync.reports.steps import Step

_HEADINGS = 4  # the level at which those of a description begin


def reports_as_html(
    subjects: Sequence[Plan | Run], *, media: Mapping[str, Media] = MappingProxyType({})
) -> str:
    """The plans or runs, one below the other, with the media of each target, by its name.

    Of a plan each description is shown as it is read now and then, side by side; of a run what the
    server altered, as it was sent and as it is kept.
    """
    return _written("changes.html", list(_changes(subjects, media)))


def listings_as_html(listings: Sequence[Listing]) -> str:
    """The listings, one below the other."""
    lists = [_List(_listing_head(listing), listing) for listing in listings]
    return _written("listing.html", lists)


def _written(template: str, reports: Sequence[_Changes] | Sequence[_List]) -> str:
    changes = [report for report in reports if isinstance(report, _Changes)]
    style = style_sheet(
        filters=[rule for report in changes for rule in report.rules],
        pictures=[picture for report in changes for picture in report.pictures.values()],
    )
    page = environment().get_template(template).render(reports=reports, style=style)
    return defused_html(page)


def _plan_titles(row: Row) -> tuple[str, str]:
    then = "After apply" if is_write(row.change) else "In the files, not to be written"
    return "On the server", then


def _offline_titles(_: Row) -> tuple[str, str]:
    return "In git so far", "In git from now on"


def _run_titles(_: Row) -> tuple[str, str]:
    return "As it was sent", "As the server keeps it"


@cache
def environment() -> Environment:
    """Our templates, in which every text is written out and escaped."""
    templates = Environment(
        loader=PackageLoader("sync.reports", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_inert,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals |= {"counted": counted, "MANY": MANY}
    templates.filters["rendered"] = _rendered
    templates.filters["hashed"] = _hashed
    return templates


def _inert(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def style_sheet(*, filters: Iterable[Filter] = (), pictures: Iterable[Style] = ()) -> Markup:
    """The style of a page that has these filters and shows these pictures."""
    style = environment().get_template("style.css")
    # Our own file, to which nothing from outside is added.
    return Markup(style.render(filters=filters, pictures=pictures))  # noqa: S704


def _hashed(style: str) -> str:
    """What a content security policy names the style by."""
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")


def _rendered(text: Text, card: Callable[..., str]) -> Markup:
    return Markup(rendered(text.canonical, card=card, level=_HEADINGS))  # noqa: S704 - sanitised


# --- pictures ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Style:
    """A picture as the style sheet holds it, once, whatever number of cards show it."""

    name: str
    picture: Picture

    @property
    def url(self) -> str:
        content = base64.b64encode(self.picture.content).decode("ascii")
        return f"data:{self.picture.mime_type};base64,{content}"


def pictures_of(media: Media, *, first: int = 0) -> dict[str, Style]:
    """The pictures that a page shows, by asset; their names count up from the first."""
    shown = [(id_, asset.picture) for id_, asset in media.assets.items() if asset.picture]
    return {
        id_: Style(f"picture-{number}", picture)
        for number, (id_, picture) in enumerate(shown, first)
    }


# --- one report of a page ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice of what to show: its own element, the report that it is for, and the class."""

    chosen: str
    report: str
    label: str


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands above a report; `place` says what it is of, and `facts` what else is known."""

    title: str
    place: str
    headline: str
    facts: Sequence[str]
    time: datetime | None
    notes: Sequence[str]
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class _List:
    head: _Head
    listing: Listing


@dataclass(frozen=True, slots=True)
class _Changes:
    """A Plan or a Run; ids in the page begin with `name` and `filter`, or have `anchor`."""

    head: _Head
    name: str
    filter: str
    entries: Sequence[_Entry]
    media: Media
    pictures: Mapping[str, Style]

    @property
    def labels(self) -> Counter[str]:
        return Counter(entry.row.label for entry in self.entries)

    @property
    def rules(self) -> Iterator[Filter]:
        names = [label.replace(" ", "-") for label in self.labels]
        return (Filter(f"{self.filter}-{name}", self.name, f"label-{name}") for name in names)

    def card(self, thing: Thing) -> Markup:
        """What is shown of a thing that a text refers to."""
        cards: Any = environment().get_template("cards.html").module
        card: Markup = cards.card(thing, self.media, self.pictures)
        return card


def _listing_head(listing: Listing) -> _Head:
    place = listing.subtitle if listing.sum else ""
    server = [fact for fact in _server(listing.target) if fact != place]
    return _Head(
        title=listing.title,
        place=place,
        headline=listing.headline,
        facts=[f"description-sync {listing.kind}", *server, *listing.quiet],
        time=listing.time,
        notes=listing.notes,
        steps=listing.steps,
    )


def _changes(subjects: Sequence[Plan | Run], media: Mapping[str, Media]) -> Iterator[_Changes]:
    anchors, shown = count(1), 0
    for number, subject in enumerate(subjects, 1):
        plan, sheet, titles = _told(subject)
        own = media.get(plan.target.name, NO_MEDIA)
        pictures = pictures_of(own, first=shown)
        shown += len(pictures)
        rows = sorted(sheet.rows, key=lambda row: row.symbol != "!")
        yield _Changes(
            head=_sheet_head(sheet, plan),
            name=f"report-{number}",
            filter="show" if number == 1 else f"show-{number}",
            entries=[_entry(row, titles(row), f"change-{next(anchors)}") for row in rows],
            media=own,
            pictures=pictures,
        )


def _told(subject: Plan | Run) -> tuple[Plan, Sheet, Callable[[Row], tuple[str, str]]]:
    match subject:
        case Plan(offline=offline):
            return subject, plan_sheet(subject), _offline_titles if offline else _plan_titles
        case Run(plan=plan):
            return plan, run_sheet(subject), _run_titles
        case _:
            assert_never(subject)


def _sheet_head(sheet: Sheet, plan: Plan) -> _Head:
    quiet = [f"{len(sheet.quiet)} {sheet.quiet_label}"] if sheet.quiet else []
    return _Head(
        title=sheet.title,
        place=sheet.subtitle,
        headline=sheet.sum,
        facts=[*_server(plan.target), *quiet],
        time=plan.created_at,
        notes=sheet.notes,
        steps=sheet.steps,
    )


def _server(target: TargetIdentity | None) -> Iterator[str]:
    if target:
        yield target.base_url
        if target.project_id:
            yield f"project {target.project_id}"


# --- entries -------------------------------------------------------------------------------------

_Mark: TypeAlias = Literal["kept", "del", "ins"]


@dataclass(frozen=True, slots=True)
class _Pane:
    """One text of an entry, to be rendered."""

    title: str
    text: Text


@dataclass(frozen=True, slots=True)
class _DiffLine:
    """A line of a difference, in parts that were kept, deleted or inserted."""

    kind: Literal["kept", "removed", "added", "changed", "elided"]
    parts: tuple[tuple[_Mark, str], ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row with all that is shown of it."""

    row: Row
    anchor: str
    exchange: Exchange
    lines: tuple[_DiffLine, ...]
    panes: tuple[_Pane, ...]


def _entry(row: Row, titles: tuple[str, str], anchor: str) -> _Entry:
    panes = map(_Pane, titles, (row.before, row.after))
    return _Entry(
        row,
        anchor,
        exchange(row),
        tuple(map(_diff_line, row.lines)),
        tuple(pane for pane in panes if not pane.text.is_empty),
    )


def _diff_line(line: Line) -> _DiffLine:
    match line:
        case Kept(text=text):
            return _DiffLine("kept", (("kept", readable(text)),))
        case Removed(text=text):
            return _DiffLine("removed", (("del", exact(text)),))
        case Added(text=text):
            return _DiffLine("added", (("ins", exact(text)),))
        case Changed(words=words):
            return _DiffLine("changed", tuple(map(_part, words)))
        case Elided(lines=count):
            return _DiffLine("elided", (("kept", f"{counted(count, 'line')} as before"),))
        case _:
            assert_never(line)


def _part(words: Words) -> tuple[_Mark, str]:
    match words:
        case Kept(text=text):
            return "kept", readable(text)
        case Removed(text=text):
            return "del", exact(text)
        case Added(text=text):
            return "ins", exact(text)
        case _:
            assert_never(words)
