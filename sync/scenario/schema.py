"""Parse API responses into typed values, and describe responses that do not fit the schema.

Source: the reference page of the two description endpoints, and further fields that the official
client 2.4 knows. The API adds and removes enum values, so enums are plain strings here. Unknown
fields are ignored; optional fields may be null.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class SchemaError(Exception):
    """A response that does not fit the schema.

    The message never quotes the response, because it may contain signed URLs.
    """

    def __init__(self, message: str, *, malformed: bool = False, empty: bool = False) -> None:
        super().__init__(message)
        self.malformed = malformed  # the body is not JSON, so that a retry may help
        self.is_foreign = malformed and not empty  # sent by a proxy or gateway


class ApiObject(BaseModel):
    """An object of the API; its keys are camelCase in JSON and snake_case here."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=False,
        frozen=True,
        hide_input_in_errors=True,
        cache_strings="none",  # a third faster, because signed URLs and ids hardly ever repeat
    )


# --- what the contract requires ------------------------------------------------------------------
#
# Reading two thousand models must detect a missing required field, but needs no optional field: a
# description with twenty assets takes 0.05 ms to check, and several times that to parse completely.


class RequiredProperties(ApiObject):
    """The required properties of an asset; `size` is in bytes."""

    size: float


class RequiredAsset(ApiObject):
    """The required fields of an asset.

    `url` is signed and expires; the URL of a private asset is a secret.
    """

    id: str
    author_id: str
    kind: str  # 3d, audio, document, image, image-hdr, json, text, video
    mime_type: str
    owner_id: str
    privacy: str  # private, public, unlisted
    properties: RequiredProperties
    source: str  # txt2img, uploaded, upscale, and eighty others
    url: str = Field(repr=False)


class RequiredModel(ApiObject):
    """The required fields of a model."""

    id: str
    privacy: str  # private, public, unlisted
    type: str  # custom, flux.1-lora, sd-xl-lora, and about thirty others


class RequiredDescription(ApiObject):
    """The required fields of a description; a null `value` means that there is no text."""

    value: str | None
    assets: tuple[RequiredAsset, ...]
    models: tuple[RequiredModel, ...]


class TextResponse(ApiObject):
    """The response to GET and PUT of a description, without the optional fields."""

    description: RequiredDescription | None = None


# --- the complete objects ------------------------------------------------------------------------


class CameraKeyframe(ApiObject):
    """Position and target of the camera of a Gaussian splat; `fov` is vertical, in degrees."""

    position: tuple[float, ...]
    target: tuple[float, ...]
    fov: float | None = None


class Transcription(ApiObject):
    """The transcript of an audio asset."""

    text: str


class AssetFile(ApiObject):
    """A preview or thumbnail; its `url` is signed."""

    asset_id: str
    url: str = Field(repr=False)


