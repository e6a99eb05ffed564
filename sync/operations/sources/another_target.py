"""Another target's texts, translated, as what is wanted of this one."""

from __future__ import annotations

from dataclasses import replace
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sync.decisions.desired import SourceFiles
    from sync.model import InvalidFile, RemoteState
    from sync.operations.selection import Selection
    from sync.operations.sessions import Session
    from sync.scenario import Scenario
    from sync.workspace.workspace import Target


async def copied(session: Session, selection: Selection, *, files: SourceFiles) -> DesiredSelection:
    """What copying the texts of `selection.from_target` wants of the session's target.

    The files only tell which model is which, and what is protected. Raises UsageError where no
    model is known to both targets, ConfigError where their names contradict each other.
    """
    chosen = session.target
    source = _source(chosen, selection)
    shared = find_shared_files(source, chosen, files.contents)
    table = make_counterpart_table(source.aliases, chosen.aliases, files=shared)
    selected = _selected(table, chosen, selection, files=files)
    documents, invalid = _documents(chosen, files.contents)
    spoilt = [
        file for file in _at(invalid, selected, selection) if file.path in files.selected_paths
    ]
    pairs = [pair for pair in selected if pair.target not in {file.model for file in spoilt}]
    held = await _retrieved(source, pairs, session)
    there = await find_existing(session.scenario, find_untranslated_targets(held.values(), table))
    copies = [make_copy(pair, held[pair.source], table, existing=there) for pair in pairs]
    return DesiredSelection(
        Source("target", files.source.commit, label=source.name),
        DesiredState(
            _protected([copy for copy in copies if isinstance(copy, Document)], documents),
            spoilt,
            unusable=[copy for copy in copies if isinstance(copy, Invalid | Failed)],
        ),
        {pair.target for pair in table.models},
        len(table.models),
        (*files.notes, *_nothing_to_copy(source, pairs, copies)),
    )


def _source(chosen: Target, selection: Selection) -> Target:
    """The target to copy from. Raises UsageError where there is nothing to be copied from it."""
    source = chosen.workspace.get_target(selection.from_target)
    if source.name == chosen.name:
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
    """The models of the two targets, by path, of the files that are for both."""
    theirs, ours = (
        {
            file.path: file.model
            for files in _documents(each, contents)
            for file in files
            if file.model
        }
        for each in (source, target)
    )
    return {path: (theirs[path], ours[path]) for path in ours if path and path in theirs}


def _documents(
    chosen: Target, contents: Mapping[str, bytes]
) -> tuple[list[Document], list[InvalidFile]]:
    return read_documents(contents, chosen.aliases, folder=chosen.workspace.folder)


def _selected(
    table: CounterpartTable, chosen: Target, selection: Selection, *, files: SourceFiles
) -> list[ModelPair]:
    """The pairs that the selection is about. Raises UsageError for a model that is in none."""
    if not table.models:
        raise UsageError(
            f"{table.source} and {table.target} have no model in common",
            hint=f"`description-sync map {table.source} {table.target}` proposes names for both.",
        )
    models = {chosen.aliases.get_model_id(name) for name in selection.models}
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


# --- texts ---------------------------------------------------------------------------------------


async def _retrieved(
    source: Target, pairs: Sequence[ModelPair], session: Session
) -> dict[str, RemoteState]:
    """What the source holds, by its own ids; the session's progress tells of it."""
    async with source.connect(session.track.handle_notice) as scenario:
        reading = replace(session, target=source, scenario=scenario)
        held = await reading.retrieve([pair.source for pair in pairs])
    session.track.add_requests(scenario.request_count)
    return held


async def find_existing(
    scenario: Scenario, things: Iterable[ReferenceTarget]
) -> set[ReferenceTarget]:
    """Those of the models and assets that the server has; raises RequestError."""
    things = list(things)
    models = await scenario.get_model_summaries(each.id for each in things if each.kind == "model")
    assets = await scenario.get_assets(each.id for each in things if each.kind == "asset")
    return {
        *(ReferenceTarget("model", id_) for id_ in models),
        *(ReferenceTarget("asset", id_) for id_ in assets),
    }


def _at(
    invalid: Sequence[InvalidFile], selected: Sequence[ModelPair], selection: Selection
) -> list[InvalidFile]:
    """The files with faults that are about the models named, or all where none is named."""
    models = {pair.target for pair in selected}
    return [file for file in invalid if file.model in models or not selection.models]


def _protected(copies: Sequence[Document], documents: Sequence[Document]) -> list[Document]:
    """The copies, protected where the file of the same model is."""
    paths = {document.path for document in documents if document.protected}
    return [replace(copy, protected=copy.path in paths) for copy in copies]


def _nothing_to_copy(
    source: Target, pairs: Sequence[ModelPair], copies: Sequence[Document | Invalid | Failed | None]
) -> Iterator[str]:
    empty = [pair.source for pair, copy in zip(pairs, copies, strict=True) if copy is None]
    if empty:
        yield f"{source.name} has no text for {', '.join(sorted(empty))}: nothing to copy"
