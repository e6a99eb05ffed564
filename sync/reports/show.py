"""Build the report of the description of one model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sync.counts import format_count
from sync.model.text import Text
from sync.reports.report import CodeSpan, DescriptionBlock, Report, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import JsonValue

    from sync.decisions.show import ShownDescription
    from sync.model.document import ReferenceKind

# By the path of a field in a record; source: the reference page of the two description calls.
_MEANINGS = {
    "originalFileUrl": "signed, expires",
    "preview.url": "signed, expires",
    "properties.bitrate": "bits per second",
    "properties.charCount": "Unicode code points",
    "properties.dimensions": "width, height, depth of the bounding box",
    "properties.duration": "seconds",
    "properties.frameRate": "frames per second",
    "properties.height": "pixels",
    "properties.preview": "the start of the content",
    "properties.sampleRate": "Hz",
    "properties.size": "bytes",
    "properties.width": "pixels",
    "thumbnail.url": "signed, expires",
    "url": "signed, expires",
}


def build_show_report(shown: ShownDescription) -> Report:
    """Build the report: the text, then one table of all fields for each asset and model."""
    counts = (
        format_count(len(shown.assets), "asset"),
        format_count(len(shown.models), "model"),
    )
    return Report(
        kind="show",
        title=shown.target.name,
        subtitle=shown.model,
        target=shown.target,
        blocks=(
            *_make_description_blocks(shown),
            *(_make_table("asset", record) for record in shown.assets),
            *(_make_table("model", record) for record in shown.models),
        ),
        notes=tuple(_list_notes(shown)),
        summary=f"{' and '.join(counts)} resolved from the tags.",
        nothing_to_do="" if shown.value else "no description",
    )


def _make_description_blocks(shown: ShownDescription) -> Iterator[DescriptionBlock]:
    if shown.value:
        yield DescriptionBlock("Description", Text(shown.value))


def _make_table(kind: ReferenceKind, record: Mapping[str, JsonValue]) -> Table:
    id_ = record.get("id")
    name = record.get("name")
    called = f"{name} ({id_})" if isinstance(name, str) and name else id_
    title = f"{kind.capitalize()} {called}" if isinstance(id_, str) else f"{kind} without an id"
    rows = tuple(
        Row(path, "quiet", (CodeSpan(_format_value(value)),), remark=_MEANINGS.get(path, ""))
        for path, value in _flatten(record)
    )
    return Table(("Field", "Value", "Meaning"), rows, title=title)


def _flatten(record: Mapping[str, JsonValue], prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield each field with its path; a list is one field."""
    for key, value in record.items():
        if isinstance(value, dict) and value:
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _format_value(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _list_notes(shown: ShownDescription) -> Iterator[str]:
    for target in shown.unresolved:
        yield f"Scenario does not know the {target.kind} {target.id}"
    if shown.odd_records:
        yield f"{format_count(shown.odd_records, 'record')} came without an id"
    if shown.hidden_urls:
        yield f"{format_count(shown.hidden_urls, 'URL')} left out; show them with --urls"