class AssetProperties(RequiredProperties):
    """The properties of an asset's content; which fields are set depends on the kind."""

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

    @field_validator("*", mode="wrap")
    @classmethod
    def _ignore_malformed_value(
        cls, value: object, validate: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        """Replace a malformed optional value by None; raise ValidationError for a required one."""
        try:
            return validate(value)
        except ValidationError:
            if info.field_name in RequiredProperties.model_fields:
                raise
            return None


class Asset(RequiredAsset):
    """An asset of a description or of a bulk response."""

    properties: AssetProperties
    original_file_url: str | None = Field(default=None, repr=False)
    original_mime_type: str | None = None
    preview: AssetFile | None = None
    thumbnail: AssetFile | None = None


class Model(RequiredModel):
    """A model of a description, of the project's list or of a bulk response."""

    author_id: str | None = None
    name: str | None = None
    owner_id: str | None = None
    short_description: str | None = None


class ModelSummary(ApiObject):
    """Id, name and type of a model, as a bulk call with `minimal` returns them."""

    id: str
    name: str | None = None
    type: str


class Description(RequiredDescription):
    """A description with the assets and models that the server resolved from its tags."""

    assets: tuple[Asset, ...]
    models: tuple[Model, ...]


# --- envelopes -----------------------------------------------------------------------------------


class DescriptionResponse(ApiObject):
    """The response to GET /models/{modelId}/description, with all fields."""

    description: Description | None = None


class ModelResponse(ApiObject):
    """The response to GET /models/{modelId}, used only to check that the model exists."""

    class ModelIdentity(ApiObject):
        """The id of a model."""

        id: str

    model: ModelIdentity


class ModelsResponse(ApiObject):
    """The response to POST /models/get-bulk, with all fields of each model."""

    models: tuple[Model, ...]


class ModelPage(ModelsResponse):
    """The response to GET /models: one page, and the token of the next page."""

    next_pagination_token: str | None = None


class ModelSummariesResponse(ApiObject):
    """The response to POST /models/get-bulk with `minimal`."""

    models: tuple[ModelSummary, ...]


class AssetsResponse(ApiObject):
    """The response to POST /assets/get-bulk."""

    assets: tuple[Asset, ...]


# --- reading -------------------------------------------------------------------------------------

_Shape = TypeVar("_Shape", bound=ApiObject)
# Every escape sequence in JSON; the first group matches half of a surrogate pair only.
_JSON_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F].{2})|.)",
    re.DOTALL,
)


def parse_response(shape: type[_Shape], body: bytes) -> _Shape:
    """Parse the body as `shape`; raise SchemaError, which names the wrong field.

    Half a surrogate pair becomes U+FFFD. A server that cuts texts by UTF-16 units sends such
    halves.
    """
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        malformed, empty = faults[0]["type"] == "json_invalid", not body.strip()
        if malformed and (repaired := _replace_lone_surrogates(body)) != body:
            return parse_response(shape, repaired)
        message = "the answer is empty" if empty else _describe_faults(faults)
        raise SchemaError(message, malformed=malformed, empty=empty) from error


def _replace_lone_surrogates(body: bytes) -> bytes:
    return _JSON_ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], body)


def parse_text(body: bytes) -> str | None:
    """Return the text in a response to GET or PUT; None if it says that there is no text."""
    response = parse_response(TextResponse, body)
    _check_description_key(response, body)
    return response.description.value if response.description else None


def parse_write_response(body: bytes) -> str:
    """Return the text in a response to PUT of a text; raise SchemaError if it has no text."""
    text = parse_text(body)
    if text is None:
        raise SchemaError("the answer holds no description")
    return text


def parse_delete_response(body: bytes) -> str:
    """Return the text in a response to PUT of null; an empty body, null and `""` mean no text."""
    if body.strip() in {b"", b"null", b'""'}:
        return ""
    return parse_text(body) or ""


def parse_description(body: bytes) -> Description:
    """Return the complete description; an empty one if the response says that there is none."""
    response = parse_response(DescriptionResponse, body)
    _check_description_key(response, body)
    return response.description or Description(value="", assets=(), models=())


def _check_description_key(response: ApiObject, body: bytes) -> None:
    """Raise SchemaError if the body is an object without the key `description`, except `{}`.

    `{}` means that the model has no description. Any other object may be an error: if it were read
    as an empty text, the real text could be overwritten.
    """
    if "description" not in response.model_fields_set and json.loads(body) != {}:
        raise SchemaError("the answer lacks description")


def _describe_faults(faults: list[ErrorDetails]) -> str:
    first, others = faults[0], len(faults) - 1
    more = f" (and {others} more faults)" if others else ""
    return f"{_describe_fault(first)}{more}"


def _describe_fault(fault: ErrorDetails) -> str:
    path = ".".join(str(step) for step in fault["loc"])
    match fault["type"]:
        case "missing":
            return f"the answer lacks {path}"
        case "json_invalid":
            return "the answer is not JSON"
        case _ if not path:
            return "the answer is not a JSON object"
        case _:
            message = fault["msg"]
            return f"the answer has a fault at {path}: {message[:1].lower()}{message[1:]}"
