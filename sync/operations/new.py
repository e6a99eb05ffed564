"""Create the file of one model without a file; find the model by its name or id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.decisions.find_model import find_models_by_name, list_model_ids
from sync.decisions.pull import CreatedFile, create_file
from sync.descriptions.rewrite import DescriptionFile
from sync.errors import SyncError, UsageError
from sync.model.remote_text import NoSuchModel, UnreadableModel
from sync.model.text import Text
from sync.operations.find_model import (
    list_remote_models,
    make_missing_model_error,
    make_remote_model,
)
from sync.operations.pull.new_models import find_new_models, map_models_to_paths
from sync.operations.pull.pull import read_untracked_files
from sync.operations.selection import Selection
from sync.operations.sessions import open_session
from sync.operations.sources.files import read_files
from sync.workspace.folder import DescriptionFolder, write_outcome

if TYPE_CHECKING:
    from sync.decisions.map import RemoteModel
    from sync.operations.events import Events
    from sync.operations.sessions import Session
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class NewFile:
    """The file that was made, relative to the working tree; `has_text` if Scenario had a text."""

    path: str
    model: RemoteModel
    has_text: bool


async def make_new_file(target: Target, word: str, *, events: Events) -> NewFile:
    """Create the file of the model with this name or id, with the text that Scenario has.

    A model without a text gets a heading and a line to replace. Raises MissingModelError,
    UsageError if the name is that of several models or if there is a file already, SyncError.
    """
    async with open_session(target, events=events) as session:
        model = await _find_model(session, word)
        path = await _choose_path(session, model)
        match await session.scenario.retrieve(model.id):
            case NoSuchModel():
                raise await make_missing_model_error(session.scenario, model.id)
            case UnreadableModel(reason=reason):
                raise SyncError(f"{model.id} could not be read: {reason}")
            case remote:
                text = remote.text
    body = Text(_START.format(name=model.name or model.id)) if text.is_empty else text
    _write_file(target, path, model=model, body=body)
    return NewFile(f"{target.workspace.folder}/{path}", model, has_text=not text.is_empty)


# `check` finds the marker, so that nobody deploys this line by mistake.
_START = "# {name}\n\nTODO: say what this model is for.\n"


async def _find_model(session: Session, word: str) -> RemoteModel:
    word = session.target.aliases.get_model_id(word)
    models = await list_remote_models(session.scenario)
    same_id = [model for model in models if model.id == word]
    match same_id or find_models_by_name(word, models):
        case [model]:
            return model
        case []:
            pass
        case several:
            raise UsageError(
                f'several models are called "{word}": {list_model_ids(several)}',
                hint="Give the id of one.",
            )
    # An unlisted model is in no list, but can be read by its id.
    found = (await session.scenario.get_model_summaries([word])).get(word)
    if found is None:
        raise await make_missing_model_error(session.scenario, word, is_name=True)
    return make_remote_model(found)


async def _choose_path(session: Session, model: RemoteModel) -> str:
    """Choose a free path for the model's file. Raises UsageError if it has a file."""
    workspace = session.target.workspace
    folder = DescriptionFolder(workspace.repository.root, workspace.folder)
    files = read_files(workspace, Selection(unmanaged=True))
    untracked = read_untracked_files(workspace, folder)
    present = map_models_to_paths(session.target, {**untracked, **files.contents})
    if model.id in present:
        path = f"{workspace.folder}/{present[model.id]}"
        raise UsageError(
            f"{path} already describes {model.id}",
            hint="Edit that file." if present[model.id] in files.contents else f"git add {path}",
        )
    new = await find_new_models(
        session,
        files,
        named_models=frozenset({model.id}),
        untracked=untracked,
        used_names=folder.list_entries(),
    )
    if model.id not in new.paths:
        raise UsageError(
            f"every file name for {model.id} is excluded by config.yaml, or ignored by git",
            hint="See `exclude` and .gitignore.",
        )
    return new.paths[model.id]


def _write_file(target: Target, path: str, *, model: RemoteModel, body: Text) -> None:
    workspace = target.workspace
    place = DescriptionFile(path, model.id, target.aliases, workspace.folder)
    folder = DescriptionFolder(workspace.repository.root, workspace.folder)
    outcome = write_outcome(folder, create_file(body, place))
    if not isinstance(outcome, CreatedFile):
        raise SyncError(f"{workspace.folder}/{path} was not made: {outcome.reason}")
