"""The objects of the API, as far as they are understood.

Source: the reference page of the two description endpoints, and further fields that the official
client 2.4 knows. The live service does not keep its contract: recordings lack fields that it
requires, and have objects where it says string. So only the id of a record is required here. A
field that is absent, null or of another type is None, a value of an enum is any string, and fields
that are not on this page are kept as they came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from collections.abc import Mapping


class ApiObject(BaseModel):
    """An object of the API; its keys are camelCase in JSON and snake_case here."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        defer_build=True,  # most runs read texts only
        validate_by_name=False,
        extra="allow",
        frozen=True,
        hide_input_in_errors=True,
        cache_strings="none",  # a third faster, because signed URLs and ids hardly ever repeat
    )

    @field_validator("*", mode="wrap")
    @classmethod
    def _drop_misunderstood(
        cls, value: object, validate: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        """Replace a value that is not understood by None, unless the field is required."""
        try:
            return validate(value)
        except ValidationError:
            if cls.model_fields[info.field_name or ""].is_required():
                raise
            return None

    @property
    def unlisted_fields(self) -> Mapping[str, JsonValue]:
        """Return the fields that this module does not list, by their names in JSON."""
        return self.model_extra or {}


class CameraKeyframe(ApiObject):
    """Position and target of the camera of a Gaussian splat; `fov` is vertical, in degrees."""

    position: tuple[float, ...] | None = None
    target: tuple[float, ...] | None = None
    fov: float | None = None


class Transcription(ApiObject):
    """The transcript of an audio asset."""

    text: str | None = None


class AssetFile(ApiObject):
    """A preview or thumbnail; its `url` is signed."""

    asset_id: str | None = None
    url: str | None = Field(default=None, repr=False)


class AssetProperties(ApiObject):
    """The properties of an asset's content; which fields are set depends on the kind."""

    size: float | None = None  # bytes
    animation_frame_count: float | None = None
    bitrate: float | None = None  # bits per second
    bone_count: float | None = None
    camera_mode: str | None = None  # aerial, interior, turntable
    camera_trajectory: tuple[CameraKeyframe, ...] | None = None
    channels: float | None = None
    char_count: float | None = None  # Unicode code points
    classification: str | None = None  # effect, interview, music, other, sound, speech, text
    codec_name: str | None = None
    description: str | None = None
    dimensions: tuple[float, ...] | None = None  # bounding box: width, height, depth
    duration: float | None = None  # seconds
    face_count: float | None = None
    format: str | None = None
    frame_rate: float | None = None  # frames per second
    has_animations: bool | None = None
    has_full_preview: bool | None = None  # if true, `preview` is the complete content
    has_normals: bool | None = None
    has_skeleton: bool | None = None
    has_uvs: bool | None = Field(default=None, alias="hasUVs")
    height: float | None = None
    nb_frames: float | None = None
    preview: str | None = None  # the first kilobyte of a text
    sample_rate: float | None = None  # Hz
    transcription: Transcription | None = None
    vertex_count: float | None = None
    width: float | None = None
    word_count: float | None = None


class Asset(ApiObject):
    """An asset of a description or of a bulk response.

    `url` is signed and expires; the URL of a private asset is a secret.
    """

    id: str = Field(min_length=1)
    author_id: str | None = None
    kind: str | None = None  # 3d, audio, document, image, image-hdr, json, text, video
    mime_type: str | None = None
    original_file_url: str | None = Field(default=None, repr=False)
    original_mime_type: str | None = None
    owner_id: str | None = None
    preview: AssetFile | None = None
    privacy: str | None = None  # private, public, unlisted
    properties: AssetProperties | None = None
    source: str | None = None  # txt2img, uploaded, upscale, and eighty others
    thumbnail: AssetFile | None = None
    url: str | None = Field(default=None, repr=False)


class Model(ApiObject):
    """A model of a description, of a list or of a bulk response.

    `type` is custom, flux.1-lora, sd-xl-lora, or one of about thirty others. A bulk response with
    `minimal` has only `id`, `name` and `type`.
    """

    id: str = Field(min_length=1)
    author_id: str | None = None
    name: str | None = None
    owner_id: str | None = None
    privacy: str | None = None  # private, public, unlisted
    short_description: str | None = None
    type: str | None = None
