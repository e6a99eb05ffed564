"""The JSON Schemas of what people write: config.yaml, and the front matter of a description."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic.json_schema import GenerateJsonSchema

from sync.config.settings import Config

if TYPE_CHECKING:
    from pydantic import BaseModel


class _SchemaWithoutTitles(GenerateJsonSchema):
    """Without titles, which would only say the keys' names once more."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def render_config_schema() -> str:
    """What the program accepts as config.yaml, as far as a schema can tell.

    The program alone knows whether `target` is one of `targets`.
    """
    return render_model_schema(Config)


def render_model_schema(model: type[BaseModel]) -> str:
    """Render the JSON Schema of a pydantic model."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(schema_generator=_SchemaWithoutTitles),
    }
    return json.dumps(schema, indent=2) + "\n"
