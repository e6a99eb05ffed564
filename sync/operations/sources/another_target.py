"""Read the texts of another target, translated, as desired texts (`--from-target`)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sync.counts import shorten_list
from sync.decisions.copy import (
    CounterpartTable,
    ModelPair,
    find_untranslated_targets,
    make_copy,
    make_counterpart_table,
    pair_ids_by_name,
)
from sync.decisions.desired import DesiredSelection, DesiredState
from sync.descriptions.front_matter import names_target
from sync.errors import UsageError, did_you_mean
from sync.model.changes import Failed, Invalid
from sync.model.document import Document, ReferenceTarget
from sync.model.plan import Source
from sync.operations.sessions import run_both
from sync.operations.sources.files import FileSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Container, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sync.decisions.desired import SourceFiles
    from sync.model.document import InvalidFile
    from sync.model.remote_text import RemoteState
    from sync.model.text import Text
    from sync.operations.selection import Selection
    from sync.operations.sessions import Session
    from sync.scenario import Scenario
    from sync.workspace.workspace import Target


MAX_NAMED_PATHS = 5


@dataclass(frozen=True, slots=True)
class AnotherTargetSource(FileSource):
    """The texts of another target, compared with the texts in Scenario like those of files.

    The files only tell which model corresponds to which, and which models are protected. The two
    targets are read side by side, so `read_desired` reads the remote texts as well. With `models`,
    only the other target's texts of these models are read, because a saved plan has the remote
    texts; the targets need not share these models.
    """

    models: Container[str] | None = None
    _remote_states: dict[str, RemoteState] = field(default_factory=dict, repr=False)

    async def read_desired(self) -> DesiredSelection:
        """Read the other target's texts and replace its ids in them by those of this target.

        Raises UsageError if the targets have no model in common, and ConfigError if their names
        contradict each other.
        """
        target, selection, files = self.target, self.selection, self.files
        source = _get_source_target(target, selection)
        async with self._connect(source) as source_session:
            shared = await find_shared_files(source_session, self.session, files.contents)
            table = make_counterpart_table(source.aliases, target.aliases, files=shared.pairs)
            selected = _select_pairs(table, target, selection, files=files)
            documents, invalid = target.read_documents(files.contents)
            unusable = _select_invalid_files(invalid, selected, selection, files=files)
            refused = {file.model for file in unusable}
            pairs = [pair for pair in selected if pair.target not in refused]
            if self.models is not None:
                pairs = [pair for pair in pairs if pair.target in self.models]
            texts, remote = await run_both(
                source_session.retrieve([pair.source for pair in pairs]),
                self.session.retrieve([pair.target for pair in pairs if self.models is None]),
            )
        self._remote_states.update(remote)
        existing = await find_existing(
            self.session.scenario, find_untranslated_targets(texts.values(), table)
        )
        copies = [make_copy(pair, texts[pair.source], table, existing=existing) for pair in pairs]
        return DesiredSelection(
            Source("target", files.source.commit, label=source.name),
            DesiredState(
                _copy_protection(
                    [copy for copy in copies if isinstance(copy, Document)], documents
                ),
                unusable,
                unusable=[copy for copy in copies if isinstance(copy, Invalid | Failed)],
            ),
            {pair.target for pair in table.models},
            len(table.models),
            (
                *files.notes,
                *_note_unshared_files(shared, files=files, source=source.name, target=target.name),
                *_note_empty_texts(source, pairs, copies),
            ),
        )

    async def read_remote_texts(
        self, models: Sequence[str], *, texts: Mapping[str, Text]
    ) -> dict[str, RemoteState]:
        """Return the remote texts that `read_desired` has read; read the others."""
        known = {
            model: self._remote_states[model] for model in models if model in self._remote_states
        }
        rest = [model for model in models if model not in known]
        return {**known, **await self.session.retrieve(rest, texts=texts)}

    @asynccontextmanager
    async def _connect(self, source: Target) -> AsyncIterator[Session]:
        """Connect to the other target, whose progress and requests are shown as its own."""
        track = self.session.events.add_track(source.name)
        async with source.connect(track.handle_notice) as scenario:
            yield replace(self.session, target=source, scenario=scenario, track=track)
        track.add_requests(scenario.request_count)


def _get_source_target(target: Target, selection: Selection) -> Target:
    """Return the target to copy from. Raises UsageError if it cannot be copied from."""
    source = target.workspace.get_target(selection.from_target)
    if source.name == target.name:
        raise UsageError(
            f"{source.name} cannot be copied to itself", hint="Name another one with --target."
        )
    if selection.commit:
        raise UsageError(
            "--commit and --from-target both say where the texts come from", hint="Give one."
        )
    return source


# --- which models --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SharedFiles:
    """The files about a model of both targets: `pairs` maps their paths to the model in each.

    `unshared` maps the paths of the other files to the target that does not have the model.
    """

    pairs: Mapping[str, tuple[str, str]]
    unshared: Mapping[str, str] = field(default_factory=dict)


async def find_shared_files(
    source: Session,
    target: Session,
    contents: Mapping[str, bytes],
    *,
    listed: tuple[AbstractSet[str], AbstractSet[str]] = (frozenset(), frozenset()),
) -> SharedFiles:
    """Find the files about a model of both targets; `listed` are models that each is known to have.

    A file that names an id counts for every target, so only config.yaml, the front matter's
    `models` or Scenario's answer tell whether a target has the model. Raises RequestError.
    """
    theirs, ours = (_read_named_models(each.target, contents) for each in (source, target))
    pairs = {path: (theirs[path], ours[path]) for path in ours if path in theirs}
    named = pair_ids_by_name("model", source.target.aliases, target.target.aliases)
    taken = {*named.values()}
    unsure = {
        path: pair
        for path, pair in pairs.items()
        if pair[0] not in named and pair[1] not in taken  # otherwise the names decide
    }
    known = await run_both(
        _find_models_of_target(
            source, {path: ids[0] for path, ids in unsure.items()}, contents, listed=listed[0]
        ),
        _find_models_of_target(
            target, {path: ids[1] for path, ids in unsure.items()}, contents, listed=listed[1]
        ),
    )
    unshared = {
        path: session.name
        for path, pair in unsure.items()
        for session, id_, models in zip((source, target), pair, known, strict=True)
        if id_ not in models
    }
    return SharedFiles({path: pairs[path] for path in pairs if path not in unshared}, unshared)


async def _find_models_of_target(
    session: Session,
    ids: Mapping[str, str],
    contents: Mapping[str, bytes],
    *,
    listed: AbstractSet[str],
) -> set[str]:
    """Return the models that the target has, by path of their file."""
    named = {*session.target.aliases.models.values(), *listed}
    named |= {ids[path] for path in ids if names_target(contents[path], session.name)}
    asked = {id_ for id_ in ids.values() if id_ not in named}
    return named | {*await session.scenario.get_model_summaries(sorted(asked))}


def _read_named_models(target: Target, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Return the model that each file names for the target, by path."""
    return {
        file.path: file.model
        for files in target.read_documents(contents)
        for file in files
        if file.path and file.model
    }


