"""The published JSON Schemas of the JSON reports, made from the document classes."""

from __future__ import annotations

import json
from typing import Literal, TypeAlias

from sync.reports.formats.json import PlanDocument, RunDocument

DocumentKind: TypeAlias = Literal["plan", "apply"]

_DOCUMENT_CLASSES: dict[DocumentKind, type[PlanDocument | RunDocument]] = {
    "plan": PlanDocument,
    "apply": RunDocument,
}
DOCUMENT_KINDS = tuple(_DOCUMENT_CLASSES)
_BASE_URL = (
    "https://raw.githubusercontent.com/scenario-labs/description-sync/main/sync/reports/schema"
)


def render_report_schema(kind: DocumentKind) -> str:
    """Render the schema of a kind of document; the file `KIND.json` in this folder is the same."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{_BASE_URL}/{kind}.json",
        **_DOCUMENT_CLASSES[kind].model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2) + "\n"
