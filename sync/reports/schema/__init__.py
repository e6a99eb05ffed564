"""The published JSON Schemas of the JSON reports, made from the document classes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, get_args

from pydantic.json_schema import GenerateJsonSchema

from sync.reports.documents import DocumentKind
from sync.reports.documents.targets import FailureDocument, TargetDocument, TargetsDocument

if TYPE_CHECKING:
    from pydantic_core.core_schema import DataclassField, ModelField, TypedDictField

    from sync.reports.documents.base import JsonDocument

_DOCUMENT_CLASSES: dict[DocumentKind, type[JsonDocument]] = {
    document.model_fields["kind"].default: document
    for document in (*get_args(TargetDocument), TargetsDocument, FailureDocument)
}
DOCUMENT_KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)
_SCHEMA_ID = "urn:description-sync:schema:{kind}"


class _GenerateSchema(GenerateJsonSchema):
    """A generator that requires every field, because documents have them all.

    The setting of pydantic for this misses dataclasses, depending on what was built before.
    """

    def field_is_required(
        self,
        field: ModelField | DataclassField | TypedDictField,
        total: bool,  # noqa: FBT001 - pydantic calls it by position
    ) -> bool:
        del total
        return not field.get("serialization_exclude")


def render_report_schema(kind: DocumentKind) -> str:
    """Render the schema of a kind of document; the file `KIND.json` in this folder is the same."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _SCHEMA_ID.format(kind=kind),
        **_DOCUMENT_CLASSES[kind].model_json_schema(
            mode="serialization", schema_generator=_GenerateSchema
        ),
    }
    return json.dumps(schema, indent=2) + "\n"
