"""The stored models and assets, with plausible values for fields that a seed leaves out.

Field names and required fields are those of the API's reference. Unknown fields of an entry are
returned unchanged, because the API adds fields, too.
"""

from __future__ import annotations

from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic.alias_generators import to_camel

JsonObject: TypeAlias = dict[str, JsonValue]

DEFAULT_TIME = "2026-03-02T09:30:00.000Z"
DEFAULT_AUTHOR = "user_VFhihHKMRZyDDnZAJwLb2Q"

_REFERENCE_MODEL_FIELDS = {
    "id",
    "authorId",
    "name",
    "ownerId",
    "privacy",
    "shortDescription",
    "type",
}
_MINIMAL_MODEL_FIELDS = {"id", "name", "privacy", "type"}
_NON_REFERENCE_FIELDS = {
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
_PROPERTIES_OF_KIND: dict[str, JsonObject] = {
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


class StoredRecord(BaseModel):
    """The fields that models and assets share.

    If `owner_id` is None, the owner is the project that sends the request.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        defer_build=True,
        extra="allow",
        frozen=True,
        serialize_by_alias=True,
        validate_by_name=True,
    )

    id: str = Field(min_length=1)
    author_id: str = DEFAULT_AUTHOR
    collection_ids: tuple[str, ...] = ()
    created_at: str = DEFAULT_TIME
    owner_id: str | None = None
    privacy: str = "private"
    tags: tuple[str, ...] = ()
    updated_at: str = DEFAULT_TIME


class StoredModel(StoredRecord):
    """A stored model.

    Lists and bulk responses do not contain its description or prompt guide.
    """

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

    def to_json(self, owner: str) -> JsonObject:
        return {"ownerId": owner, **self.model_dump(mode="json", exclude_none=True)}

    def to_reference_json(self, owner: str) -> JsonObject:
        """Return the fields of a model that a description's `models` contain."""
        return _select_keys(self.to_json(owner), _REFERENCE_MODEL_FIELDS)

    def to_minimal_json(self, owner: str) -> JsonObject:
        return _select_keys(self.to_json(owner), _MINIMAL_MODEL_FIELDS)


class PictureReference(BaseModel):
    """The preview or thumbnail of an asset, by asset id; its URL is signed per response."""

    model_config = ConfigDict(
        alias_generator=to_camel, defer_build=True, frozen=True, serialize_by_alias=True
    )

    asset_id: str


class StoredAsset(StoredRecord):
    """A stored asset; a missing kind follows from the MIME type, and the other way round."""

    edit_capabilities: tuple[str, ...] = ()
    kind: str
    metadata: dict[str, JsonValue]
    mime_type: str
    original_mime_type: str | None = None
    preview: PictureReference | None = None
    properties: dict[str, JsonValue]
    source: str
    status: str = "success"
    thumbnail: PictureReference

    @model_validator(mode="before")
    @classmethod
    def _fill_defaults(cls, entry: object) -> object:
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
            filled["properties"] = _get_default_properties(str(kind)) | filled["properties"]
        return filled

    def to_json(self, owner: str) -> JsonObject:
        """Return the fields of a bulk response, without the URLs."""
        return {"ownerId": owner, **self.model_dump(mode="json", exclude_none=True)}

    def to_reference_json(self, owner: str) -> JsonObject:
        """Return the fields of an asset that a description's `assets` contain, without the URLs."""
        shown = self.model_dump(mode="json", exclude_none=True, exclude=_NON_REFERENCE_FIELDS)
        return {"ownerId": owner, **shown}


def _get_default_properties(kind: str) -> JsonObject:
    return _PROPERTIES_OF_KIND.get(kind, {"size": 65_536})


def _select_keys(answer: JsonObject, keys: set[str]) -> JsonObject:
    return {key: value for key, value in answer.items() if key in keys}
