"""Read and write the CSV table of missing assets, in which a person fills in new ids."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.decisions.map import MissingCounterpart
    from sync.descriptions.aliases import Aliases

_DELIMITERS = ",;\t"  # a spreadsheet may save with another one than it was given
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_ID_COLUMNS = 3  # the name, and the id in each of the two targets


@dataclass(frozen=True, slots=True)
class AssetMatch:
    """One asset in both targets, as a person has written it; `place` is its line in the file."""

    name: str
    source: str
    target: str
    place: str


def read_asset_matches(text: str, pair: tuple[str, str], *, path: str) -> list[AssetMatch]:
    """Read the rows that have an id for both targets. Raises UsageError for another table."""
    rows, _ = _read_rows(text)
    head = [cell.strip() for cell in rows[0][:_ID_COLUMNS]] if rows else []
    if head != ["name", *pair]:
        raise UsageError(
            f"{path} does not begin with the columns name, {pair[0]} and {pair[1]}",
            hint="Name a file that does not exist yet: it will be written with these columns.",
        )
    return [
        AssetMatch(row[0].strip(), row[1].strip(), row[2].strip(), f"{path}:{number}")
        for number, row in enumerate(rows[1:], 2)
        if len(row) >= _ID_COLUMNS and row[1].strip() and row[2].strip()
    ]


def _read_rows(text: str) -> tuple[list[list[str]], str]:
    """Read the rows of a table, and the delimiter that its first line has most of."""
    lines = text.splitlines()
    delimiter = max(_DELIMITERS, key=(lines[0] if lines else "").count)
    return [*csv.reader(lines, delimiter=delimiter)], delimiter


def render_missing_assets(
    missing: Iterable[MissingCounterpart], pair: tuple[str, str], *, present: str = ""
) -> str:
    """Render the table of missing assets; rows that are `present` stay as they are."""
    rows, delimiter = _read_rows(present)
    listed = {row[1].strip() for row in rows if len(row) > 1}
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    if not present:
        writer.writerow(["name", *pair, "label", "type", "bytes", "texts", "file"])
    for each in missing:
        if each.reference_target.id not in listed:
            writer.writerow(_make_cells(each))
    if present and not present.endswith("\n"):
        present += "\n"
    return present + file.getvalue()


def _make_cells(missing: MissingCounterpart) -> Sequence[str]:
    facts = missing.facts
    size = "" if facts.size is None else str(facts.size)
    kind = facts.mime_type or facts.kind
    told = (facts.name, kind, size, " ".join(missing.models), missing.file)
    return [missing.name, missing.reference_target.id, "", *map(_escape_formula, told)]


def _escape_formula(cell: str) -> str:
    """Escape a name that a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_SIGNS) else cell


def accept_matches(
    matches: Iterable[AssetMatch],
    source: Aliases,
    target: Aliases,
    *,
    existing: Iterable[str],
    taken: Iterable[str],
) -> Iterator[AssetMatch | str]:
    """Yield each match with the name to keep it under, or why it cannot be used.

    `existing` are the assets that the target has. A name that is `taken` means something else.
    """
    existing_ids, used = {*existing}, {*taken}
    names = {id_: name for name, id_ in source.assets.items()}
    for match in matches:
        name = names.get(match.source, match.name)
        known = source.assets.get(name), target.assets.get(name)
        if match.target not in existing_ids:
            yield f"{match.place}: {target.target} has no asset {match.target}"
        elif known[1] not in {None, match.target}:
            yield f"{match.place}: {name} is {known[1]} in {target.target} already"
        elif not name or any(sign in name for sign in "{} \t"):
            yield f"{match.place}: a name without blanks and braces is needed"
        elif known[0] is None and name in used:
            yield f"{match.place}: the name {name} is another asset's; choose another one"
        else:
            used.add(name)
            yield AssetMatch(name, match.source, match.target, match.place)
