"""Choose names for missing models and assets, and make the table of all names of a map."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.config.names import NamesTable
from sync.decisions.map import MissingCounterpart, ModelMap, ReferenceFacts
from sync.descriptions.new_file_names import make_slug, number_stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync.descriptions.aliases import Aliases
    from sync.model.document import ReferenceKind, ReferenceTarget


def name_missing(
    missing: Iterable[MissingCounterpart],
    *,
    aliases: Aliases,
    facts: Mapping[ReferenceTarget, ReferenceFacts],
    taken: Mapping[ReferenceKind, Iterable[str]],
) -> tuple[MissingCounterpart, ...]:
    """Name the missing items: by the source's alias, their own name, or their first text.

    `aliases` are those of the source. `taken` are names that mean something else.
    """
    used = {kind: {*names, *aliases.get_ids(kind)} for kind, names in taken.items()}
    models = {id_: name for name, id_ in sorted(aliases.models.items(), reverse=True)}
    named = []
    for each in missing:
        kind, id_ = each.reference_target
        fact = facts.get(each.reference_target, ReferenceFacts())
        known = (name for name, other in aliases.get_ids(kind).items() if other == id_)
        name = next(known, "") or _choose_name(each, fact, models, used[kind])
        used[kind].add(name)
        named.append(replace(each, name=name, facts=fact))
    return tuple(named)


def _choose_name(
    missing: MissingCounterpart, facts: ReferenceFacts, models: Mapping[str, str], used: set[str]
) -> str:
    stem = make_slug(facts.name.rpartition(".")[0] or facts.name)
    if not stem and missing.reference_target.kind == "asset":
        stem = make_slug(models.get(missing.models[0], missing.models[0]))
    stem = stem or make_slug(missing.reference_target.id) or missing.reference_target.kind
    return next(name for name in number_stem(stem) if name not in used)


def make_names_table(found: ModelMap) -> NamesTable:
    """Make the table of all names that the map has found.

    A missing item gets only its id in the source, so that nobody mistakes it for an id of the
    target.
    """
    models = {
        match.name: {found.source: match.source.id, found.target: match.target.id}
        for match in found.matches
    }
    assets = {
        name: {found.source: ids[0], found.target: ids[1]} for name, ids in found.assets.items()
    }
    for each in found.missing:
        section = models if each.reference_target.kind == "model" else assets
        section.setdefault(each.name, {found.source: each.reference_target.id})
    return NamesTable(models=models, assets=assets)
