"""The map of two targets: what to add to config.yaml, and what is left to a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

import yaml

from sync.reports.inert import defused, defused_json, visible
from sync.reports.rows import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.matching import Listed, Map, Match, Missing, Single


def lines_to_add(found: Map) -> str:
    """The lines that config.yaml lacks, as YAML; empty where it lacks none."""
    names = {
        found.source: {m.name: m.source.id for m in found.matches if found.source in m.unnamed},
        found.target: {m.name: m.target.id for m in found.matches if found.target in m.unnamed},
    }
    targets = {target: {"models": models} for target, models in names.items() if models}
    if not targets:
        return ""
    return yaml.safe_dump({"targets": targets}, sort_keys=False, allow_unicode=True)


# --- for a person --------------------------------------------------------------------------------


def map_as_text(found: Map) -> str:
    """What matches, the lines to paste, and what is left to a person."""
    blocks = [
        [f"{found.source} → {found.target} · {_sum(found)}"],
        _table([_match(match) for match in found.matches]),
        ["Add to config.yaml:", "", *lines_to_add(found).splitlines()] if found.matches else [],
        _table([_single(single) for single in found.singles]),
        _missing(found),
    ]
    lines = [visible(line) for block in blocks if block for line in (*block, "")]
    return defused("\n".join(lines))


def _sum(found: Map) -> str:
    named = f"{counted(found.settled, 'model')} in common already"
    return f"{named}, {len(found.matches)} more by name and type"


def _match(match: Match) -> tuple[str, ...]:
    return f"+ {match.name}", match.source.id, match.target.id, _described(match.source)


def _single(single: Single) -> tuple[str, ...]:
    return f"! {single.target}", single.model.id, _described(single.model), _why(single)


def _described(model: Listed) -> str:
    return f"{model.name} ({model.type})" if model.name else f"({model.type})"


def _why(single: Single) -> str:
    candidates = " or ".join(model.id for model in single.candidates)
    match single.why:
        case "none":
            return "has no counterpart"
        case "nameless":
            return "has no name to be found by"
        case "several":
            return f"may be {candidates}: name the right one"
        case "other_type":
            types = " or ".join(sorted({model.type for model in single.candidates}))
            return f"may be {candidates}, which is of type {types}"
        case _:
            assert_never(single.why)


def _missing(found: Map) -> list[str]:
    if not found.missing:
        return []
    return [
        f"Texts of {found.source} refer to what {found.target} does not have. Upload it there, and",
        "give it a name in both targets of config.yaml:",
        "",
        *_table([_lacking(each) for each in found.missing]),
    ]


def _lacking(missing: Missing) -> tuple[str, ...]:
    kind, id_ = missing.thing
    return f"! {kind}", id_, f"in {', '.join(missing.models)}"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """The rows with their cells one below the other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [f"  {'  '.join(map(str.ljust, row, widths))}".rstrip() for row in rows]


# --- for programs --------------------------------------------------------------------------------


def map_as_json(found: Map) -> str:
    """One document; `config` is the YAML to be added to config.yaml."""
    document = {
        "version": 1,
        "kind": "map",
        "source": found.source,
        "target": found.target,
        "settled": found.settled,
        "matches": [
            {
                "name": match.name,
                "source": _model(match.source),
                "target": _model(match.target),
                "unnamed": [*match.unnamed],
            }
            for match in found.matches
        ],
        "singles": [
            {
                "target": single.target,
                **_model(single.model),
                "why": single.why,
                "candidates": [model.id for model in single.candidates],
            }
            for single in found.singles
        ],
        "missing": [
            {"kind": kind, "id": id_, "models": [*each.models]}
            for each in found.missing
            for kind, id_ in [each.thing]
        ],
        "config": lines_to_add(found),
    }
    return defused_json(json.dumps(document, indent=2)) + "\n"


def _model(model: Listed) -> dict[str, str]:
    return {"model": model.id, "name": model.name, "type": model.type}
