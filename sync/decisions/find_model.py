"""Find models by name, and suggest models for a word that is not an id."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.descriptions.new_file_names import fold_name
from sync.errors import find_closest_word
from sync.model.changes import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.decisions.map import RemoteModel
    from sync.descriptions.aliases import Aliases
    from sync.model.changes import Change
    from sync.model.plan import Plan

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


def explain_missing_models(plan: Plan, models: Sequence[RemoteModel], aliases: Aliases) -> Plan:
    """Add to each missing model a note that names the model that may be meant.

    For an id of another target, this is the model with the same name in this target.
    """
    missing = [change.model for change in plan.changes if isinstance(change, Missing)]
    notes = {model: note for model in missing if (note := _describe_name(model, aliases))}
    guessed = [model for model in missing if model not in notes][:_MAX_SUGGESTIONS]
    notes |= {model: suggest_model(model, models) for model in guessed}
    changes = (_explain_missing(change, notes, aliases) for change in plan.changes)
    return replace(plan, changes=tuple(changes))


def _describe_name(model: str, aliases: Aliases) -> str:
    """Describe the name that another target gives to the model; "" if there is none."""
    if ("model", model) in aliases.names_elsewhere:
        return f"This is a name, and {aliases.target} has no id for it."
    if model not in aliases.models_elsewhere:
        return ""
    other, name = aliases.models_elsewhere[model]
    own = aliases.models.get(name)
    here = f"in {aliases.target} that is {own}" if own else f"{aliases.target} has no id for it"
    return f"This id is {name} of {other}; {here}."


def _explain_missing(change: Change, notes: Mapping[str, str], aliases: Aliases) -> Change:
    note = notes.get(change.model)
    if not (note and isinstance(change, Missing)):
        return change
    other = aliases.models_elsewhere.get(change.model)
    return replace(change, notes=(*change.notes, note), named_in=other[0] if other else None)


def list_model_ids(models: Sequence[RemoteModel]) -> str:
    """List the ids of a few models, joined by "or"."""
    named = [model.id for model in models[:_MAX_NAMED_MODELS]]
    more = len(models) - len(named)
    return " or ".join([*named, *([f"one of {more} more"] if more else [])])
