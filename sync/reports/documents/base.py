"""The base of every JSON document."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

FORMAT_VERSION: Literal[1] = 1


class JsonPart(BaseModel):
    """A part of a document; a published schema describes each of its fields."""

    model_config = ConfigDict(
        defer_build=True,
        extra="forbid",
        frozen=True,
    )

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Copy the attributes of a value that are called as the fields are."""
        return cls.model_validate(value, from_attributes=True)


class JsonDocument(JsonPart):
    """A document: its format's version, its kind, and the fields of the kind."""

    version: Literal[1] = FORMAT_VERSION
    kind: str
