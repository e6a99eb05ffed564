"""The document of the models that have no description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from sync.model.target_identity import TargetIdentity
from sync.reports.documents.base import JsonDocument, JsonPart

if TYPE_CHECKING:
    from sync.decisions.undocumented import DocumentationStatus


class UndocumentedPart(JsonPart):
    """A model without a description; `path` is that of its file, null if it has none."""

    id: str
    name: str
    type: str
    path: str | None


class UndocumentedDocument(JsonDocument):
    """How many of the project's models have a description, and which have none.

    `unreadable` are the ids of models of which that is not known.
    """

    kind: Literal["undocumented"] = "undocumented"
    target: TargetIdentity
    described: int
    total: int
    models: list[UndocumentedPart]
    unreadable: list[str]

    @classmethod
    def from_status(cls, status: DocumentationStatus) -> Self:
        return cls(
            target=status.target,
            described=status.described,
            total=status.total,
            models=[
                UndocumentedPart(
                    id=each.model.id, name=each.model.name, type=each.model.type, path=each.path
                )
                for each in status.undocumented
            ],
            unreadable=[*status.unreadable],
        )
