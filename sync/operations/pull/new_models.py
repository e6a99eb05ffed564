"""Find the models that have a description but no file, and write a file for each."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, assert_never

from sync.decisions.pull import UntouchedFile, create_file
from sync.descriptions.document import read_document
from sync.descriptions.new_file_names import ModelWithoutFile, choose_file_names
from sync.descriptions.rewrite import DescriptionFile
from sync.errors import UsageError
from sync.git import normalize_path
from sync.model.document import Document, InvalidFile
from sync.model.remote_text import NoSuchModel, RemoteText, UnreadableModel

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Container, Iterable, Mapping

    from sync.decisions.desired import SourceFiles
    from sync.decisions.pull import PullOutcome
    from sync.model.remote_text import RemoteState
    from sync.model.text import Text
    from sync.operations.events import Stop
    from sync.operations.sessions import Session
    from sync.workspace.workspace import Target


from typing import TYPE_CHECKING

from sync.decisions.pull import CreatedFile
from sync.workspace.folder import write_outcome
from sync.workspace.former_models import find_former_models

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from sync.decisions.pull import PullOutcome
    from sync.operations.events import Stop
    from sync.operations.pull.journal import PulledModel, PullJournal
    from sync.operations.sessions import Session
    from sync.workspace.folder import DescriptionFolder


_NO_FILE_NAME_REASON = (
    "every name for its file is excluded by config.yaml, or ignored by git: "
    "see `exclude` and .gitignore"
)
_MAX_NAMING_ROUNDS = 3  # names are chosen again if git ignores the first ones
_OTHER_TEXT_REASON = (
    "git does not track it, and it says something else: commit it or move it, then pull again"
)


@dataclass(frozen=True, slots=True)
class NewModels:
    """The models without a tracked file, with the path for each.

    The other fields are the models that the user named (empty: all), the models without a
    possible file name, and the texts of untracked files by model.
    """

    paths: Mapping[str, str]
    named_models: frozenset[str] = frozenset()
    models_without_path: tuple[str, ...] = ()
    untracked_texts: Mapping[str, Text] = field(default_factory=dict)


def map_models_to_paths(target: Target, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Return the models that files describe, valid or not, each with the path of one file."""
    found = {}
    for path, data in contents.items():
        match read_document(path, data, target.aliases, folder=target.workspace.folder):
            case Document(model=model) | InvalidFile(model=model) if model:
                found[model] = path
            case _:
                pass
    return found


async def find_new_models(
    session: Session,
    files: SourceFiles,
    *,
    named_models: frozenset[str],
    untracked: Mapping[str, bytes],
    used_names: Iterable[str],
) -> NewModels:
    """Find the models that no tracked file describes, and choose a path for each.

    `entries` are further names in the folder that are already in use. Raises RequestError, and
    UsageError if git ignores the folder.
    """
    chosen = session.target
    _check_folder_is_not_ignored(chosen)
    managed = map_models_to_paths(chosen, files.contents)
    named = {
        m: name
        for m, name in (await _read_model_names(session, named_models)).items()
        if m not in managed
    }
    texts = _read_file_texts(chosen, untracked)
    taken = {*files.contents, *untracked, *used_names}
    former = find_former_models(chosen, files, named=managed, unclear_paths=())
    paths = _choose_former_paths(
        chosen, {m: each.path for m, each in former.items() if m in named}, used_paths=taken
    )
    paths |= {model: path for model, (path, _) in texts.items() if model in named}
    nameless = {model: name for model, name in named.items() if model not in paths}
    paths |= _choose_new_paths(chosen, nameless, used_paths={*taken, *paths.values()})
    return NewModels(
        paths,
        named_models,
        tuple(sorted(named.keys() - paths.keys())),
        {model: text for model, (_, text) in texts.items() if model in paths},
    )


def _choose_former_paths(
    target: Target, former: Mapping[str, str], *, used_paths: Container[str]
) -> dict[str, str]:
    """Return the paths of the models' removed files, if these paths are free and not ignored."""
    paths = {
        model: path
        for model, path in former.items()
        if path not in used_paths
        and target.workspace.file_filter.accepts(path)
        and ".." not in path
    }
    ignored = _find_ignored_paths(target, paths.values())
    return {model: path for model, path in paths.items() if path not in ignored}


def _choose_new_paths(
    target: Target, names: Mapping[str, str | None], *, used_paths: Iterable[str]
) -> dict[str, str]:
    aliases = {id_: name for name, id_ in sorted(target.aliases.models.items(), reverse=True)}
    models = [ModelWithoutFile(model, name, aliases.get(model)) for model, name in names.items()]
    occupied, ignored, found = {*used_paths}, set[str](), dict[str, str]()
    for _ in range(_MAX_NAMING_ROUNDS):
        occupied |= ignored
        found = choose_file_names(
            models, taken_paths=occupied, is_description=target.workspace.file_filter.accepts
        )
        ignored = _find_ignored_paths(target, found.values())
        if not ignored:
            break
    return {model: path for model, path in found.items() if path not in ignored}


