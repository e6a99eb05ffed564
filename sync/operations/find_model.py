"""Find the model that a command line argument means: an id, a file, or a name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sync.decisions.find_model import suggest_model
from sync.decisions.map import RemoteModel
from sync.descriptions.document import read_document
from sync.errors import MissingModelError, ScenarioError, UsageError
from sync.model.document import Document, InvalidFile
from sync.workspace.named_file import read_named_file
from sync.workspace.path_arguments import suggest_path

if TYPE_CHECKING:
    from sync.scenario import Model, Scenario
    from sync.workspace.workspace import Target


_CHECK_PROJECT = "Check project_id and base_url, too."
_ID_HINT = f"MODEL is an id, a file, or a name in config.yaml. {_CHECK_PROJECT}"
_NAME_HINT = (
    "`description-sync status --undocumented` lists the models without a description. "
    f"{_CHECK_PROJECT}"
)


async def list_remote_models(scenario: Scenario) -> list[RemoteModel]:
    """List the project's own models. Raises RequestError."""
    return [make_remote_model(model) async for model in scenario.list_project_models()]


def make_remote_model(model: Model) -> RemoteModel:
    """Take from a record of Scenario what identifies the model."""
    return RemoteModel(model.id, model.name or "", model.type or "")


def choose_model_id(target: Target, word: str) -> str:
    """Return the id of the model that a file, or a name in the target's `models`, stands for.

    Any other word is returned as the id itself. Raises UsageError for a file that names no model.
    """
    if word in target.aliases.models:
        return target.aliases.models[word]
    folder = target.workspace.repository.root / target.workspace.folder
    file = next((file for base in (Path.cwd(), folder) if (file := base / word).is_file()), None)
    if file:
        return _read_model_id(target, file, word)
    if word.endswith(".md"):
        raise UsageError(
            f"{word} does not exist{suggest_path(word, folder)}",
            hint="Give a file, or the id of a model.",
        )
    return word


def _read_model_id(target: Target, file: Path, word: str) -> str:
    data = read_named_file(file)
    match read_document(file.name, data, target.aliases, folder=file.parent.name):
        case Document(model=model) | InvalidFile(model=model) if model:
            return model
        case InvalidFile(faults=faults):
            raise UsageError("\n".join(map(str, faults)))
        case _:
            raise UsageError(
                f"{word} is not for the target {target.name}", hint="Name another with --target."
            )


async def make_missing_model_error(
    scenario: Scenario, word: str, *, is_name: bool = False
) -> MissingModelError:
    """Make the error for a word that is not a model id, with the models that it may mean.

    `is_name` says that the word is not the name of a model, either.
    """
    what = f'name or the id "{word}"' if is_name else f"id {word}"
    message = f"Scenario has no model with the {what}"
    hint = _NAME_HINT if is_name else _ID_HINT
    try:
        models = await list_remote_models(scenario)
    except ScenarioError:
        return MissingModelError(message, hint=hint)
    suggestion = suggest_model(word, models)
    return MissingModelError(message, hint=suggestion or hint)
