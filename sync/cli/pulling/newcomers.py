"""Models that have a description and no file: which they are, their file names, their texts."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, assert_never

from sync.adopt import LeftAlone, created
from sync.documents import read_document
from sync.errors import UsageError
from sync.filing import Place
from sync.model import Document, Held, InvalidFile, NoSuchModel, Text, Unreadable
from sync.names import Named, file_names

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Container, Iterable, Mapping

    from sync.adopt import Adopted
    from sync.cli.interrupts import Stop
    from sync.cli.targets import Session
    from sync.cli.workspace import Chosen
    from sync.intent import Files
    from sync.model import Retrieved

_NO_NAME = (
    "every name for its file is excluded by config.yaml, or ignored by git: "
    "see `exclude` and .gitignore"
)
_ROUNDS = 3  # in which names are chosen again, as git ignores the ones chosen
_OTHER = "git does not track it, and it says something else: commit it or move it, then pull again"


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Models without a tracked file, with the path for each.

    `asked` are those that were asked for, or none where all were; `untracked` are the texts of
    files that git does not track, by model; the paths are theirs.
    """

    paths: Mapping[str, str]
    asked: frozenset[str] = frozenset()
    nameless: tuple[str, ...] = ()
    untracked: Mapping[str, Text] = field(default_factory=dict)


def described(chosen: Chosen, contents: Mapping[str, bytes]) -> dict[str, str]:
    """The models that files are about, valid or not, each with the path of one."""
    found = {}
    for path, data in contents.items():
        match read_document(path, data, chosen.naming, folder=chosen.workspace.folder):
            case Document(model=model) | InvalidFile(model=model) if model:
                found[model] = path
            case _:
                pass
    return found


async def find_newcomers(
    session: Session,
    files: Files,
    *,
    asked: frozenset[str],
    untracked: Mapping[str, bytes],
    entries: Iterable[str],
) -> Newcomers:
    """The project's models that no tracked file is about, or those `asked` for among them.

    `entries` are the names that are taken in the folder, beside those of its files. Raises
    RequestError, and UsageError where git would not look at new files.
    """
    chosen = session.chosen
    _check_folder(chosen)
    managed = described(chosen, files.contents)
    named = {m: name for m, name in (await _names(session, asked)).items() if m not in managed}
    texts = _texts(chosen, untracked)
    taken = {*files.contents, *untracked, *entries}
    paths = _former_paths(chosen, files, models=named.keys(), taken=taken)
    paths |= {model: path for model, (path, _) in texts.items() if model in named}
    nameless = {model: name for model, name in named.items() if model not in paths}
    paths |= _new_names(chosen, nameless, taken={*taken, *paths.values()})
    return Newcomers(
        paths,
        asked,
        tuple(sorted(named.keys() - paths.keys())),
        {model: text for model, (_, text) in texts.items() if model in paths},
    )


def _former_paths(
    chosen: Chosen, files: Files, *, models: Container[str], taken: Container[str]
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
    chosen: Chosen, names: Mapping[str, str | None], *, taken: Iterable[str]
) -> dict[str, str]:
    aliases = {id_: name for name, id_ in sorted(chosen.naming.models.items(), reverse=True)}
    models = [Named(model, name, aliases.get(model)) for model, name in names.items()]
    occupied, ignored, found = {*taken}, set[str](), dict[str, str]()
    for _ in range(_ROUNDS):
        occupied |= ignored
        found = file_names(models, taken=occupied, counts=chosen.workspace.rules.count)
        ignored = _ignored(chosen, found.values())
        if not ignored:
            break
    return {model: path for model, path in found.items() if path not in ignored}


def _ignored(chosen: Chosen, paths: Iterable[str]) -> set[str]:
    """Those of the paths in the folder at which git would see no file."""
    workspace = chosen.workspace
    places = {(PurePosixPath(workspace.folder) / path).as_posix(): path for path in paths}
    return {places[place] for place in workspace.repository.ignored(places)} if places else set()


def _check_folder(chosen: Chosen) -> None:
    folder = f"{chosen.workspace.folder}/"
    if chosen.workspace.repository.ignored([folder]):
        raise UsageError(
            f"git ignores {folder}, so that it would never track the files",
            hint=f"`git check-ignore --verbose {folder}` says by which line of which .gitignore; "
            "take it out.",
        )


async def _names(session: Session, asked: frozenset[str]) -> dict[str, str | None]:
    """The models that there are, or those asked for, with their names."""
    if not asked:
        return {model.id: model.name async for model in session.scenario.list_models()}
    found = await session.scenario.models(asked)
    return {id_: found[id_].name if id_ in found else None for id_ in asked}


def _texts(chosen: Chosen, contents: Mapping[str, bytes]) -> dict[str, tuple[str, Text]]:
    """What files say, by model, each with its path."""
    found: dict[str, tuple[str, Text]] = {}
    for path, data in sorted(contents.items()):
        document = read_document(path, data, chosen.naming, folder=chosen.workspace.folder)
        if isinstance(document, Document):
            found.setdefault(document.model, (path, document.text))
    return found


async def receive(
    session: Session,
    newcomers: Newcomers,
    *,
    done: Container[str] = (),
    stop: Stop | None = None,
) -> AsyncGenerator[tuple[str, Adopted | None], None]:
    """What becomes of each newcomer, as its text comes; None of one without a description.

    Those that are `done` already are not asked for, nor any more once it is to `stop`: then what
    is under way is finished. Raises PointlessError.
    """
    for model in newcomers.nameless:
        yield model, LeftAlone(result="refused", model=model, reason=_NO_NAME)
    models = [model for model in newcomers.paths if model not in done]
    asked_for = takewhile(lambda _: not (stop and stop.is_set()), models)
    with session.track.step(f"{session.name}: reading", len(models)):
        async with aclosing(session.scenario.retrieve_all(asked_for)) as answers:
            async for model, retrieved in answers:
                yield model, _newcomer(session.chosen, model, retrieved, newcomers=newcomers)
                session.track.advance()


def _newcomer(
    chosen: Chosen, model: str, retrieved: Retrieved, *, newcomers: Newcomers
) -> Adopted | None:
    path = newcomers.paths[model]
    match retrieved:
        case Unreadable(reason=reason):
            return LeftAlone(result="failed", model=model, reason=reason)
        case NoSuchModel():
            return LeftAlone(result="failed", model=model, reason="there is no such model")
        case Held(text=text) if text.is_empty:
            return None
        case Held(text=text) if there := newcomers.untracked.get(model):
            if there.same_as(text):
                return LeftAlone(
                    result="unchanged", model=model, path=path, reason="there already: commit it"
                )
            return LeftAlone(result="refused", model=model, path=path, reason=_OTHER)
        case Held(text=text):
            return created(text, Place(path, model, chosen.naming, chosen.workspace.folder))
        case _:
            assert_never(retrieved)
