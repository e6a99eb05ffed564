"""Models and assets as the API shows them, with a plausible value for all that a seed leaves out.

Field names and required fields are those of the API's reference; whatever else an entry says is
answered as it stands, since the API grows too.
"""

from __future__ import annotations

from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic.alias_generators import to_camel

Answer: TypeAlias = dict[str, JsonValue]

BORN = "2026-03-02T09:30:00.000Z"
AUTHOR = "user_VFhihHKMRZyDDnZAJwLb2Q"

_DESCRIBED_MODEL = {"id", "authorId", "name", "ownerId", "privacy", "shortDescription", "type"}
_MINIMAL_MODEL = {"id", "name", "privacy", "type"}
_NOT_IN_DESCRIPTIONS = {
    "collection_ids",
    "created_at",
    "edit_capabilities",
    "metadata",
    "status",
    "tags",
    "updated_at",
}

_KIND_OF_MIME = {
    "audio": "audio",
    "image": "image",
    "model": "3d",
    "text": "text",
    "video": "video",
}
_MIME_OF_KIND = {
    "3d": "model/gltf-binary",
    "audio": "audio/mpeg",
    "document": "application/pdf",
    "image": "image/png",
    "image-hdr": "image/x-exr",
    "json": "application/json",
    "text": "text/plain",
    "video": "video/mp4",
}
_SOURCE_OF_KIND = {
    "3d": "uploaded-3d",
    "audio": "uploaded-audio",
    "text": "uploaded-text",
    "video": "uploaded-video",
}
_PROPERTIES_OF_KIND: dict[str, Answer] = {
    "3d": {
        "size": 4_812_004,
        "format": "glb",
        "faceCount": 18_420,
        "vertexCount": 9_655,
        "dimensions": [1.2, 1.8, 0.9],
        "hasAnimations": False,
        "hasNormals": True,
        "hasSkeleton": False,
        "hasUVs": True,
    },
    "audio": {
        "size": 482_310,
        "bitrate": 192_000,
        "channels": 2,
        "classification": "effect",
        "codecName": "mp3",
        "duration": 20.1,
        "sampleRate": 44_100,
    },
    "image": {"size": 1_482_113, "width": 1024, "height": 1024},
    "image-hdr": {"size": 25_165_824, "width": 4096, "height": 2048},
    "text": {
        "size": 21,
        "charCount": 21,
        "hasFullPreview": True,
        "preview": "A text of the studio.",
        "wordCount": 5,
    },
    "video": {
        "size": 9_204_551,
        "bitrate": 6_400_000,
        "codecName": "h264",
        "duration": 8,
        "frameRate": 24,
        "height": 1080,
        "nbFrames": 192,
        "width": 1920,
    },
}


class Shape(BaseModel):
    """What models and assets have in common; an unset owner is the project that asks."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        defer_build=True,
        extra="allow",
        frozen=True,
        serialize_by_alias=True,
        validate_by_name=True,
    )

    id: str = Field(min_length=1)
    author_id: str = AUTHOR
    collection_ids: tuple[str, ...] = ()
    created_at: str = BORN
    owner_id: str | None = None
    privacy: str = "private"
    tags: tuple[str, ...] = ()
    updated_at: str = BORN


class Model(Shape):
    """A model; its description and prompt guide are never part of what lists and bulks answer."""

    capabilities: tuple[str, ...] = ("txt2img",)
    custom: bool = False
    example_asset_ids: tuple[str, ...] = ()
    name: str | None = None
    short_description: str | None = None
    source: str = "scenario"
    status: str = "trained"
    training_images_number: int = 20
    type: str = "flux.1-lora"
    description: str | None = Field(default=None, exclude=True)
    prompt_guide: str | None = Field(default=None, exclude=True)

    def as_answer(self, owner: str) -> Answer:
        return {"ownerId": owner, **self.model_dump(mode="json", exclude_none=True)}

    def as_reference(self, owner: str) -> Answer:
        """The fields that a description shows of a model that it mentions."""
        return _only(self.as_answer(owner), _DESCRIBED_MODEL)

    def as_minimal(self, owner: str) -> Answer:
        return _only(self.as_answer(owner), _MINIMAL_MODEL)


class Picture(BaseModel):
    """The asset that stands for another one; its URL is signed anew for each answer."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, serialize_by_alias=True)

    asset_id: str


class Asset(Shape):
    """An asset; the kind follows from the MIME type, the MIME type from the kind."""

    edit_capabilities: tuple[str, ...] = ()
    kind: str
    metadata: dict[str, JsonValue]
    mime_type: str
    original_mime_type: str | None = None
    preview: Picture | None = None
    properties: dict[str, JsonValue]
    source: str
    status: str = "success"
    thumbnail: Picture

    @model_validator(mode="before")
    @classmethod
    def _plausible(cls, entry: object) -> object:
        if not isinstance(entry, dict):
            return entry
        family = str(entry.get("mimeType", "image")).partition("/")[0]
        kind = entry.get("kind", _KIND_OF_MIME.get(family, "document"))
        source = entry.get("source", _SOURCE_OF_KIND.get(str(kind), "uploaded"))
        defaults = {
            "kind": kind,
            "metadata": {"kind": kind, "type": "unknown"},
            "mimeType": _MIME_OF_KIND.get(str(kind), "application/octet-stream"),
            "properties": {},
            "source": source,
            "thumbnail": {"assetId": entry.get("id")},
        }
        filled = defaults | entry
        if isinstance(filled["properties"], dict):
            filled["properties"] = _properties(str(kind)) | filled["properties"]
        return filled

    def as_answer(self, owner: str) -> Answer:
        """All that the bulk call answers, but for the URLs."""
        return {"ownerId": owner, **self.model_dump(mode="json", exclude_none=True)}

    def as_reference(self, owner: str) -> Answer:
        """The fields that a description shows of an asset that it mentions, but for the URLs."""
        shown = self.model_dump(mode="json", exclude_none=True, exclude=_NOT_IN_DESCRIPTIONS)
        return {"ownerId": owner, **shown}


def _properties(kind: str) -> Answer:
    return _PROPERTIES_OF_KIND.get(kind, {"size": 65_536})


def _only(answer: Answer, keys: set[str]) -> Answer:
    return {key: value for key, value in answer.items() if key in keys}
