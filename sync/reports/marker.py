"""Format and parse the hidden lines of a Markdown report: its target, and its items."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from sync.model.config_names import ROOT_CONFIGS
from sync.model.target_identity import shorten_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.model.target_identity import TargetIdentity
    from sync.reports.report import Report, Row

# The marker of a report that failed before it knew its target: config.yaml has faults, for example.
NO_TARGET_MARKER = "<!-- description-sync:no-target -->"
_MAX_MARKER_NAME = 40
_MAX_ITEMS = 50  # of more items, one hash is made: the lines have to fit into a short report
_WRITE_SYMBOLS = {"+", "~", "-"}
_CONTENTS = re.compile(r"^<!-- description-sync-news config=(\w+)((?: \w+)*) -->$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ReportContents:
    """The facts in the hidden lines of a posted report.

    `config` is the short hash of the config's path, empty if that was not known. `items` are the
    short hashes of the items in the report: each changes with the text in Scenario and in git.
    """

    config: str
    items: frozenset[str]


def make_marker(target: TargetIdentity) -> str:
    """Make the hidden comment that starts every plan and run of this target, and nothing else."""
    other_config = () if target.config in ROOT_CONFIGS else (target.config,)
    identity = (target.name, target.base_url, target.project_id, *other_config)
    return _format_marker(target.name, *identity)


def format_hidden_lines(report: Report) -> str:
    """Format the marker of a report, and the line with the hashes of its items."""
    config = report.target.config if report.target else report.config
    words = [f"config={shorten_hash(config) if config else 'unknown'}", *_hash_items(report)]
    return f"{_choose_marker(report)}\n<!-- description-sync-news {' '.join(words)} -->\n"


def parse_contents(text: str) -> ReportContents:
    """Parse the hidden lines of all reports in a text; the first has the config."""
    found = _CONTENTS.findall(text)
    config = found[0][0] if found else "unknown"
    items = {item for _, each in found for item in each.split()}
    return ReportContents("" if config == "unknown" else config, frozenset(items))


def _choose_marker(report: Report) -> str:
    """Make the hidden comment of a report; other commands differ per command, title and target."""
    target = report.target
    if report.kind in {"plan", "apply"}:
        return make_marker(target) if target else NO_TARGET_MARKER
    server = (target.base_url, target.project_id) if target else ()
    return _format_marker(f"{report.kind}-{report.title}", report.kind, report.title, *server)


def _format_marker(name: str, *identity: str | None) -> str:
    digest = shorten_hash(identity, digits=16)
    return f"<!-- description-sync:{quote(name[:_MAX_MARKER_NAME], safe='')}:{digest} -->"


def _hash_items(report: Report) -> list[str]:
    """Return a short hash for each row that a person has to decide on, otherwise for each row.

    A change that the next apply will write needs no decision. A report without rows, such as that
    of a failure, is one item.
    """
    rows = [row for table in report.tables for row in table.rows]
    undecided = [row for row in rows if row.symbol not in _WRITE_SYMBOLS]
    items = sorted({shorten_hash([*_identify(row)]) for row in undecided or rows})
    if not rows and report.notes:
        return [shorten_hash(report.headline)]
    return items if len(items) <= _MAX_ITEMS else [shorten_hash(items)]


def _identify(row: Row) -> Iterator[str]:
    yield row.label
    yield from (cell if isinstance(cell, str) else cell.text for cell in row.cells)
    if row.difference:
        yield from (row.difference.before.sha256, row.difference.after.sha256)
