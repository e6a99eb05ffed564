"""Which models of two targets are the same, by name and type, and what to call them in both."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import TYPE_CHECKING, Literal, TypeAlias

from sync.model import Held
from sync.names import as_one, slug
from sync.references import references

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sync.documents import Naming
    from sync.model import Retrieved, Thing
    from sync.translate import Pair, Table

Why: TypeAlias = Literal["none", "several", "other_type", "nameless"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A model of a target's list."""

    id: str
    name: str
    type: str

    @property
    def likeness(self) -> tuple[str, str]:
        """What two models have alike that are the same: case, blanks, composition don't count."""
        return " ".join(as_one(self.name).split()), self.type


@dataclass(frozen=True, slots=True)
class Side:
    """One target: the names it gives, and its list of models."""

    naming: Naming
    models: Sequence[Listed]

    @property
    def target(self) -> str:
        return self.naming.target

    @property
    def ids(self) -> set[str]:
        return {model.id for model in self.models}


@dataclass(frozen=True, slots=True)
class Match:
    """One model in both targets, and its name; `unnamed` are the targets that lack the name."""

    name: str
    source: Listed
    target: Listed
    unnamed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Single:
    """A model of `target` for which the other one has no match, or cannot tell which it is."""

    target: str
    model: Listed
    why: Why
    candidates: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """What texts refer to and the target has no counterpart of; `models` are the source's."""

    thing: Thing
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """What is known of two targets' models. `settled` counts those that are paired already."""

    source: str
    target: str
    settled: int
    matches: tuple[Match, ...]
    singles: tuple[Single, ...]
    missing: tuple[Missing, ...] = ()


def match_models(source: Side, target: Side, *, paired: Iterable[Pair]) -> Map:
    """The matches of the models that are not `paired` yet, and those without one, by name."""
    both = source.ids & target.ids
    settled = _settled(source, target, paired)
    theirs = _alike(source, both | {pair.source for pair in settled})
    ours = _alike(target, both | {pair.target for pair in settled})
    names = _Names(source, target)
    matches = []
    singles: list[Single] = []
    for likeness in sorted({*theirs, *ours}):
        match theirs.get(likeness, []), ours.get(likeness, []):
            case [one], [other] if one.name:
                matches.append(names.match(one, other))
            case some, others:
                singles += _singles(source.target, some, likely=others, all_=ours)
                singles += _singles(target.target, others, likely=some, all_=theirs)
    return Map(source.target, target.target, len(settled), tuple(matches), tuple(singles))


def named(naming: Naming, matches: Iterable[Match], *, of: Literal["source", "target"]) -> Naming:
    """What the target would call things, once the matches stand in config.yaml."""
    ids = {match.name: (match.source if of == "source" else match.target).id for match in matches}
    return replace(naming, models={**naming.models, **ids})


def missing(
    held: Mapping[str, Retrieved], table: Table, *, there: AbstractSet[Thing]
) -> tuple[Missing, ...]:
    """What the source's texts, by model, refer to and the target has no counterpart of."""
    models: defaultdict[Thing, list[str]] = defaultdict(list)
    for model, retrieved in held.items():
        text = retrieved.text.canonical if isinstance(retrieved, Held) else ""
        for thing in {each.thing for each in references(text)}:
            if thing not in table.counterparts and thing not in there:
                models[thing].append(model)
    return tuple(Missing(thing, tuple(sorted(models[thing]))) for thing in sorted(models))


def _settled(source: Side, target: Side, paired: Iterable[Pair]) -> list[Pair]:
    """The pairs that config.yaml names, and those that files make of models that are there."""
    theirs, ours = source.naming.models, target.naming.models
    named = {(theirs[name], ours[name]) for name in theirs if name in ours}
    listed, listed_there = source.ids, target.ids
    return [
        pair
        for pair in paired
        if (pair.source, pair.target) in named
        or (pair.source in listed and pair.target in listed_there)
    ]


_Groups: TypeAlias = "Mapping[tuple[str, str], list[Listed]]"


def _alike(side: Side, settled: AbstractSet[str]) -> _Groups:
    """The models still to be matched, by what they have alike."""
    groups: defaultdict[tuple[str, str], list[Listed]] = defaultdict(list)
    for model in side.models:
        if model.id not in settled:
            groups[model.likeness].append(model)
    return groups


def _singles(
    target: str, models: Sequence[Listed], *, likely: Sequence[Listed], all_: _Groups
) -> Iterator[Single]:
    for model in models:
        if not model.name:
            yield Single(target, model, "nameless")
        elif likely:
            yield Single(target, model, "several", tuple(likely))
        elif candidates := _namesakes(model, all_):
            yield Single(target, model, "other_type", candidates)
        else:
            yield Single(target, model, "none")


def _namesakes(model: Listed, others: _Groups) -> tuple[Listed, ...]:
    """The models of other types that have the name."""
    name, _ = model.likeness
    return tuple(chain.from_iterable(same for (other, _), same in others.items() if other == name))


class _Names:
    """The names for matches: those that one target gives, else slugs; none of them twice."""

    def __init__(self, source: Side, target: Side) -> None:
        self.sides = (source.naming, target.naming)
        # A name that is also an id would change what a file means that names the id.
        self.taken = {*source.naming.models, *target.naming.models, *source.ids, *target.ids}

    def match(self, source: Listed, target: Listed) -> Match:
        name = self._given(source, target) or self._new(source)
        self.taken.add(name)
        unnamed = tuple(side.target for side in self.sides if name not in side.models)
        return Match(name, source, target, unnamed)

    def _given(self, source: Listed, target: Listed) -> str | None:
        names = (
            name
            for side, model in zip(self.sides, (source, target), strict=True)
            for name, id_ in side.models.items()
            if id_ == model.id
        )
        return next(names, None)

    def _new(self, model: Listed) -> str:
        stem = slug(model.name) or slug(model.id) or "model"
        numbered = chain([stem], (f"{stem}-{number}" for number in count(2)))
        return next(name for name in numbered if name not in self.taken)
