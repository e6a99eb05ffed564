"""Reports of the map of two targets: lines for config.yaml, and models without a match."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import yaml

from sync.counts import format_count
from sync.reports.report import CodeBlock, CodeSpan, Report, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.decisions.map import (
        MissingCounterpart,
        ModelMap,
        ModelMatch,
        RemoteModel,
        UnmatchedModel,
    )


def render_config_lines(found: ModelMap) -> str:
    """Render the lines missing from config.yaml, as YAML; return "" if there are none."""
    names = {
        found.source: {m.name: m.source.id for m in found.matches if found.source in m.unnamed},
        found.target: {m.name: m.target.id for m in found.matches if found.target in m.unnamed},
    }
    targets = {target: {"models": models} for target, models in names.items() if models}
    if not targets:
        return ""
    return yaml.safe_dump({"targets": targets}, sort_keys=False, allow_unicode=True)


# --- as a table ----------------------------------------------------------------------------------


def build_map_report(found: ModelMap) -> Report:
    """Build the report: matches, lines to paste, and models and references without a match."""
    named = f"{format_count(found.settled, 'model')} already mapped"
    return Report(
        kind="map",
        title=f"{found.source} → {found.target}",
        subtitle=f"{named}, {len(found.matches)} more found by name and type",
        blocks=tuple(_make_blocks(found)),
    )


def _make_blocks(found: ModelMap) -> Iterator[Table | CodeBlock]:
    if found.matches:
        head = ("Name", found.source, found.target, "Model")
        yield Table(head, tuple(map(_make_match_row, found.matches)))
    if lines := render_config_lines(found):
        yield CodeBlock("Add to config.yaml:", lines)
    if found.singles:
        head = ("Target", "Model", "Name and type", "Why there is no match")
        yield Table(head, tuple(map(_make_unmatched_row, found.singles)))
    if found.missing:
        title = (
            f"Texts of {found.source} refer to assets or models that {found.target} does not have. "
            "Upload them there and add a name for each to both targets in config.yaml:"
        )
        yield Table(("Kind", "Id", "Where"), tuple(map(_make_missing_row, found.missing)), title)


def _make_match_row(match: ModelMatch) -> Row:
    ids = CodeSpan(match.source.id), CodeSpan(match.target.id)
    return Row(match.name, "good", ids, _describe_model(match.source), symbol="+")


def _make_unmatched_row(unmatched: UnmatchedModel) -> Row:
    cells = CodeSpan(unmatched.model.id), _describe_model(unmatched.model)
    return Row(unmatched.target, "bad", cells, _explain_no_match(unmatched), symbol="!")


def _make_missing_row(missing: MissingCounterpart) -> Row:
    kind, id_ = missing.reference_target
    where = f"in {', '.join(missing.models)}"
    return Row(kind, "bad", (CodeSpan(id_),), where, symbol="!")


def _describe_model(model: RemoteModel) -> str:
    return f"{model.name} ({model.type})" if model.name else f"({model.type})"


def _explain_no_match(unmatched: UnmatchedModel) -> str:
    candidates = " or ".join(model.id for model in unmatched.candidates)
    match unmatched.why:
        case "none":
            return "has no counterpart"
        case "nameless":
            return "has no name to find it by"
        case "several":
            return f"possible matches: {candidates}; name the right one in config.yaml"
        case "other_type":
            types = " or ".join(sorted({model.type for model in unmatched.candidates}))
            return f"possible match: {candidates}, but its type is {types}"
        case _:
            assert_never(unmatched.why)
