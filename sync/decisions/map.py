"""Match the models of two targets by name and type, and choose a common name for each match."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Literal, TypeAlias

from sync.descriptions.new_file_names import fold_name, make_slug, number_stem
from sync.descriptions.references import find_references
from sync.model.remote_text import RemoteText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sync.decisions.copy import CounterpartTable, ModelPair
    from sync.descriptions.aliases import Aliases
    from sync.model.document import ReferenceTarget
    from sync.model.remote_text import RemoteState


UnmatchedReason: TypeAlias = Literal["none", "several", "other_type", "nameless"]


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model in the list of models that a target has in Scenario."""

    id: str
    name: str
    type: str

    @property
    def match_key(self) -> tuple[str, str]:
        """Return the key by which models match: folded name and type."""
        return fold_name(self.name), self.type


@dataclass(frozen=True, slots=True)
class TargetModels:
    """One target: its aliases from config.yaml, and its list of models."""

    aliases: Aliases
    models: Sequence[RemoteModel]

    @property
    def target(self) -> str:
        return self.aliases.target

    @property
    def ids(self) -> set[str]:
        return {model.id for model in self.models}


@dataclass(frozen=True, slots=True)
class ModelMatch:
    """One model in both targets, and its name; `unnamed` lists the targets without the name."""

    name: str
    source: RemoteModel
    target: RemoteModel
    unnamed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnmatchedModel:
    """A model of `target` without a match in the other target, or with several candidates."""

    target: str
    model: RemoteModel
    why: UnmatchedReason
    candidates: tuple[RemoteModel, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferenceFacts:
    """The facts of the source about an asset or a model; `size` is in bytes. The rest is empty."""

    name: str = ""
    kind: str = ""
    mime_type: str = ""
    size: int | None = None


NO_FACTS = ReferenceFacts()


@dataclass(frozen=True, slots=True)
class MissingCounterpart:
    """An asset or model that texts refer to but the target has no counterpart of.

    `models` are the models of the source whose texts refer to it. `name` is the name that both
    targets can give it. `file` is the path of its downloaded file.
    """

    reference_target: ReferenceTarget
    models: tuple[str, ...]
    name: str = ""
    facts: ReferenceFacts = NO_FACTS
    file: str = ""


@dataclass(frozen=True, slots=True)
class TextOrigins:
    """The numbers of the source's texts that a map read from files and from Scenario."""

    files: int = 0
    scenario: int = 0


@dataclass(frozen=True, slots=True)
class NameReplacement:
    """The files in which names replaced ids, and the reason for each file that was left alone."""

    files: tuple[str, ...]
    left: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelMap:
    """The matches of two targets; `paired_count` counts the models that were already paired.

    `names_file` is the table of names that has been written, empty if none was. `name_replacement`
    has the files that were changed, None if no file was to be changed. `written_paths` are the
    files and folders to commit. `assets` are the ids in both targets, by name, that a person has
    filled in. `assets_table` is the CSV file for a person to fill in, empty if none was asked for.
    `failures` tell what could not be used or downloaded.
    """

    source: str
    target: str
    paired_count: int
    matches: tuple[ModelMatch, ...]
    singles: tuple[UnmatchedModel, ...]
    missing: tuple[MissingCounterpart, ...] = ()
    origins: TextOrigins = TextOrigins()
    names_file: str = ""
    name_replacement: NameReplacement | None = None
    written_paths: tuple[str, ...] = ()
    assets: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    assets_table: str = ""
    failures: tuple[str, ...] = ()

    @property
    def unmatched(self) -> list[UnmatchedModel]:
        """Return the models of the source that a person has to match."""
        return [single for single in self.singles if single.target == self.source]

    @property
    def missing_assets(self) -> list[MissingCounterpart]:
        """Return the assets that texts of the source refer to and the target does not have."""
        return [each for each in self.missing if each.reference_target.kind == "asset"]


def match_models(
    source: TargetModels,
    target: TargetModels,
    *,
    paired: Iterable[ModelPair],
    taken: Iterable[str] = (),
) -> ModelMap:
    """Match the models that are not `paired` yet; list those without a match, by name.

    No match gets one of the names that are `taken`.
    """
    both = source.ids & target.ids
    known_pairs = _find_known_pairs(source, target, paired)
    theirs = _group_by_key(source, both | {pair.source for pair in known_pairs})
    ours = _group_by_key(target, both | {pair.target for pair in known_pairs})
    names = _NameChooser(source, target, taken)
    matches = []
    singles: list[UnmatchedModel] = []
    for likeness in sorted({*theirs, *ours}):
        match theirs.get(likeness, []), ours.get(likeness, []):
            case [one], [other] if one.name:
                matches.append(names.make_match(one, other))
            case some, others:
                singles += _explain_unmatched(source.target, some, likely=others, all_=ours)
                singles += _explain_unmatched(target.target, others, likely=some, all_=theirs)
    return ModelMap(source.target, target.target, len(known_pairs), tuple(matches), tuple(singles))


def add_matched_names(
    aliases: Aliases, found: ModelMap, *, of: Literal["source", "target"]
) -> Aliases:
    """Return the aliases as they will be once the matches have names."""
    at = 0 if of == "source" else 1
    models = {match.name: (match.source, match.target)[at].id for match in found.matches}
    assets = {name: ids[at] for name, ids in found.assets.items()}
    return replace(
        aliases, models={**aliases.models, **models}, assets={**aliases.assets, **assets}
    )


def find_missing_counterparts(
    remote_states: Mapping[str, RemoteState],
    table: CounterpartTable,
    *,
    existing: AbstractSet[ReferenceTarget],
) -> tuple[MissingCounterpart, ...]:
    """Return the references of the source's texts, by model, without a counterpart."""
    models: defaultdict[ReferenceTarget, list[str]] = defaultdict(list)
    for model, retrieved in remote_states.items():
        text = retrieved.text.canonical if isinstance(retrieved, RemoteText) else ""
        for target in {each.target for each in find_references(text)}:
            if target not in table.counterparts and target not in existing:
                models[target].append(model)
    return tuple(
        MissingCounterpart(target, tuple(sorted(models[target]))) for target in sorted(models)
    )


def _find_known_pairs(
    source: TargetModels, target: TargetModels, paired: Iterable[ModelPair]
) -> list[ModelPair]:
    """Return the pairs from config.yaml, and the pairs from files whose models both exist."""
    theirs, ours = source.aliases.models, target.aliases.models
    named = {(theirs[name], ours[name]) for name in theirs if name in ours}
    listed, listed_there = source.ids, target.ids
    return [
        pair
        for pair in paired
        if (pair.source, pair.target) in named
        or (pair.source in listed and pair.target in listed_there)
    ]


_ModelsByKey: TypeAlias = "Mapping[tuple[str, str], list[RemoteModel]]"


def _group_by_key(side: TargetModels, paired_ids: AbstractSet[str]) -> _ModelsByKey:
    """Group the models that still need a match by their key."""
    groups: defaultdict[tuple[str, str], list[RemoteModel]] = defaultdict(list)
    for model in side.models:
        if model.id not in paired_ids:
            groups[model.match_key].append(model)
    return groups


def _explain_unmatched(
    target: str, models: Sequence[RemoteModel], *, likely: Sequence[RemoteModel], all_: _ModelsByKey
) -> Iterator[UnmatchedModel]:
    for model in models:
        if not model.name:
            yield UnmatchedModel(target, model, "nameless")
        elif likely:
            yield UnmatchedModel(target, model, "several", tuple(likely))
        elif candidates := _find_namesakes(model, all_):
            yield UnmatchedModel(target, model, "other_type", candidates)
        else:
            yield UnmatchedModel(target, model, "none")


def _find_namesakes(model: RemoteModel, others: _ModelsByKey) -> tuple[RemoteModel, ...]:
    """Return the models of other types that have the same name."""
    name, _ = model.match_key
    return tuple(chain.from_iterable(same for (other, _), same in others.items() if other == name))


class _NameChooser:
    """Chooser of names for matches: a configured name or otherwise a slug, none of them twice."""

    def __init__(self, source: TargetModels, target: TargetModels, taken: Iterable[str]) -> None:
        self.sides = (source.aliases, target.aliases)
        # A name equal to a model id would change the meaning of files that use the id.
        self.taken_names = {
            *source.aliases.models,
            *target.aliases.models,
            *source.ids,
            *target.ids,
            *taken,
        }

    def make_match(self, source: RemoteModel, target: RemoteModel) -> ModelMatch:
        name = self._find_configured_name(source, target) or self._make_new_name(source)
        self.taken_names.add(name)
        unnamed = tuple(side.target for side in self.sides if name not in side.models)
        return ModelMatch(name, source, target, unnamed)

    def _find_configured_name(self, source: RemoteModel, target: RemoteModel) -> str | None:
        names = (
            name
            for side, model in zip(self.sides, (source, target), strict=True)
            for name, id_ in side.models.items()
            if id_ == model.id
        )
        return next(names, None)

    def _make_new_name(self, model: RemoteModel) -> str:
        stem = make_slug(model.name) or make_slug(model.id) or "model"
        return next(name for name in number_stem(stem) if name not in self.taken_names)
