"""Find a model by its name, and suggest a model for a word that is not an id."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.descriptions.file_names import fold_name
from sync.errors import find_closest_word
from sync.model import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.decisions.map import RemoteModel
    from sync.model import Change, Plan

_MAX_NAMED_MODELS = 5
_MAX_SUGGESTIONS = 100  # each compares a word with the names of all models


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


def explain_missing_models(plan: Plan, models: Sequence[RemoteModel]) -> Plan:
    """Add to each missing model a note that names the model that may be meant."""
    missing = [change for change in plan.changes if isinstance(change, Missing)]
    notes = {
        change.model: suggest_model(change.model, models) for change in missing[:_MAX_SUGGESTIONS]
    }
    return replace(plan, changes=tuple(_add_note(change, notes) for change in plan.changes))


def _add_note(change: Change, notes: Mapping[str, str]) -> Change:
    note = notes.get(change.model)
    if not (note and isinstance(change, Missing)):
        return change
    return replace(change, notes=(*change.notes, note))


def list_model_ids(models: Sequence[RemoteModel]) -> str:
    """List the ids of a few models, joined by "or"."""
    named = [model.id for model in models[:_MAX_NAMED_MODELS]]
    more = len(models) - len(named)
    return " or ".join([*named, *([f"one of {more} more"] if more else [])])