def _find_ignored_paths(target: Target, paths: Iterable[str]) -> set[str]:
    """Return the paths in the folder that git ignores."""
    workspace = target.workspace
    places = {normalize_path(workspace.folder, path): path for path in paths}
    return (
        {places[place] for place in workspace.repository.find_ignored_paths(places)}
        if places
        else set()
    )


def _check_folder_is_not_ignored(target: Target) -> None:
    folder = f"{target.workspace.folder}/"
    if target.workspace.repository.find_ignored_paths([folder]):
        raise UsageError(
            f"git ignores {folder}, so that it would never track the files",
            hint=f"`git check-ignore --verbose {folder}` says by which line of which .gitignore; "
            "take it out.",
        )


async def _read_model_names(
    session: Session, named_models: frozenset[str]
) -> dict[str, str | None]:
    """Return the named models, or else all models of the project, each with its name."""
    if not named_models:
        return {model.id: model.name async for model in session.list_managed_models()}
    found = await session.scenario.get_model_summaries(named_models)
    return {id_: found[id_].name if id_ in found else None for id_ in named_models}


def _read_file_texts(target: Target, contents: Mapping[str, bytes]) -> dict[str, tuple[str, Text]]:
    """Return the path and the text of a file for each model."""
    found: dict[str, tuple[str, Text]] = {}
    for path, data in sorted(contents.items()):
        document = read_document(path, data, target.aliases, folder=target.workspace.folder)
        if isinstance(document, Document):
            found.setdefault(document.model, (path, document.text))
    return found


async def retrieve_new_models(
    session: Session,
    new_models: NewModels,
    *,
    finished: Container[str] = (),
    stop: Stop | None = None,
) -> AsyncGenerator[tuple[str, PullOutcome | None], None]:
    """Yield the outcome of each new model as its text arrives; None for an empty description.

    The models that an earlier pull finished are not read again. After a `stop`, no further
    model is read, and the reads in progress are finished. Raises AbortRunError.
    """
    for model in new_models.models_without_path:
        yield model, UntouchedFile(result="refused", model=model, reason=_NO_FILE_NAME_REASON)
    models = [model for model in new_models.paths if model not in finished]
    asked_for = takewhile(lambda _: not (stop and stop.is_set()), models)
    with session.track.start_step(f"{session.name}: reading", len(models)):
        async with aclosing(session.scenario.retrieve_all(asked_for)) as answers:
            async for model, retrieved in answers:
                yield (
                    model,
                    _decide_new_file(session.target, model, retrieved, new_models=new_models),
                )
                session.track.advance()


def _decide_new_file(
    target: Target, model: str, retrieved: RemoteState, *, new_models: NewModels
) -> PullOutcome | None:
    path = new_models.paths[model]
    match retrieved:
        case UnreadableModel(reason=reason):
            return UntouchedFile(result="failed", model=model, reason=reason)
        case NoSuchModel():
            return UntouchedFile(result="failed", model=model, reason="there is no such model")
        case RemoteText(text=text) if text.is_empty:
            return None
        case RemoteText(text=text) if untracked := new_models.untracked_texts.get(model):
            if untracked.is_same_as(text):
                return UntouchedFile(
                    result="unchanged", model=model, path=path, reason="there already: commit it"
                )
            return UntouchedFile(
                result="refused", model=model, path=path, reason=_OTHER_TEXT_REASON
            )
        case RemoteText(text=text):
            return create_file(
                text, DescriptionFile(path, model, target.aliases, target.workspace.folder)
            )
        case _:
            assert_never(retrieved)


def find_finished_models(journal: PullJournal, folder: DescriptionFolder) -> dict[str, PulledModel]:
    """Return the models that an interrupted pull finished and whose file is unchanged since."""
    return {
        model: entry
        for model, entry in journal.finished_models.items()
        if entry.matches_file(folder.read_file(entry.path) if entry.path else None)
    }


async def write_new_files(  # noqa: PLR0913 - the flow is being reshaped
    session: Session,
    new_models: NewModels,
    *,
    folder: DescriptionFolder,
    finished: Mapping[str, PulledModel],
    journal: PullJournal,
    stop: Stop,
) -> AsyncGenerator[PullOutcome, None]:
    """Write the file of each new model and yield the outcome; end early after a `stop`.

    Finished models are not read again, and each newly finished model is noted in the journal.
    """
    for model in new_models.paths:
        if (entry := finished.get(model)) and entry.path:
            reason = "pulled before: commit it"
            yield UntouchedFile(result="unchanged", model=model, path=entry.path, reason=reason)
    async with aclosing(
        retrieve_new_models(session, new_models, finished=finished, stop=stop)
    ) as arriving:
        async for model, arrived in arriving:
            file = write_outcome(folder, arrived) if arrived else None
            _note_finished_model(journal, model, file=file)
            if file:
                yield file
    if not stop.is_set():
        journal.forget_models(new_models.named_models)


def _note_finished_model(journal: PullJournal, model: str, *, file: PullOutcome | None) -> None:
    match file:
        case None:
            journal.note_model(model)
        case CreatedFile(path=path, data=data):
            journal.note_model(model, path, data=data)
        case _:
            pass
