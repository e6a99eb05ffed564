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
from sync.reports.gfm import cell, code, fence, sentence, summary
from sync.reports.inert import defused, visible
from sync.reports.media import NO_MEDIA, Exchange, exchange
from sync.reports.rows import counted, plan_sheet, run_sheet
from sync.reports.steps import MANY, Code

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sync.model import Plan, Run, TargetIdentity, Thing
    from sync.reports.media import Media
    from sync.reports.rows import Row, Sheet
    from sync.reports.steps import Step

BUDGET = 60_000  # GitHub takes comments of 65,536 units of UTF-16
_LONGEST_REMARK = 300
_LONGEST_TITLE = 80
_LONGEST_NAME = 40
_TABLE = "| State | Description | Model | |\n| --- | --- | --- | --- |\n"


def plan_as_markdown(plan: Plan, *, budget: int = BUDGET, media: Media = NO_MEDIA) -> str:
    """What the plan would do, in at most `budget` units of UTF-16, of which 1,000 always do.

    The largest differences are left out first, then all, then rows of the table, then the table.
    """
    return _as_markdown(plan_sheet(plan), plan.target, budget=budget, media=media)


def run_as_markdown(run: Run, *, budget: int = BUDGET, media: Media = NO_MEDIA) -> str:
    """What became of each change, in at most `budget` units of UTF-16, as `plan_as_markdown`."""
    return _as_markdown(run_sheet(run), run.plan.target, budget=budget, media=media)


def marker(target: TargetIdentity) -> str:
    """The hidden comment that reports about this target begin with, and about no other."""
    identity = json.dumps([target.name, target.base_url, target.project_id])
    digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return f"<!-- description-sync:{quote(target.name[:_LONGEST_NAME], safe='')}:{digest} -->"


def _as_markdown(sheet: Sheet, target: TargetIdentity, *, budget: int, media: Media) -> str:
    page = _page(sheet, target, media)
    return next((text for text in _rungs(page, budget) if _size(text) <= budget), page.headline)


def _size(text: str) -> int:
    """How many units of UTF-16 the text takes; GitHub and GitLab count these."""
    return len(text.encode("utf-16-le")) // 2


# --- the page ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Section:
    """What a row unfolds to, and the line that takes its place where it is too long."""

    whole: str
    short: str

    @property
    def saving(self) -> int:
        return _size(self.whole) - _size(self.short)


@dataclass(frozen=True, slots=True)
class _Page:
    """A report in parts, each of whole lines; `headline` is a report of its own."""

    headline: str
    subtitle: str
    rows: tuple[str, ...]
    rest: str
    sections: tuple[_Section, ...]


def _page(sheet: Sheet, target: TargetIdentity, media: Media) -> _Page:
    rows = sorted(sheet.rows, key=lambda row: row.symbol != "!")
    title = visible(sheet.title)[:_LONGEST_TITLE]
    news = sheet.sum if rows or sheet.notes or sheet.steps else _quiet(sheet)
    quiet = f", {len(sheet.quiet)} {sheet.quiet_label}" if sheet.quiet and rows else ""
    return _Page(
        headline=defused(f"{marker(target)}\n### {sentence(title)}: {news.rstrip('.')}\n"),
        subtitle=defused(f"\n{sentence(sheet.subtitle + quiet)}.\n"),
        rows=tuple(defused(_table_row(row, media)) for row in rows),
        rest=defused("".join((*_listed(map(sentence, sheet.notes)), *_next(sheet.steps)))),
        sections=tuple(_sections(rows, media)),
    )


def _quiet(sheet: Sheet) -> str:
    return f"{sheet.quiet_label}, nothing to do" if sheet.quiet else "nothing to do"


def _table_row(row: Row, media: Media) -> str:
    remark = row.remark
    if len(remark) > _LONGEST_REMARK:
        remark = f"{remark[:_LONGEST_REMARK]}…"
    model = media.models.get(row.change.model)
    name = f" {sentence(model.name)}" if model and model.name else ""
    cells = (
        f"{code(row.symbol)} {row.label}",
        code(row.change.path or "") or "no file",
        f"{code(row.change.model)}{name}",
        sentence(remark),
    )
    return f"| {' | '.join(map(cell, cells))} |\n"


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
    room = budget - _size(_composed(page, sections=None, rows=0)) - len(_TABLE)
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
    table = ("\n", _TABLE, *shown) if shown else ()
    cut = _cut(
        differences=(len(page.sections) - len(sections or ()), len(page.sections)),
        rows=(len(page.rows) - len(shown), len(page.rows)),
    )
    return "".join((page.headline, page.subtitle, cut, *table, page.rest, *texts))


def _cut(**left_out: tuple[int, int]) -> str:
    """What is left out and of how many, for a program and for a person."""
    cuts = {name: counts for name, counts in left_out.items() if counts[0]}
    if not cuts:
        return ""
    record = " ".join(f"{name}={number}" for name, (number, _) in cuts.items())
    words = ", ".join(f"{number} of {total} {name}" for name, (number, total) in cuts.items())
    return f"\n<!-- left out: {record} -->\n**Shortened to fit.** Left out: {words}.\n"
