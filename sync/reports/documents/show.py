"""The document of what Scenario holds for one model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import JsonValue

from sync.model.document import ReferenceKind
from sync.model.target_identity import TargetIdentity
from sync.reports.documents.base import JsonDocument, JsonPart

if TYPE_CHECKING:
    from sync.decisions.show import ShownDescription


class UnresolvedReference(JsonPart):
    """A reference of the text that Scenario did not resolve."""

    kind: ReferenceKind
    id: str


class ShowDocument(JsonDocument):
    """The description of a model; `text` is null if it has none.

    `assets` and `models` are what Scenario resolved from the tags, with every field of its answer
    by the names of the API; URLs are among them only if `has_urls`. If `original_assets`, the files
    were asked for in their original format. `odd_records` counts records without an id.
    """

    kind: Literal["show"] = "show"
    target: TargetIdentity
    model: str
    text: str | None
    assets: list[dict[str, JsonValue]]
    models: list[dict[str, JsonValue]]
    unresolved: list[UnresolvedReference]
    original_assets: bool
    has_urls: bool
    odd_records: int

    @classmethod
    def from_shown(cls, shown: ShownDescription) -> Self:
        return cls(
            target=shown.target,
            model=shown.model,
            text=shown.value,
            assets=[dict(record) for record in shown.assets],
            models=[dict(record) for record in shown.models],
            unresolved=[UnresolvedReference.from_value(each) for each in shown.unresolved],
            original_assets=shown.original_assets,
            has_urls=shown.has_urls,
            odd_records=shown.odd_records,
        )
