"""The published JSON Schemas of the JSON reports, as the documents themselves give them."""

from __future__ import annotations

import json
from typing import Literal, TypeAlias

from sync.reports.json import PlanDocument, RunDocument

Kind: TypeAlias = Literal["plan", "apply"]

_DOCUMENTS: dict[Kind, type[PlanDocument | RunDocument]] = {
    "plan": PlanDocument,
    "apply": RunDocument,
}
KINDS = tuple(_DOCUMENTS)
_HOME = "https://raw.githubusercontent.com/scenario-labs/description-sync/main/sync/reports/schema"


def report_schema(kind: Kind) -> str:
    """The schema of the documents of this kind; `KIND.json` beside this module holds the same."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{_HOME}/{kind}.json",
        **_DOCUMENTS[kind].model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2) + "\n"
