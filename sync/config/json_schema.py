"""Render the JSON Schema of config.yaml, or of another section of YAML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic.json_schema import GenerateJsonSchema

from sync.config.names import NamesTable
from sync.config.section import read_key_docs
from sync.config.settings import Config

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core.core_schema import ModelSchema


class _SectionSchemaGenerator(GenerateJsonSchema):
    """A generator that adds the docs of keys, and leaves out titles: they would repeat the keys."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's signature
        return False

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        rendered = super().model_schema(schema)
        for key, about in read_key_docs(schema["cls"]).items():
            rendered["properties"][key].setdefault("description", about)
        return rendered


def render_config_schema() -> str:
    """Render the JSON Schema of config.yaml.

    A schema cannot say that `target` must be one of `targets`.
    """
    return render_model_schema(Config)


def render_names_schema() -> str:
    """Render the JSON Schema of names.yaml."""
    return render_model_schema(NamesTable)


def render_model_schema(model: type[BaseModel]) -> str:
    """Render the JSON Schema of a pydantic model."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(schema_generator=_SectionSchemaGenerator),
    }
    return json.dumps(schema, indent=2) + "\n"