def _select_pairs(
    table: CounterpartTable, target: Target, selection: Selection, *, files: SourceFiles
) -> list[ModelPair]:
    """Return the selected pairs. Raises UsageError for a model without a pair."""
    if not table.models:
        raise UsageError(
            f"{table.source} and {table.target} have no model in common",
            hint=f"`description-sync map {table.source} {table.target}` proposes names for both.",
        )
    models = {target.aliases.get_model_id(name) for name in selection.models}
    known = {pair.target for pair in table.models}
    for model in sorted(models - known):
        near = did_you_mean(model, known)
        raise UsageError(f"{table.source} and {table.target} do not share the model {model}{near}")
    narrowed = bool(selection.paths or selection.since)
    return [
        pair
        for pair in table.models
        if pair.target in (models or known)
        and (_is_selected(pair.path, files) if pair.path else not narrowed)
    ]


def _is_selected(path: str, files: SourceFiles) -> bool:
    return files.is_selected(path) and files.is_changed(path)


def _select_invalid_files(
    invalid: Sequence[InvalidFile],
    selected: Sequence[ModelPair],
    selection: Selection,
    *,
    files: SourceFiles,
) -> list[InvalidFile]:
    """Return the selected files with faults."""
    models = {pair.target for pair in selected}
    return [
        file
        for file in invalid
        if _is_selected(file.path, files) and (file.model in models or not selection.models)
    ]


# --- texts ---------------------------------------------------------------------------------------


async def find_existing(
    scenario: Scenario, targets: Iterable[ReferenceTarget]
) -> set[ReferenceTarget]:
    """Return the models and assets that exist on the server. Raises RequestError."""
    targets = list(targets)
    models = await scenario.get_model_summaries(each.id for each in targets if each.kind == "model")
    assets = await scenario.get_assets(each.id for each in targets if each.kind == "asset")
    return {
        *(ReferenceTarget("model", id_) for id_ in models),
        *(ReferenceTarget("asset", id_) for id_ in assets),
    }


def _copy_protection(copies: Sequence[Document], documents: Sequence[Document]) -> list[Document]:
    """Return the copies, protected if the file of the same model is."""
    paths = {document.path for document in documents if document.protected}
    return [replace(copy, protected=copy.path in paths) for copy in copies]


def _note_unshared_files(
    shared: SharedFiles, *, files: SourceFiles, source: str, target: str
) -> Iterator[str]:
    """Note the selected files whose model only one of the targets has."""
    for name in (source, target):
        paths = [
            path
            for path, lacking in sorted(shared.unshared.items())
            if lacking == name and _is_selected(path, files)
        ]
        if paths:
            listed = shorten_list(paths, MAX_NAMED_PATHS)
            yield f"{name} has no model of the id that these files name, so left out: {listed}"


def _note_empty_texts(
    source: Target, pairs: Sequence[ModelPair], copies: Sequence[Document | Invalid | Failed | None]
) -> Iterator[str]:
    empty = [pair.source for pair, copy in zip(pairs, copies, strict=True) if copy is None]
    if empty:
        yield f"{source.name} has no text for {', '.join(sorted(empty))}: nothing to copy"
