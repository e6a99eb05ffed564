"""What one target calls a thing into what another calls it: model ids, and references in texts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from sync.errors import ConfigError
from sync.model import (
    Document,
    Failed,
    Fault,
    Held,
    Invalid,
    NoSuchModel,
    ReferenceKind,
    Text,
    Thing,
    Unreadable,
)
from sync.references import references, renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from sync.documents import Naming
    from sync.model import Retrieved

_KINDS: tuple[ReferenceKind, ...] = ("model", "asset")


@dataclass(frozen=True, slots=True)
class Pair:
    """One model, by its ids in two targets; `path` is that of a file about it, if there is one."""

    source: str
    target: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """What two targets both have a name or a file for; one to one, so that it leads back too.

    `source` and `target` are the targets' names; `counterparts` leads from things of the source to
    ids of the target, `originals` back.
    """

    source: str
    target: str
    models: tuple[Pair, ...]
    counterparts: Mapping[Thing, str]
    originals: Mapping[Thing, str] = field(init=False)

    def __post_init__(self) -> None:
        originals = {Thing(each.kind, id_): each.id for each, id_ in self.counterparts.items()}
        object.__setattr__(self, "originals", originals)

    def counterpart(self, thing: Thing) -> str:
        """The id of the thing in the target; its own, as public ones have, where none is named."""
        return self.counterparts.get(thing, thing.id)


def make_table(source: Naming, target: Naming, *, files: Mapping[str, tuple[str, str]]) -> Table:
    """The table of two targets. `files` has the model in each, by path, of files that are for both.

    What config.yaml names goes before what files say. Raises ConfigError where it is ambiguous,
    with every contradiction.
    """
    faults = [
        fault
        for kind in _KINDS
        for here, there in ((source, target), (target, source))
        for fault in _contradictions(kind, here, there=there)
    ]
    if faults:
        raise ConfigError("\n".join(faults), hint="A name is to mean one thing in every target.")
    pairs = _pairs(_named("model", source, target), files)
    return Table(
        source.target,
        target.target,
        pairs,
        {Thing("model", pair.source): pair.target for pair in pairs}
        | {Thing("asset", id_): other for id_, other in _named("asset", source, target).items()},
    )


def _named(kind: ReferenceKind, source: Naming, target: Naming) -> dict[str, str]:
    """From id to id, by the names that both have."""
    ids, others = source.ids(kind), target.ids(kind)
    return {ids[name]: others[name] for name in ids if name in others}


def _contradictions(kind: ReferenceKind, here: Naming, *, there: Naming) -> Iterator[str]:
    """Every thing here whose names are different things there."""
    ids, others = here.ids(kind), there.ids(kind)
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name in ids:
        if name in others:
            names[ids[name]].append(name)
    for id_, several in names.items():
        if len({others[name] for name in several}) > 1:
            yield (
                f"config.yaml: {' and '.join(several)} are one {kind} in {here.target}, {id_}, "
                f"and different ones in {there.target}"
            )


def _pairs(named: Mapping[str, str], files: Mapping[str, tuple[str, str]]) -> tuple[Pair, ...]:
    """The pairs of the names, each with the path of its file, and those that only files make."""
    by_target = {ours: path for path, (_, ours) in files.items()}
    by_source = {theirs: path for path, (theirs, _) in files.items()}
    taken = {*named.values()}
    pairs = [
        Pair(theirs, ours, by_target.get(ours) or by_source.get(theirs))
        for theirs, ours in named.items()
    ]
    pairs += [
        Pair(theirs, ours, path)
        for path, (theirs, ours) in files.items()
        if theirs not in named and ours not in taken
    ]
    return tuple(sorted(pairs, key=lambda pair: (pair.path is None, pair.path or "", pair.source)))


# --- texts ---------------------------------------------------------------------------------------


def needed(held: Iterable[Retrieved], table: Table) -> set[Thing]:
    """What the target must have for these texts to be copied: all that no name translates."""
    return {
        each.thing
        for retrieved in held
        if isinstance(retrieved, Held)
        for each in references(retrieved.text.canonical)
        if each.thing not in table.counterparts
    }


def copy_of(
    pair: Pair, retrieved: Retrieved, table: Table, *, there: AbstractSet[Thing]
) -> Document | Invalid | Failed | None:
    """What the source's text makes of the target's model; None where there is nothing to copy.

    `there` is what of the `needed` things the target has.
    """
    match retrieved:
        case Held(text=text) if text.is_empty:
            return None
        case Held(text=text):
            return _translated(pair, text, table, there=there)
        case NoSuchModel():
            why = (
                f"{table.source} has no model {pair.source}, and each copy will fail until its id "
                f"is corrected, or its name taken out of the models of {table.source}"
            )
        case Unreadable(reason=reason):
            why = f"{table.source}: {reason}"
        case _:
            assert_never(retrieved)
    return Failed(model=pair.target, path=pair.path, notes=(why,))


def _translated(
    pair: Pair, text: Text, table: Table, *, there: AbstractSet[Thing]
) -> Document | Invalid:
    """The text with the target's references, or every reference that would break."""
    faults = [
        Fault(
            f"{table.source}/{pair.source}",
            each.line,
            each.column,
            f"{{{each.kind}:{each.id}}} {problem}",
        )
        for each in references(text.canonical)
        if (problem := _problem(each.thing, table, there=there))
    ]
    if faults:
        return Invalid(model=pair.target, path=pair.path, notes=tuple(map(str, faults)))
    copy = renamed(text.canonical, lambda each: table.counterpart(each.thing))
    return Document(pair.target, pair.path, Text(copy), references=references(copy))


def _problem(thing: Thing, table: Table, *, there: AbstractSet[Thing]) -> str:
    """Why the reference would break, or could not be led back; empty where all is well."""
    if thing in table.counterparts:
        return ""
    if original := table.originals.get(thing):
        return f"is what {table.target} has for {original}; write {original} in {table.source}"
    if thing in there:
        return ""
    if thing.id.startswith("@"):
        return f"is an alias, which only a file may have; in {table.source}, write the id instead"
    return (
        f"has no counterpart in {table.target}; give both a name in the {thing.kind}s of "
        f"{table.source} and {table.target}"
    )
