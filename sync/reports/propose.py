"""The pull request of `propose`: its title, its text, and the marker by which it is found."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from sync.counts import format_count
from sync.decisions.pull import ConflictedFile, CreatedFile, MergedFile, UpdatedFile
from sync.diff.lines_and_words import diff_lines
from sync.model.target_identity import shorten_hash
from sync.model.text import EMPTY_TEXT, Text
from sync.reports.formats.gfm import (
    escape_cell,
    format_code,
    format_diff_block,
    format_prose,
    format_summary,
)
from sync.reports.formats.sanitize import escape_invisible, neutralize_commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.decisions.pull import ChangedFile
    from sync.model.target_identity import TargetIdentity

MAX_CHARACTERS = 60_000  # GitHub accepts 65,536
_MAX_TABLE_CHARACTERS = 20_000
_MAX_NAMES_CHARACTERS = 4_000
_MAX_HASHES = 2_000  # of 9 characters each
_MARKER = re.compile(
    r"<!-- description-sync:propose:(?P<target>[0-9a-f]{16})"
    r" edits=(?P<edits>[0-9a-f,]+|-) tip=(?P<tip>[0-9a-f]{40,64}|-) -->"
)


@dataclass(frozen=True, slots=True)
class ProposalMarker:
    """The facts in the hidden first line of our pull request.

    `target` and `edits` are short hashes of the target and of each edit in Scenario; `tip` is the
    commit that was pushed last.
    """

    target: str
    edits: frozenset[str]
    tip: str

    def __str__(self) -> str:
        edits = ",".join(sorted(self.edits)) or "-"
        return f"<!-- description-sync:propose:{self.target} edits={edits} tip={self.tip} -->"

    @staticmethod
    def parse(text: str) -> ProposalMarker | None:
        """Parse the marker of a text; None if it does not start with one."""
        found = _MARKER.match(text)
        if found is None:
            return None
        edits = frozenset(found["edits"].split(",")) - {"-"}
        return ProposalMarker(found["target"], edits, found["tip"])

    def forget_edits(self, text: str) -> str:
        """Return the text with a marker without edits, so that the same edits are new again."""
        return text.replace(str(self), str(replace(self, edits=frozenset())), 1)


def hash_edits(files: Iterable[ChangedFile]) -> frozenset[str]:
    """Return the short hash of each edit in a marker: of the model and its text in Scenario.

    If there are too many edits for a marker, there is one hash of all.
    """
    hashes = {shorten_hash([file.model, file.remote.sha256]) for file in files}
    return frozenset(hashes if len(hashes) <= _MAX_HASHES else [shorten_hash(sorted(hashes))])


def format_proposal_title(target: TargetIdentity, files: Sequence[ChangedFile]) -> str:
    """Format the title of the pull request."""
    count = format_count(len(files), "description")
    return escape_invisible(f"Take {count} as edited in Scenario ({target.name})")


def format_proposal_text(
    target: TargetIdentity, files: Sequence[ChangedFile], marker: ProposalMarker
) -> str:
    """Format the text of the pull request; differences are left out if it becomes too long."""
    head = "\n".join([str(marker), *_format_head(target, files), ""])
    room = MAX_CHARACTERS - len(head)
    sections = []
    for file in files:
        section = _format_section(file)
        if len(section) > room:
            sections.append("\n**Shortened to fit.** The other differences are in the files.\n")
            break
        sections.append(section)
        room -= len(section)
    return neutralize_commands(head + "".join(sections))


def _format_head(target: TargetIdentity, files: Sequence[ChangedFile]) -> Iterator[str]:
    conflicts = [file for file in files if isinstance(file, ConflictedFile)]
    project = f"project {format_code(target.project_id)}" if target.project_id else "the project"
    count = format_count(len(files), "description was", "descriptions were")
    yield (
        f"{count} changed in Scenario outside git ({format_code(target.name)}): the clone that "
        "made this found the texts in no Markdown file of its branches, tags and stashes."
    )
    yield ""
    yield (
        "Scenario does not say who changed them: everybody who may edit models in "
        f"{project} could. Merging this keeps the edits; then `description-sync apply` writes "
        "what was merged with them."
    )
    if conflicts:
        yield ""
        paths = _join_fitting(
            [format_code(file.path or file.model) for file in conflicts],
            separator=", ",
            room=_MAX_NAMES_CHARACTERS,
            rest=" and {} more",
        )
        yield (
            f"**{format_count(len(conflicts), 'file has', 'files have')} conflicts: {paths}.** Git "
            "and Scenario changed the same lines. Choose at the markers on this branch, then merge."
        )
    yield ""
    yield from _format_table(files)
    yield ""
    yield (
        "`description-sync propose` keeps this branch up to date, and adds to it if somebody else "
        "committed to it. To refuse these edits, close this: it is opened again only for new ones."
    )


def _format_table(files: Sequence[ChangedFile]) -> Iterator[str]:
    """Yield a table of as many files as there is room for, those with conflicts first."""
    yield "| Result | File | Model |"
    yield "|---|---|---|"
    rows = [
        f"| {file.result} | {escape_cell(format_code(file.path or ''))} "
        f"| {escape_cell(format_code(file.model))} |"
        for file in sorted(files, key=_has_no_conflict)
    ]
    rest = "\n| | … and {} more: see the changed files | |"
    yield _join_fitting(rows, separator="\n", room=_MAX_TABLE_CHARACTERS, rest=rest)


def _join_fitting(parts: Sequence[str], *, separator: str, room: int, rest: str) -> str:
    """Join the first parts that fit into `room` characters, and count the others in `rest`."""
    ends = accumulate(len(part) + len(separator) for part in parts)
    fitting = sum(end <= room for end in ends)
    more = rest.format(f"{len(parts) - fitting:,}") if fitting < len(parts) else ""
    return separator.join(parts[:fitting]) + more


def _has_no_conflict(file: ChangedFile) -> bool:
    return not isinstance(file, ConflictedFile)


def _format_section(file: ChangedFile) -> str:
    before, after = _get_texts(file)
    title = format_summary(escape_invisible(file.path or file.model))
    note = f"\n{format_prose(file.reason)}\n" if file.reason else ""
    diff = format_diff_block(diff_lines(before, after))
    return f"\n<details open><summary>{title}</summary>\n{note}\n{diff}\n</details>\n"


def _get_texts(file: ChangedFile) -> tuple[Text, Text]:
    """Return the text of the file before and after; after a conflict, the text of Scenario."""
    match file:
        case CreatedFile():
            return EMPTY_TEXT, file.remote
        case MergedFile():
            return file.ours, file.text
        case UpdatedFile() | ConflictedFile():
            return file.ours, file.remote
