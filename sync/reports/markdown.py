"""Reports for a comment or a job's summary: Markdown that always fits, problems first."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import quote

from sync.diff import Added, Changed, Removed
from sync.reports.gfm import block, cell, code, fence, sentence, summary
from sync.reports.inert import defused, visible
from sync.reports.listing import Table
from sync.reports.media import NO_MEDIA, Exchange, exchange
from sync.reports.rows import counted, plan_sheet, run_sheet
from sync.reports.steps import MANY, Code

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sync.model import Plan, Run, TargetIdentity, Thing
    from sync.reports.listing import Cell, Entry, Listing, Paste
    from sync.reports.media import Media
    from sync.reports.rows import Row, Sheet
    from sync.reports.steps import Step

BUDGET = 60_000  # GitHub takes comments of 65,536 units of UTF-16
_LONGEST_REMARK = 300
_LONGEST_TITLE = 80
_LONGEST_NEWS = 120
_LONGEST_NAME = 40
_MOST_NOTES = 5


def plan_as_markdown(plan: Plan, *, budget: int = BUDGET, media: Media = NO_MEDIA) -> str:
    """What the plan would do, in at most `budget` units of UTF-16, of which 1,000 always do.

    The largest differences are left out first, then all, then rows of the table, then the table.
    """
    return _as_markdown(plan_sheet(plan), plan.target, budget=budget, media=media)


def run_as_markdown(run: Run, *, budget: int = BUDGET, media: Media = NO_MEDIA) -> str:
    """What became of each change, in at most `budget` units of UTF-16, as `plan_as_markdown`."""
    return _as_markdown(run_sheet(run), run.plan.target, budget=budget, media=media)


def listing_as_markdown(listing: Listing, *, budget: int = BUDGET) -> str:
    """The listing, problems first, in at most `budget` units of UTF-16, of which 2,000 always do.

    What follows the first table is left out first, then rows of that, then the table.
    """
    return _fitted(_listing_page(listing), budget)


def marker(target: TargetIdentity) -> str:
    """The hidden comment that reports about this target begin with, and about no other."""
    return _marker(target.name, target.name, target.base_url, target.project_id)


def _listing_marker(listing: Listing) -> str:
    """The same for what a command lists, which is not what another one lists."""
    target = listing.target
    server = (target.base_url, target.project_id) if target else ()
    return _marker(f"{listing.kind}-{listing.title}", listing.kind, listing.title, *server)


def _marker(name: str, *identity: str | None) -> str:
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
    return f"<!-- description-sync:{quote(name[:_LONGEST_NAME], safe='')}:{digest} -->"


def _as_markdown(sheet: Sheet, target: TargetIdentity, *, budget: int, media: Media) -> str:
    return _fitted(_page(sheet, target, media), budget)


def _fitted(page: _Page, budget: int) -> str:
    return next((text for text in _rungs(page, budget) if _size(text) <= budget), page.headline)


def _size(text: str) -> int:
    """How many units of UTF-16 the text takes; GitHub and GitLab count these."""
    return len(text.encode("utf-16-le")) // 2


# --- the page ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Section:
    """A part that may be left out, and the line that takes its place where it is too long."""

    whole: str
    short: str

    @property
    def saving(self) -> int:
        return _size(self.whole) - _size(self.short)


@dataclass(frozen=True, slots=True)
class _Page:
    """A report in parts, each of whole lines; `headline` is a report of its own.

    `table` stands above the rows, `called` is what the sections are.
    """

    headline: str
    subtitle: str
    table: str
    rows: tuple[str, ...]
    rest: str
    sections: tuple[_Section, ...]
    called: str


def _page(sheet: Sheet, target: TargetIdentity, media: Media) -> _Page:
    rows = sorted(sheet.rows, key=lambda row: row.symbol != "!")
    title = visible(sheet.title)[:_LONGEST_TITLE]
    news = sheet.sum if rows or sheet.notes or sheet.steps else _quiet(sheet)
    quiet = f", {len(sheet.quiet)} {sheet.quiet_label}" if sheet.quiet and rows else ""
    return _Page(
        headline=defused(f"{marker(target)}\n### {sentence(title)}: {news.rstrip('.')}\n"),
        subtitle=defused(f"\n{sentence(sheet.subtitle + quiet)}.\n"),
        table=f"\n{_table_head(('State', 'Description', 'Model', ''))}",
        rows=tuple(defused(_table_row(row, media)) for row in rows),
        rest=defused("".join((*_listed(map(sentence, sheet.notes)), *_next(sheet.steps)))),
        sections=tuple(_sections(rows, media)),
        called="differences",
    )


def _quiet(sheet: Sheet) -> str:
    return f"{sheet.quiet_label}, nothing to do" if sheet.quiet else "nothing to do"


def _table_head(names: Sequence[str]) -> str:
    cells = "".join(f" {name} |" if name else " |" for name in names)
    return f"|{cells}\n|{' --- |' * len(names)}\n"


def _cells(*cells: str) -> str:
    return f"| {' | '.join(map(cell, cells))} |\n"


def _remark(text: str) -> str:
    short = text if len(text) <= _LONGEST_REMARK else f"{text[:_LONGEST_REMARK]}…"
    return sentence(short)


def _table_row(row: Row, media: Media) -> str:
    model = media.models.get(row.change.model)
    name = f" {sentence(model.name)}" if model and model.name else ""
    return _cells(
        f"{code(row.symbol)} {row.label}",
        code(row.change.path or "") or "no file",
        f"{code(row.change.model)}{name}",
        _remark(row.remark),
    )


def _next(steps: Sequence[Step]) -> Iterator[str]:
    if steps:
        yield "\n**Next**\n"
        yield from _listed(map(_step, steps))


def _listed(items: Iterable[str]) -> Iterator[str]:
    lines = [f"- {item.strip()}\n" for item in items]
    return iter(["\n", *lines] if lines else [])


def _step(step: Step) -> str:
    words = "".join(
        code(word.text) if isinstance(word, Code) else sentence(word) for word in step.words
    )
    if len(step.subjects) > MANY:
        return f"{len(step.subjects)} descriptions: {words}"
    subjects = ", ".join(map(code, step.subjects))
    return f"{subjects}: {words}" if subjects else words


# --- the page of a listing -----------------------------------------------------------------------


def _listing_page(listing: Listing) -> _Page:
    tables = [table for table in listing.blocks[:1] if isinstance(table, Table)]
    title = sentence(visible(listing.title)[:_LONGEST_TITLE])
    news = sentence(visible(listing.headline.rstrip("."))[:_LONGEST_NEWS])
    place = f": {sentence(listing.subtitle)}" if listing.sum else ""
    ends = (*listing.quiet, *listing.notes)
    return _Page(
        headline=defused(f"{_listing_marker(listing)}\n### {title}: {news}\n"),
        subtitle=defused(f"\n{code(f'description-sync {listing.kind}')}{place}.\n"),
        table=defused("".join(map(_opening, tables))),
        rows=tuple(row for table in tables for row in _entries(table)),
        rest=defused("".join((*_listed(map(sentence, ends)), *_next(listing.steps)))),
        sections=tuple(map(_block, listing.blocks[len(tables) :])),
        called="parts",
    )


def _opening(table: Table) -> str:
    title = f"\n{sentence(table.title)}\n" if table.title else ""
    return f"{title}\n{_table_head([cell(sentence(name)) for name in table.head])}"


def _entries(table: Table) -> Iterator[str]:
    entries = sorted(table.entries, key=lambda entry: entry.tone != "bad")
    return (defused(_entry(entry)) for entry in entries)


def _entry(entry: Entry) -> str:
    more = len(entry.notes) - _MOST_NOTES
    cut = (f"… and {counted(more, 'more line')}",) if more > 0 else ()
    said = (entry.remark, *entry.notes[:_MOST_NOTES], *cut)
    remark = "<br>".join(_remark(text) for text in said if text)
    return _cells(sentence(entry.label), *map(_cell, entry.cells), remark)


def _cell(words: Cell) -> str:
    return code(words.text) if isinstance(words, Code) else sentence(words)


def _block(part: Table | Paste) -> _Section:
    if isinstance(part, Table):
        whole = "".join((_opening(part), *_entries(part)))
        size = counted(len(part.entries), "row")
    else:
        whole = f"\n{sentence(part.title)}\n\n{block(part.text)}"
        size = counted(len(part.text.splitlines()), "line")
    short = f"\n{sentence(part.title or 'More')} {size}, left out here.\n"
    return _Section(defused(whole), defused(short))


# --- what a row unfolds to -----------------------------------------------------------------------


def _sections(rows: Iterable[Row], media: Media) -> Iterator[_Section]:
    """Faults and other notes stand open, differences are folded."""
    for row in rows:
        subject = row.change.path or row.change.model
        body = "".join((*_listed(map(sentence, row.notes)), *_difference(row, media)))
        if body:
            opened = " open" if row.notes else ""
            head = f"<details{opened}><summary>{summary(subject)} · {row.label}</summary>\n"
            yield _Section(
                defused(f"\n{head}{body}\n</details>\n"),
                defused(f"\n{code(subject)}: {_counts(row)}\n"),
            )


def _difference(row: Row, media: Media) -> Iterator[str]:
    if row.lines:
        yield from _references(exchange(row), media)
        yield f"\n{fence(row.lines)}"


def _references(exchanged: Exchange, media: Media) -> Iterator[str]:
    if exchanged.added:
        yield f"\nRefers anew to {_tags(exchanged.added, media)}.\n"
    if exchanged.removed:
        yield f"\nNo longer refers to {_tags(exchanged.removed, media)}.\n"


def _tags(tags: Iterable[Thing], media: Media) -> str:
    return ", ".join(
        f"{tag.kind} {code(tag.id)}{f' ({sentence(name)})' if (name := media.name(tag)) else ''}"
        for tag in tags
    )


def _counts(row: Row) -> str:
    """How much of a row is left out."""
    counts = [
        f"{counted(number, 'line')} {verb}"
        for kind, verb in ((Changed, "changed"), (Added, "added"), (Removed, "removed"))
        if (number := sum(isinstance(line, kind) for line in row.lines))
    ]
    notes = [counted(len(row.notes), "note")] if row.notes else []
    return ", ".join((*counts, *notes)) + ", left out here."


# --- the ladder ----------------------------------------------------------------------------------


def _rungs(page: _Page, budget: int) -> Iterator[str]:
    """The report whole, then ever shorter."""
    everything = range(len(page.sections))
    yield _composed(page, sections=everything)
    room = budget - _size(_composed(page, sections=()))
    yield _composed(page, sections=_smallest(page.sections, room=room))
    yield _composed(page, sections=None)
    room = budget - _size(_composed(page, sections=None, rows=0)) - _size(page.table)
    yield _composed(page, sections=None, rows=_first(page.rows, room=room))


def _smallest(sections: Sequence[_Section], *, room: int) -> Collection[int]:
    """Which sections may be whole, the smallest first, where all are short at the start."""
    whole = set()
    for index in sorted(range(len(sections)), key=lambda index: sections[index].saving):
        room -= sections[index].saving
        if room < 0:
            break
        whole.add(index)
    return whole


def _first(rows: Sequence[str], *, room: int) -> int:
    """How many rows of the table there is room for."""
    return bisect_right([*accumulate(map(_size, rows))], room)


def _composed(page: _Page, *, sections: Collection[int] | None, rows: int | None = None) -> str:
    """The report with these sections whole, the others short, or none at all, and so many rows."""
    shown = page.rows[:rows]
    texts = [
        section.whole if index in sections else section.short
        for index, section in enumerate(page.sections)
        if sections is not None
    ]
    table = (page.table, *shown) if shown else ()
    cut = _cut(
        {
            page.called: (len(page.sections) - len(sections or ()), len(page.sections)),
            "rows": (len(page.rows) - len(shown), len(page.rows)),
        }
    )
    return "".join((page.headline, page.subtitle, cut, *table, page.rest, *texts))


def _cut(left_out: Mapping[str, tuple[int, int]]) -> str:
    """What is left out and of how many, for a program and for a person."""
    cuts = {name: counts for name, counts in left_out.items() if counts[0]}
    if not cuts:
        return ""
    record = " ".join(f"{name}={number}" for name, (number, _) in cuts.items())
    words = ", ".join(f"{number} of {total} {name}" for name, (number, total) in cuts.items())
    return f"\n<!-- left out: {record} -->\n**Shortened to fit.** Left out: {words}.\n"
