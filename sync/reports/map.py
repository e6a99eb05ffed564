"""The map of two targets: what to add to config.yaml, and what is left to a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

import yaml

from sync.reports.inert import defused_json
from sync.reports.listing import Entry, Listing, Paste, Table
from sync.reports.rows import counted
from sync.reports.steps import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

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


# --- as a listing --------------------------------------------------------------------------------


def map_listing(found: Map) -> Listing:
    """What matches, the lines to paste, and what is left to a person."""
    named = f"{counted(found.settled, 'model')} in common already"
    return Listing(
        kind="map",
        title=f"{found.source} → {found.target}",
        subtitle=f"{named}, {len(found.matches)} more by name and type",
        blocks=tuple(_blocks(found)),
    )


def _blocks(found: Map) -> Iterator[Table | Paste]:
    if found.matches:
        head = ("Name", found.source, found.target, "Model")
        yield Table(head, tuple(map(_match, found.matches)))
    if lines := lines_to_add(found):
        yield Paste("Add to config.yaml:", lines)
    if found.singles:
        head = ("Target", "Model", "Name and type", "Why it has no match")
        yield Table(head, tuple(map(_single, found.singles)))
    if found.missing:
        title = (
            f"Texts of {found.source} refer to what {found.target} does not have. Upload it there, "
            "and give it a name in both targets of config.yaml:"
        )
        yield Table(("Kind", "Id", "Where"), tuple(map(_lacking, found.missing)), title)


def _match(match: Match) -> Entry:
    ids = Code(match.source.id), Code(match.target.id)
    return Entry(f"+ {match.name}", "good", ids, _described(match.source))


def _single(single: Single) -> Entry:
    cells = Code(single.model.id), _described(single.model)
    return Entry(f"! {single.target}", "bad", cells, _why(single))


def _lacking(missing: Missing) -> Entry:
    kind, id_ = missing.thing
    return Entry(f"! {kind}", "bad", (Code(id_),), f"in {', '.join(missing.models)}")


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
