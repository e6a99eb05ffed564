"""Reports as Markdown for a comment or a job summary: short enough, problems first."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import quote

from sync.counts import format_count
from sync.diff.values import AddedText, ChangedLine, RemovedText
from sync.reports.formats.gfm import (
    escape_cell,
    format_code,
    format_code_block,
    format_diff_block,
    format_prose,
    format_summary,
)
from sync.reports.formats.sanitize import escape_invisible, neutralize_commands
from sync.reports.marker import format_hidden_lines
from sync.reports.media import NO_MEDIA, ReferenceChanges, find_reference_changes
from sync.reports.report import MAX_NAMED_SUBJECTS, CodeSpan, DescriptionBlock, ModelSpan, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sync.model.document import ReferenceTarget
    from sync.reports.media import Media
    from sync.reports.report import Advice, Block, Cell, Difference, Report, Row


DEFAULT_BUDGET = 60_000  # GitHub accepts comments of up to 65,536 UTF-16 units
_MAX_REMARK = 300
_MAX_TITLE = 80
_MAX_HEADLINE = 300
_MAX_NOTES = 5
_MAX_OPEN = 2
_NO_BREAK_SPACE = "&nbsp;"


def render_markdown(
    report: Report,
    *,
    budget: int = DEFAULT_BUDGET,
    media: Media = NO_MEDIA,
    files_url: str = "",
) -> str:
    """Render the report, problems first, in at most `budget` UTF-16 units; 2,000 always suffice.

    Files are links if `files_url` is the address of their folder. If the report is too long, it
    omits the links, then the largest details, then all, then rows of the first table, then the
    table.
    """
    if files_url:
        text = next(_render_shorter_versions(_make_page(report, media, files_url), budget))
        if _count_utf16_units(text) <= budget:
            return text
    page = _make_page(report, media)
    return next(
        (
            text
            for text in _render_shorter_versions(page, budget)
            if _count_utf16_units(text) <= budget
        ),
        page.headline,
    )


def _count_utf16_units(text: str) -> int:
    """Count the UTF-16 units of the text, as GitHub and GitLab do."""
    return len(text.encode("utf-16-le")) // 2


# --- the page ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _DetailSection:
    """A part of a report, and the short line that replaces it if it is too long."""

    full_text: str
    short_text: str

    @property
    def extra_size(self) -> int:
        return _count_utf16_units(self.full_text) - _count_utf16_units(self.short_text)


@dataclass(frozen=True, slots=True)
class _MarkdownPage:
    """A report in parts, each made of complete lines; `headline` is a complete report.

    `table_head` is the text above the rows, `section_noun` names the sections in the plural.
    """

    headline: str
    subtitle: str
    table_head: str
    rows: tuple[str, ...]
    closing: str
    sections: tuple[_DetailSection, ...]
    section_noun: str


def _make_page(report: Report, media: Media, files_url: str = "") -> _MarkdownPage:
    tables = [table for table in report.blocks[:1] if isinstance(table, Table)]
    title = format_prose(escape_invisible(report.title)[:_MAX_TITLE])
    headline = format_prose(escape_invisible(report.headline.rstrip("."))[:_MAX_HEADLINE])
    rows = [row for table in tables for row in _put_problems_first(table.rows)]
    details = [row for table in tables if table.has_details for row in rows]
    return _MarkdownPage(
        headline=neutralize_commands(f"{format_hidden_lines(report)}### {title}: {headline}\n"),
        subtitle=neutralize_commands(f"\n{_render_subtitle(report)}.\n"),
        table_head=neutralize_commands("".join(map(_render_table_opening, tables))),
        rows=tuple(
            _render_row(row, media, short=bool(details), files_url=files_url) for row in rows
        ),
        closing=neutralize_commands(
            "".join(
                (
                    *_render_list(map(format_prose, report.notes)),
                    *_render_next_steps(report.next_steps),
                )
            )
        ),
        sections=(
            *_make_detail_sections(details, media),
            *(_make_block_section(block, media) for block in report.blocks[len(tables) :]),
        ),
        section_noun="differences" if details else "parts",
    )


def _render_subtitle(report: Report) -> str:
    if report.kind in {"plan", "apply"}:
        return _format_paragraph(report.subtitle)
    place = f": {format_prose(report.subtitle)}" if report.summary else ""
    return f"{format_code(f'description-sync {report.kind}')}{place}"


def _format_paragraph(text: str) -> str:
    """Format prose that begins a line: four spaces there would make it a block of code."""
    return format_prose(text.lstrip())


def _put_problems_first(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: not row.is_problem)


def _render_head(names: Sequence[str]) -> str:
    cells = "".join(f" {name} |" if name else " |" for name in names)
    return f"|{cells}\n|{' --- |' * len(names)}\n"


def _join_cells(*cells: str) -> str:
    return f"| {' | '.join(map(escape_cell, cells))} |\n"


def _render_remark(text: str) -> str:
    short = text if len(text) <= _MAX_REMARK else f"{text[:_MAX_REMARK]}…"
    return format_prose(short)


def _render_next_steps(steps: Sequence[Advice]) -> Iterator[str]:
    if steps:
        yield "\n**Next**\n"
        yield from _render_list(map(_render_advice, steps))


def _render_list(items: Iterable[str]) -> Iterator[str]:
    lines = [f"- {item.strip()}\n" for item in items]
    return iter(["\n", *lines] if lines else [])


def _render_advice(step: Advice) -> str:
    words = "".join(
        format_code(word.text) if isinstance(word, CodeSpan) else format_prose(word)
        for word in step.words
    )
    if len(step.subjects) > MAX_NAMED_SUBJECTS:
        return f"{len(step.subjects)} descriptions: {words}"
    subjects = ", ".join(map(format_code, step.subjects))
    return f"{subjects}: {words}" if subjects else words


# --- tables -------------------------------------------------------------------------------------


def _render_table_opening(table: Table) -> str:
    title = f"\n{_format_paragraph(table.title)}\n" if table.title else ""
    return f"{title}\n{_render_head([escape_cell(format_prose(name)) for name in table.columns])}"


def _render_row(row: Row, media: Media, *, short: bool = False, files_url: str = "") -> str:
    """Render a row of a table; without its notes if it is `short`. Its state is never wrapped."""
    notes = () if short else row.notes
    more = len(notes) - _MAX_NOTES
    cut = (f"… and {format_count(more, 'more line')}",) if more > 0 else ()
    said = (row.remark, *notes[:_MAX_NOTES], *cut)
    remark = "<br>".join(_render_remark(text) for text in said if text)
    cells = (_render_cell(cell, media, files_url) for cell in row.cells)
    state = format_prose(row.mark).replace(" ", _NO_BREAK_SPACE)
    return neutralize_commands(_join_cells(state, *cells, remark))


def _render_cell(cell: Cell, media: Media, files_url: str) -> str:
    match cell:
        case CodeSpan(text=text, is_file=True) if files_url:
            return f"[{format_code(text)}]({files_url}/{quote(text)})"
        case CodeSpan(text=text):
            return format_code(text)
        case ModelSpan(text=text):
            model = media.models.get(text)
            name = f" {format_prose(model.name)}" if model and model.name else ""
            return f"{format_code(text)}{name}"
        case text:
            return format_prose(text)


def _make_block_section(part: Block, media: Media) -> _DetailSection:
    if isinstance(part, DescriptionBlock):
        whole = f"\n{_format_paragraph(part.title)}\n\n{format_code_block(part.text.canonical)}"
        size = format_count(len(part.text.canonical.splitlines()), "line")
    elif isinstance(part, Table):
        rows = (_render_row(row, media) for row in _put_problems_first(part.rows))
        whole = "".join((_render_table_opening(part), *rows))
        size = format_count(len(part.rows), "row")
    else:
        whole = f"\n{_format_paragraph(part.title)}\n\n{format_code_block(part.text)}"
        size = format_count(len(part.text.splitlines()), "line")
    short = f"\n{_format_paragraph(part.title or 'More')} {size}, left out here.\n"
    return _DetailSection(neutralize_commands(whole), neutralize_commands(short))


# --- details of a row ----------------------------------------------------------------------------


def _make_detail_sections(rows: Iterable[Row], media: Media) -> Iterator[_DetailSection]:
    """Make one section per row with details.

    It is folded unless the row has notes, or unless only one or two rows have a difference.
    """
    rows = list(rows)
    are_few = sum(row.has_lines for row in rows) <= _MAX_OPEN
    for row in rows:
        subject = _name_subject(row)
        body = "".join(
            (
                *_render_list(map(format_prose, row.notes)),
                *_render_difference(row.difference, media),
                *_render_list(
                    f"{format_prose(each.purpose)}: {format_code(each.command.text)}"
                    for each in row.commands
                ),
            )
        )
        if body:
            opened = " open" if row.notes or are_few else ""
            head = f"<details{opened}><summary>{format_summary(subject)} · {row.label}</summary>\n"
            yield _DetailSection(
                neutralize_commands(f"\n{head}{body}\n</details>\n"),
                neutralize_commands(f"\n{format_code(subject)}: {_describe_omission(row)}\n"),
            )


def _name_subject(row: Row) -> str:
    """Name what a row is about: its file, or its model if there is no file."""
    return next((cell.text for cell in row.cells if not isinstance(cell, str)), row.label)


def _render_difference(difference: Difference | None, media: Media) -> Iterator[str]:
    if difference and not difference.is_empty:
        yield from _render_reference_changes(find_reference_changes(difference), media)
        yield f"\n{format_prose(difference.sides.legend)}\n"
        yield f"\n{format_diff_block(difference.lines)}"


def _render_reference_changes(changes: ReferenceChanges, media: Media) -> Iterator[str]:
    if changes.added:
        yield f"\nNew references: {_render_tags(changes.added, media)}.\n"
    if changes.removed:
        yield f"\nRemoved references: {_render_tags(changes.removed, media)}.\n"


def _render_tags(tags: Iterable[ReferenceTarget], media: Media) -> str:
    return ", ".join(_render_tag(tag, media) for tag in tags)


def _render_tag(tag: ReferenceTarget, media: Media) -> str:
    name = media.find_name(tag)
    return f"{tag.kind} {format_code(tag.id)}" + (f" ({format_prose(name)})" if name else "")


def _describe_omission(row: Row) -> str:
    """Describe how many lines and notes of a row are left out."""
    counts = [
        f"{format_count(number, 'line')} {verb}"
        for kind, verb in ((ChangedLine, "changed"), (AddedText, "added"), (RemovedText, "removed"))
        if (number := sum(isinstance(line, kind) for line in row.lines))
    ]
    notes = [format_count(len(row.notes), "note")] if row.notes else []
    return ", ".join((*counts, *notes)) + ", left out here."


# --- shortening ----------------------------------------------------------------------------------


def _render_shorter_versions(page: _MarkdownPage, budget: int) -> Iterator[str]:
    """Render the full report, then shorter and shorter versions."""
    everything = range(len(page.sections))
    yield _compose_report(page, sections=everything)
    room = budget - _count_utf16_units(_compose_report(page, sections=()))
    yield _compose_report(page, sections=_pick_smallest_sections(page.sections, room=room))
    yield _compose_report(page, sections=None)
    room = (
        budget
        - _count_utf16_units(_compose_report(page, sections=None, rows=0))
        - _count_utf16_units(page.table_head)
    )
    yield _compose_report(page, sections=None, rows=_count_fitting_rows(page.rows, room=room))


def _pick_smallest_sections(sections: Sequence[_DetailSection], *, room: int) -> Collection[int]:
    """Pick the sections to show in full, smallest first, while the others are short lines."""
    whole = set()
    for index in sorted(range(len(sections)), key=lambda index: sections[index].extra_size):
        room -= sections[index].extra_size
        if room < 0:
            break
        whole.add(index)
    return whole


def _count_fitting_rows(rows: Sequence[str], *, room: int) -> int:
    """Count the rows of the table that fit."""
    return bisect_right([*accumulate(map(_count_utf16_units, rows))], room)


def _compose_report(
    page: _MarkdownPage, *, sections: Collection[int] | None, rows: int | None = None
) -> str:
    """Compose the report from the first `rows` rows and the sections.

    The given sections are in full, the others short; None omits all sections.
    """
    shown = page.rows[:rows]
    texts = [
        section.full_text if index in sections else section.short_text
        for index, section in enumerate(page.sections)
        if sections is not None
    ]
    table = (page.table_head, *shown) if shown else ()
    cut = _describe_cuts(
        {
            page.section_noun: (len(page.sections) - len(sections or ()), len(page.sections)),
            "rows": (len(page.rows) - len(shown), len(page.rows)),
        }
    )
    return "".join((page.headline, page.subtitle, cut, *table, page.closing, *texts))


def _describe_cuts(left_out: Mapping[str, tuple[int, int]]) -> str:
    """Describe how many parts of how many are left out, for programs and for people."""
    cuts = {name: counts for name, counts in left_out.items() if counts[0]}
    if not cuts:
        return ""
    record = " ".join(f"{name}={number}" for name, (number, _) in cuts.items())
    words = ", ".join(f"{number} of {total} {name}" for name, (number, total) in cuts.items())
    return f"\n<!-- left out: {record} -->\n**Shortened to fit.** Left out: {words}.\n"
