"""Reports as one page to open in a browser: it holds all that it shows and loads nothing."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sync.diff import Added, Changed, Elided, Kept, Line, Removed, Words
from sync.model import is_write
from sync.reports.inert import exact, readable, visible
from sync.reports.media import NO_MEDIA, Exchange, Picture, exchange
from sync.reports.rendering import rendered
from sync.reports.rows import counted, plan_sheet, run_sheet
from sync.reports.steps import MANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sync.model import Plan, Run, Text
    from sync.reports.media import Media
    from sync.reports.rows import Row, Sheet

_HEADINGS = 4  # the level at which those of a description begin


def plan_as_html(plan: Plan, *, media: Media = NO_MEDIA) -> str:
    """What the plan would do: each description as it is read now and then, side by side."""
    titles = _offline_titles if plan.offline else _plan_titles
    return _as_html(plan_sheet(plan), plan, media=media, titles=titles)


def run_as_html(run: Run, *, media: Media = NO_MEDIA) -> str:
    """What became of each change; what the server altered as it was sent and as it is kept."""
    return _as_html(run_sheet(run), run.plan, media=media, titles=_run_titles)


def _plan_titles(row: Row) -> tuple[str, str]:
    then = "After apply" if is_write(row.change) else "In the files, not to be written"
    return "On the server", then


def _offline_titles(_: Row) -> tuple[str, str]:
    return "In git so far", "In git from now on"


def _run_titles(_: Row) -> tuple[str, str]:
    return "As it was sent", "As the server keeps it"


def _as_html(
    sheet: Sheet, plan: Plan, *, media: Media, titles: Callable[[Row], tuple[str, str]]
) -> str:
    templates = environment()
    rows = sorted(sheet.rows, key=lambda row: row.symbol != "!")
    pictures = pictures_of(media)
    labels = Counter(row.label for row in rows)
    return templates.get_template("page.html").render(
        sheet=sheet,
        plan=plan,
        media=media,
        pictures=pictures,
        labels=labels,
        entries=[_entry(row, titles(row)) for row in rows],
        style=style_sheet(labels=labels, pictures=pictures),
    )


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


def style_sheet(*, labels: Iterable[str], pictures: Mapping[str, Style]) -> Markup:
    """The style of a page with these labels to filter by, and these pictures, by asset."""
    style = environment().get_template("style.css")
    # Our own file, to which nothing from outside is added.
    return Markup(style.render(labels=labels, pictures=pictures.values()))  # noqa: S704


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


def pictures_of(media: Media) -> dict[str, Style]:
    """The pictures that a page shows, by asset."""
    return {
        id_: Style(f"picture-{number}", asset.picture)
        for number, (id_, asset) in enumerate(media.assets.items())
        if asset.picture
    }


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
    exchange: Exchange
    lines: tuple[_DiffLine, ...]
    panes: tuple[_Pane, ...]


def _entry(row: Row, titles: tuple[str, str]) -> _Entry:
    panes = map(_Pane, titles, (row.before, row.after))
    return _Entry(
        row,
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
