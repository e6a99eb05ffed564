"""Find the models of a project that have no description."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.model.remote_text import RemoteText, UnreadableModel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.decisions.map import RemoteModel
    from sync.model.remote_text import RemoteState
    from sync.model.target_identity import TargetIdentity


@dataclass(frozen=True, slots=True)
class UndocumentedModel:
    """A model without a description in Scenario; `path` is that of its file, if it has one."""

    model: RemoteModel
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentationStatus:
    """The number of a project's models with a description, and the models without one.

    `unreadable` are the ids of models that could not be read.
    """

    target: TargetIdentity
    described: int
    total: int
    undocumented: tuple[UndocumentedModel, ...]
    unreadable: tuple[str, ...] = ()


def find_undocumented(
    target: TargetIdentity,
    models: Sequence[RemoteModel],
    *,
    remote: Mapping[str, RemoteState],
    paths: Mapping[str, str],
) -> DocumentationStatus:
    """Find the models without a text; `paths` are the files by model."""
    states = {model.id: remote[model.id] for model in models}
    described = {
        id_
        for id_, state in states.items()
        if isinstance(state, RemoteText) and not state.text.is_empty
    }
    unreadable = [id_ for id_, state in states.items() if isinstance(state, UnreadableModel)]
    without = [model for model in models if model.id not in {*described, *unreadable}]
    return DocumentationStatus(
        target=target,
        described=len(described),
        total=len(models),
        undocumented=tuple(
            UndocumentedModel(model, paths.get(model.id))
            for model in sorted(without, key=lambda model: (model.name.casefold(), model.id))
        ),
        unreadable=tuple(sorted(unreadable)),
    )
