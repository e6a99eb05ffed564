"""Models that have a description and no file: which they are, their file names, their texts."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, assert_never

from sync.decisions.pull import UntouchedFile, create_file
from sync.descriptions.document import read_document
from sync.descriptions.file_names import ModelToName, choose_file_names
from sync.descriptions.rewrite import DescriptionFile
from sync.errors import UsageError
from sync.model import Document, InvalidFile, NoSuchModel, RemoteText, Text, UnreadableModel

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Container, Iterable, Mapping

    from sync.decisions.desired import SourceFiles
    from sync.decisions.pull import PullOutcome
    from sync.model import RemoteState
    from sync.operations.events import Stop
    from sync.operations.sessions import Session
    from sync.workspace.workspace import Target


from typing import TYPE_CHECKING

from sync.decisions.pull import CreatedFile
from sync.workspace.folder import write_outcome

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from sync.decisions.pull import PullOutcome
    from sync.operations.events import Stop
    from sync.operations.pull.journal import PulledModel, PullJournal
    from sync.operations.sessions import Session
    from sync.workspace.folder import DescriptionFolder


_NO_NAME = (
    "every name for its file is excluded by config.yaml, or ignored by git: "
    "see `exclude` and .gitignore"
)
_ROUNDS = 3  # in which names are chosen again, as git ignores the ones chosen
_OTHER = "git does not track it, and it says something else: commit it or move it, then pull again"


@dataclass(frozen=True, slots=True)
class NewModels:
    """Models without a tracked file, with the path for each.

    `asked` are those that were asked for, or none where all were; `untracked` are the texts of
    files that git does not track, by model; the paths are theirs.
    """

    paths: Mapping[str, str]
    asked: frozenset[str] = frozenset()
    nameless: tuple[str, ...] = ()
    untracked: Mapping[str, Text] = field(default_factory=dict)


def described(chosen: Target, contents: Mapping[str, bytes]) -> dict[str, str]:
    """The models that files are about, valid or not, each with the path of one."""
    found = {}
    for path, data in contents.items():
        match read_document(path, data, chosen.aliases, folder=chosen.workspace.folder):
            case Document(model=model) | InvalidFile(model=model) if model:
                found[model] = path
            case _:
                pass
    return found


async def find_new_models(
    session: Session,
    files: SourceFiles,
    *,
    asked: frozenset[str],
    untracked: Mapping[str, bytes],
    entries: Iterable[str],
) -> NewModels:
    """The project's models that no tracked file is about, or those `asked` for among them.

    `entries` are the names that are taken in the folder, beside those of its files. Raises
    RequestError, and UsageError where git would not look at new files.
    """
    chosen = session.target
    _check_folder(chosen)
    managed = described(chosen, files.contents)
    named = {m: name for m, name in (await _names(session, asked)).items() if m not in managed}
    texts = _texts(chosen, untracked)
    taken = {*files.contents, *untracked, *entries}
    paths = _former_paths(chosen, files, models=named.keys(), taken=taken)
    paths |= {model: path for model, (path, _) in texts.items() if model in named}
    nameless = {model: name for model, name in named.items() if model not in paths}
    paths |= _new_names(chosen, nameless, taken={*taken, *paths.values()})
    return NewModels(
        paths,
        asked,
        tuple(sorted(named.keys() - paths.keys())),
        {model: text for model, (_, text) in texts.items() if model in paths},
    )


def _former_paths(
    chosen: Target, files: SourceFiles, *, models: Container[str], taken: Container[str]
) -> dict[str, str]:
    """Where the files of the models stood that were removed, if they may stand there again."""
    paths = {
        model: path
        for model, path in described(chosen, files.removed).items()
        if model in models and path not in taken
    }
    ignored = _ignored(chosen, paths.values())
    return {model: path for model, path in paths.items() if path not in ignored}


def _new_names(
    chosen: Target, names: Mapping[str, str | None], *, taken: Iterable[str]
) -> dict[str, str]:
    aliases = {id_: name for name, id_ in sorted(chosen.aliases.models.items(), reverse=True)}
    models = [ModelToName(model, name, aliases.get(model)) for model, name in names.items()]
    occupied, ignored, found = {*taken}, set[str](), dict[str, str]()
    for _ in range(_ROUNDS):
        occupied |= ignored
        found = choose_file_names(
            models, taken_paths=occupied, is_description=chosen.workspace.rules.accepts
        )
        ignored = _ignored(chosen, found.values())
        if not ignored:
            break
    return {model: path for model, path in found.items() if path not in ignored}


def _ignored(chosen: Target, paths: Iterable[str]) -> set[str]:
    """Those of the paths in the folder at which git would see no file."""
    workspace = chosen.workspace
    places = {(PurePosixPath(workspace.folder) / path).as_posix(): path for path in paths}
    return (
        {places[place] for place in workspace.repository.find_ignored_paths(places)}
        if places
        else set()
    )


def _check_folder(chosen: Target) -> None:
    folder = f"{chosen.workspace.folder}/"
    if chosen.workspace.repository.find_ignored_paths([folder]):
        raise UsageError(
            f"git ignores {folder}, so that it would never track the files",
            hint=f"`git check-ignore --verbose {folder}` says by which line of which .gitignore; "
            "take it out.",
        )


async def _names(session: Session, asked: frozenset[str]) -> dict[str, str | None]:
    """The models that there are, or those asked for, with their names."""
    if not asked:
        return {model.id: model.name async for model in session.scenario.list_project_models()}
    found = await session.scenario.get_model_summaries(asked)
    return {id_: found[id_].name if id_ in found else None for id_ in asked}


def _texts(chosen: Target, contents: Mapping[str, bytes]) -> dict[str, tuple[str, Text]]:
    """What files say, by model, each with its path."""
    found: dict[str, tuple[str, Text]] = {}
    for path, data in sorted(contents.items()):
        document = read_document(path, data, chosen.aliases, folder=chosen.workspace.folder)
        if isinstance(document, Document):
            found.setdefault(document.model, (path, document.text))
    return found


async def receive(
    session: Session,
    newcomers: NewModels,
    *,
    done: Container[str] = (),
    stop: Stop | None = None,
) -> AsyncGenerator[tuple[str, PullOutcome | None], None]:
    """What becomes of each newcomer, as its text comes; None of one without a description.

    Those that are `done` already are not asked for, nor any more once it is to `stop`: then what
    is under way is finished. Raises PointlessError.
    """
    for model in newcomers.nameless:
        yield model, UntouchedFile(result="refused", model=model, reason=_NO_NAME)
    models = [model for model in newcomers.paths if model not in done]
    asked_for = takewhile(lambda _: not (stop and stop.is_set()), models)
    with session.track.start_step(f"{session.name}: reading", len(models)):
        async with aclosing(session.scenario.retrieve_all(asked_for)) as answers:
            async for model, retrieved in answers:
                yield model, _newcomer(session.target, model, retrieved, newcomers=newcomers)
                session.track.advance()


def _newcomer(
    chosen: Target, model: str, retrieved: RemoteState, *, newcomers: NewModels
) -> PullOutcome | None:
    path = newcomers.paths[model]
    match retrieved:
        case UnreadableModel(reason=reason):
            return UntouchedFile(result="failed", model=model, reason=reason)
        case NoSuchModel():
            return UntouchedFile(result="failed", model=model, reason="there is no such model")
        case RemoteText(text=text) if text.is_empty:
            return None
        case RemoteText(text=text) if there := newcomers.untracked.get(model):
            if there.is_same_as(text):
                return UntouchedFile(
                    result="unchanged", model=model, path=path, reason="there already: commit it"
                )
            return UntouchedFile(result="refused", model=model, path=path, reason=_OTHER)
        case RemoteText(text=text):
            return create_file(
                text, DescriptionFile(path, model, chosen.aliases, chosen.workspace.folder)
            )
        case _:
            assert_never(retrieved)


def still_done(journal: PullJournal, folder: DescriptionFolder) -> dict[str, PulledModel]:
    """What a pull that was cut off had done, where nobody has changed its file since."""
    return {
        model: entry
        for model, entry in journal.done.items()
        if entry.still_holds(folder.read(entry.path) if entry.path else None)
    }


async def write_new(  # noqa: PLR0913 - the flow is being reshaped
    session: Session,
    newcomers: NewModels,
    *,
    folder: DescriptionFolder,
    done: Mapping[str, PulledModel],
    journal: PullJournal,
    stop: Stop,
) -> AsyncGenerator[PullOutcome, None]:
    """What became of each newcomer, as it is written; ends early once the run is to stop.

    What is `done` is not asked for again, and what is done now is noted.
    """
    for model in newcomers.paths:
        if (entry := done.get(model)) and entry.path:
            reason = "pulled before: commit it"
            yield UntouchedFile(result="unchanged", model=model, path=entry.path, reason=reason)
    async with aclosing(receive(session, newcomers, done=done, stop=stop)) as arriving:
        async for model, arrived in arriving:
            file = write_outcome(folder, arrived) if arrived else None
            _note(journal, model, file=file)
            if file:
                yield file
    if not stop.is_set():
        journal.forget(newcomers.asked)


def _note(journal: PullJournal, model: str, *, file: PullOutcome | None) -> None:
    match file:
        case None:
            journal.note(model)
        case CreatedFile(path=path, data=data):
            journal.note(model, path, data=data)
        case _:
            pass
