"""Translate model ids and references in texts from one target to another."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from sync.descriptions.references import find_references, replace_reference_ids
from sync.errors import ConfigError
from sync.model.changes import Failed, Invalid
from sync.model.document import Document, Fault, ReferenceKind, ReferenceTarget
from sync.model.remote_text import NoSuchModel, RemoteText, UnreadableModel
from sync.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from sync.descriptions.aliases import Aliases
    from sync.model.remote_text import RemoteState


_REFERENCE_KINDS: tuple[ReferenceKind, ...] = ("model", "asset")


@dataclass(frozen=True, slots=True)
class ModelPair:
    """One model with its ids in two targets; `path` is the file about it, None without one."""

    source: str
    target: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class CounterpartTable:
    """The models and assets that two targets have in common, paired one to one.

    `source` and `target` are the names of the targets. `counterparts` maps what the source has to
    ids of the target, `originals` the other way round.
    """

    source: str
    target: str
    models: tuple[ModelPair, ...]
    counterparts: Mapping[ReferenceTarget, str]
    originals: Mapping[ReferenceTarget, str] = field(init=False)

    def __post_init__(self) -> None:
        originals = {
            ReferenceTarget(each.kind, id_): each.id for each, id_ in self.counterparts.items()
        }
        object.__setattr__(self, "originals", originals)

    def find_counterpart(self, reference_target: ReferenceTarget) -> str:
        """Return the id in the target; without a counterpart, the same id (public models)."""
        return self.counterparts.get(reference_target, reference_target.id)


def make_counterpart_table(
    source: Aliases, target: Aliases, *, files: Mapping[str, tuple[str, str]]
) -> CounterpartTable:
    """Return the table of what two targets have in common.

    `files` maps the path of each file that is for both targets to the model in each. Names in
    config.yaml take precedence over files. Raise ConfigError with all contradictions if the names
    are ambiguous.
    """
    faults = [
        fault
        for kind in _REFERENCE_KINDS
        for one, other in ((source, target), (target, source))
        for fault in _find_contradictions(kind, one, other=other)
    ]
    if faults:
        raise ConfigError(
            "\n".join(faults), hint="Give each name the same meaning in every target."
        )
    pairs = _make_pairs(pair_ids_by_name("model", source, target), files)
    return CounterpartTable(
        source.target,
        target.target,
        pairs,
        {ReferenceTarget("model", pair.source): pair.target for pair in pairs}
        | {
            ReferenceTarget("asset", id_): other
            for id_, other in pair_ids_by_name("asset", source, target).items()
        },
    )


def pair_ids_by_name(kind: ReferenceKind, source: Aliases, target: Aliases) -> dict[str, str]:
    """Map ids of the source to ids of the target, by the names that both have."""
    ids, others = source.get_ids(kind), target.get_ids(kind)
    return {ids[name]: others[name] for name in ids if name in others}


def _find_contradictions(kind: ReferenceKind, one: Aliases, *, other: Aliases) -> Iterator[str]:
    """Yield a message per model or asset whose names mean different ones in `other`."""
    ids, others = one.get_ids(kind), other.get_ids(kind)
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name in ids:
        if name in others:
            names[ids[name]].append(name)
    for id_, several in names.items():
        if len({others[name] for name in several}) > 1:
            yield (
                f"config.yaml: {' and '.join(several)} are one {kind} in {one.target}, {id_}, "
                f"and different ones in {other.target}"
            )


def _make_pairs(
    named: Mapping[str, str], files: Mapping[str, tuple[str, str]]
) -> tuple[ModelPair, ...]:
    """Return the pairs by name, each with the path of its file, and the pairs only from files."""
    by_target = {ours: path for path, (_, ours) in files.items()}
    by_source = {theirs: path for path, (theirs, _) in files.items()}
    taken = {*named.values()}
    pairs = [
        ModelPair(theirs, ours, by_target.get(ours) or by_source.get(theirs))
        for theirs, ours in named.items()
    ]
    pairs += [
        ModelPair(theirs, ours, path)
        for path, (theirs, ours) in files.items()
        if theirs not in named and ours not in taken
    ]
    return tuple(sorted(pairs, key=lambda pair: (pair.path is None, pair.path or "", pair.source)))


# --- texts ---------------------------------------------------------------------------------------


def find_untranslated_targets(
    remote_states: Iterable[RemoteState], table: CounterpartTable
) -> set[ReferenceTarget]:
    """Return the references without a counterpart; the target must already have these items."""
    return {
        each.target
        for retrieved in remote_states
        if isinstance(retrieved, RemoteText)
        for each in find_references(retrieved.text.canonical)
        if each.target not in table.counterparts
    }


def make_copy(
    pair: ModelPair,
    retrieved: RemoteState,
    table: CounterpartTable,
    *,
    existing: AbstractSet[ReferenceTarget],
) -> Document | Invalid | Failed | None:
    """Return the target's document with the source's text; None if there is nothing to copy.

    `existing` are the results of `find_untranslated_targets` that exist in the target.
    """
    match retrieved:
        case RemoteText(text=text) if text.is_empty:
            return None
        case RemoteText(text=text):
            return _translate_text(pair, text, table, existing=existing)
        case NoSuchModel():
            why = (
                f"{table.source} has no model {pair.source}, and each copy will fail until its id "
                f"is corrected, or its name taken out of the models of {table.source}"
            )
        case UnreadableModel(reason=reason):
            why = f"{table.source}: {reason}"
        case _:
            assert_never(retrieved)
    return Failed(model=pair.target, path=pair.path, notes=(why,))


def _translate_text(
    pair: ModelPair, text: Text, table: CounterpartTable, *, existing: AbstractSet[ReferenceTarget]
) -> Document | Invalid:
    """Return the text with the target's references, or all references that would break."""
    faults = [
        Fault(
            f"{table.source}/{pair.source}",
            each.line,
            each.column,
            f"{{{each.kind}:{each.id}}} {problem}",
        )
        for each in find_references(text.canonical)
        if (problem := _explain_broken_reference(each.target, table, existing=existing))
    ]
    if faults:
        return Invalid(
            model=pair.target,
            path=pair.path,
            notes=tuple(map(str, faults)),
            cause="untranslatable",
        )
    copy = replace_reference_ids(text.canonical, lambda each: table.find_counterpart(each.target))
    return Document(pair.target, pair.path, Text(copy), references=find_references(copy))


def _explain_broken_reference(
    reference_target: ReferenceTarget,
    table: CounterpartTable,
    *,
    existing: AbstractSet[ReferenceTarget],
) -> str:
    """Return why the reference would break or not be reversible; empty if it is fine."""
    if reference_target in table.counterparts:
        return ""
    if original := table.originals.get(reference_target):
        return f"is what {table.target} has for {original}; write {original} in {table.source}"
    if reference_target in existing:
        return ""
    if reference_target.id.startswith("@"):
        return f"is an alias, which only a file may have; in {table.source}, write the id instead"
    return (
        f"has no counterpart in {table.target}; give both a name in the "
        f"{reference_target.kind}s of {table.source} and {table.target}"
    )
