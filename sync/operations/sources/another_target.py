"""Read the texts of another target, translated, as desired texts (`--from-target`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.decisions.copy import (
    CounterpartTable,
    ModelPair,
    find_untranslated_targets,
    make_copy,
    make_counterpart_table,
)
from sync.decisions.desired import DesiredSelection, DesiredState
from sync.descriptions.document import read_documents
from sync.errors import UsageError, did_you_mean
from sync.model import Document, Failed, Invalid, ReferenceTarget, Source
from sync.operations.sources.files import FileSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sync.decisions.desired import SourceFiles
    from sync.model import InvalidFile, RemoteState
    from sync.operations.selection import Selection
    from sync.scenario import Scenario
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class AnotherTargetSource(FileSource):
    """The texts of another target, compared with the texts in Scenario like those of files.

    The files only tell which model corresponds to which, and which models are protected.
    """

    async def read_desired(self) -> DesiredSelection:
        """Read the other target's texts and replace its ids in them by those of this target.

        Raises UsageError if the targets have no model in common, and ConfigError if their names
        contradict each other.
        """
        target, selection, files = self.target, self.selection, self.files
        source = _get_source_target(target, selection)
        shared = find_shared_files(source, target, files.contents)
        table = make_counterpart_table(source.aliases, target.aliases, files=shared)
        selected = _select_pairs(table, target, selection, files=files)
        documents, invalid = _read_documents(target, files.contents)
        unusable = _select_invalid_files(invalid, selected, selection, files=files)
        pairs = [pair for pair in selected if pair.target not in {file.model for file in unusable}]
        texts = await self._retrieve_texts(source, pairs)
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
            (*files.notes, *_note_empty_texts(source, pairs, copies)),
        )

    async def _retrieve_texts(
        self, source: Target, pairs: Sequence[ModelPair]
    ) -> dict[str, RemoteState]:
        """Return the other target's texts by its own ids; the session's progress shows them."""
        async with source.connect(self.session.track.handle_notice) as scenario:
            session = replace(self.session, target=source, scenario=scenario)
            texts = await session.retrieve([pair.source for pair in pairs])
        self.session.track.add_requests(scenario.request_count)
        return texts


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


def find_shared_files(
    source: Target, target: Target, contents: Mapping[str, bytes]
) -> dict[str, tuple[str, str]]:
    """Return the model in each target, by path, of the files that are for both targets."""
    theirs, ours = (
        {
            file.path: file.model
            for files in _read_documents(each, contents)
            for file in files
            if file.model
        }
        for each in (source, target)
    )
    return {path: (theirs[path], ours[path]) for path in ours if path and path in theirs}


def _read_documents(
    target: Target, contents: Mapping[str, bytes]
) -> tuple[list[Document], list[InvalidFile]]:
    return read_documents(contents, target.aliases, folder=target.workspace.folder)


def _select_pairs(
    table: CounterpartTable, target: Target, selection: Selection, *, files: SourceFiles
) -> list[ModelPair]:
    """Return the selected pairs. Raises UsageError for a model that is in none."""
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
        and (pair.path in files.selected_paths if pair.path else not narrowed)
    ]


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
        if file.path in files.selected_paths and (file.model in models or not selection.models)
    ]


# --- texts ---------------------------------------------------------------------------------------


async def find_existing(
    scenario: Scenario, things: Iterable[ReferenceTarget]
) -> set[ReferenceTarget]:
    """Return those of the models and assets that the server has. Raises RequestError."""
    things = list(things)
    models = await scenario.get_model_summaries(each.id for each in things if each.kind == "model")
    assets = await scenario.get_assets(each.id for each in things if each.kind == "asset")
    return {
        *(ReferenceTarget("model", id_) for id_ in models),
        *(ReferenceTarget("asset", id_) for id_ in assets),
    }


def _copy_protection(copies: Sequence[Document], documents: Sequence[Document]) -> list[Document]:
    """Return the copies, protected if the file of the same model is."""
    paths = {document.path for document in documents if document.protected}
    return [replace(copy, protected=copy.path in paths) for copy in copies]


def _note_empty_texts(
    source: Target, pairs: Sequence[ModelPair], copies: Sequence[Document | Invalid | Failed | None]
) -> Iterator[str]:
    empty = [pair.source for pair, copy in zip(pairs, copies, strict=True) if copy is None]
    if empty:
        yield f"{source.name} has no text for {', '.join(sorted(empty))}: nothing to copy"
