"""The text that Scenario has for a model, or the reason why it could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from sync.model.document import ReferenceTarget
    from sync.model.text import Text


@dataclass(frozen=True, slots=True)
class RemoteText:
    """The text that Scenario has for a model; an empty text if the model has no description.

    `unresolved` are its references that Scenario did not resolve, as far as the answer lists them.
    `is_denied` means that the answer had no text at all (404, null or no value), not an empty one.
    """

    text: Text
    unresolved: tuple[ReferenceTarget, ...] = ()
    is_denied: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class NoSuchModel:
    """Scenario has no such model, or does not show it to this key."""


@dataclass(frozen=True, slots=True)
class UnreadableModel:
    """The model could not be read; `reason` is a sentence for the user."""

    reason: str


RemoteState: TypeAlias = RemoteText | NoSuchModel | UnreadableModel
