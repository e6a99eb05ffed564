"""Find a model by its name, and suggest a model for a word that is not an id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.descriptions.file_names import fold_name
from sync.errors import find_closest_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.decisions.map import RemoteModel

_MAX_NAMED_MODELS = 5


def find_models_by_name(name: str, models: Iterable[RemoteModel]) -> list[RemoteModel]:
    """Return the models of that name; several models can have the same one."""
    folded = fold_name(name)
    return [model for model in models if folded and fold_name(model.name) == folded]


def suggest_model(word: str, models: Sequence[RemoteModel]) -> str:
    """Return a sentence that names the models that the word may mean; "" if none is close."""
    if named := find_models_by_name(word, models):
        return f"The id of the model with this name is {list_model_ids(named)}."
    labels = {model.name: f"{model.name} ({model.id})" for model in models if model.name}
    labels |= {model.id: model.id for model in models}
    near = find_closest_word(word, labels)
    return f"Did you mean {labels[near]}?" if near else ""


def list_model_ids(models: Sequence[RemoteModel]) -> str:
    """List the ids of a few models, joined by "or"."""
    named = [model.id for model in models[:_MAX_NAMED_MODELS]]
    more = len(models) - len(named)
    return " or ".join([*named, *([f"one of {more} more"] if more else [])])
