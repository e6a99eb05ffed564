"""Reports of the map of two targets: lines for config.yaml, and models without a match."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import yaml

from sync.reports.listing import CodeBlock, Table, TableReport, TableRow
from sync.reports.next_steps import CodeSpan
from sync.reports.plan import format_count

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


def build_map_report(found: ModelMap) -> TableReport:
    """Build the report: matches, lines to paste, and models and references without a match."""
    named = f"{format_count(found.settled, 'model')} in common already"
    return TableReport(
        kind="map",
        title=f"{found.source} → {found.target}",
        subtitle=f"{named}, {len(found.matches)} more by name and type",
        blocks=tuple(_make_blocks(found)),
    )


def _make_blocks(found: ModelMap) -> Iterator[Table | CodeBlock]:
    if found.matches:
        head = ("Name", found.source, found.target, "Model")
        yield Table(head, tuple(map(_make_match_row, found.matches)))
    if lines := render_config_lines(found):
        yield CodeBlock("Add to config.yaml:", lines)
    if found.singles:
        head = ("Target", "Model", "Name and type", "Why it has no match")
        yield Table(head, tuple(map(_make_unmatched_row, found.singles)))
    if found.missing:
        title = (
            f"Texts of {found.source} refer to what {found.target} does not have. Upload it there, "
            "and give it a name in both targets of config.yaml:"
        )
        yield Table(("Kind", "Id", "Where"), tuple(map(_make_missing_row, found.missing)), title)


def _make_match_row(match: ModelMatch) -> TableRow:
    ids = CodeSpan(match.source.id), CodeSpan(match.target.id)
    return TableRow(f"+ {match.name}", "good", ids, _describe_model(match.source))


def _make_unmatched_row(unmatched: UnmatchedModel) -> TableRow:
    cells = CodeSpan(unmatched.model.id), _describe_model(unmatched.model)
    return TableRow(f"! {unmatched.target}", "bad", cells, _explain_no_match(unmatched))


def _make_missing_row(missing: MissingCounterpart) -> TableRow:
    kind, id_ = missing.reference_target
    return TableRow(f"! {kind}", "bad", (CodeSpan(id_),), f"in {', '.join(missing.models)}")


def _describe_model(model: RemoteModel) -> str:
    return f"{model.name} ({model.type})" if model.name else f"({model.type})"


def _explain_no_match(unmatched: UnmatchedModel) -> str:
    candidates = " or ".join(model.id for model in unmatched.candidates)
    match unmatched.why:
        case "none":
            return "has no counterpart"
        case "nameless":
            return "has no name to be found by"
        case "several":
            return f"may be {candidates}: name the right one"
        case "other_type":
            types = " or ".join(sorted({model.type for model in unmatched.candidates}))
            return f"may be {candidates}, which is of type {types}"
        case _:
            assert_never(unmatched.why)
