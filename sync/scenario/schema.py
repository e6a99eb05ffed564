"""What the API sends, as typed values, and what is said of an answer that does not fit.

Source: the reference page of the two description endpoints, and the fields that the official
client 2.4 knows beyond it. Enums grow and shrink there, so their values are plain strings here;
fields that are not named are ignored, optional ones may be null.
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
    """An answer is not what the contract says; never quotes it, as it may hold signed URLs."""

    def __init__(self, message: str, *, malformed: bool = False, empty: bool = False) -> None:
        super().__init__(message)
        self.malformed = malformed  # no JSON at all, so that asking again may help
        self.is_foreign = malformed and not empty  # it is somebody else who speaks


class Wire(BaseModel):
    """An object of the API: camelCase there, snake_case here."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=False,
        frozen=True,
        hide_input_in_errors=True,
        cache_strings="none",  # a third faster: signed URLs and ids hardly ever repeat
    )


# --- what the contract requires ------------------------------------------------------------------
#
# Reading two thousand models must notice a field that is missing, but needs none of the rest:
# a description with twenty assets takes 0.05 ms to check, and several times that to read whole.


class RequiredProperties(Wire):
    """What every asset's properties have; `size` is in bytes."""

    size: float


class RequiredAsset(Wire):
    """What every asset has; `url` is signed: a secret for private assets, and it expires."""

    id: str
    author_id: str
    kind: str  # 3d, audio, document, image, image-hdr, json, text, video
    mime_type: str
    owner_id: str
    privacy: str  # private, public, unlisted
    properties: RequiredProperties
    source: str  # txt2img, uploaded, upscale, and eighty more
    url: str = Field(repr=False)


class RequiredModel(Wire):
    """What every model has."""

    id: str
    privacy: str  # private, public, unlisted
    type: str  # custom, flux.1-lora, sd-xl-lora, and some thirty more


class RequiredDescription(Wire):
    """What every description has; a null `value` is no text."""

    value: str | None
    assets: tuple[RequiredAsset, ...]
    models: tuple[RequiredModel, ...]


class Retrieval(Wire):
    """The answer to GET and PUT of a description, as far as its text needs it."""

    description: RequiredDescription | None = None


# --- everything it may hold ----------------------------------------------------------------------


class CameraKeyframe(Wire):
    """Where the camera of a splat is and looks; `fov` is vertical, in degrees."""

    position: tuple[float, ...]
    target: tuple[float, ...]
    fov: float | None = None


class Transcription(Wire):
    """The words of an audio asset."""

    text: str


class AssetFile(Wire):
    """A preview or thumbnail; its `url` is signed."""

    asset_id: str
    url: str = Field(repr=False)


class AssetProperties(RequiredProperties):
    """What is known of an asset's content; which fields there are depends on its kind."""

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
    has_full_preview: bool | None = None  # `preview` is the whole content
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
    def _as_far_as_known(
        cls, value: object, known: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        """A value of another form than it should have counts as not known."""
        try:
            return known(value)
        except ValidationError:
            if info.field_name in RequiredProperties.model_fields:
                raise
            return None


class Asset(RequiredAsset):
    """An asset of a description, or of a bulk answer."""

    properties: AssetProperties
    original_file_url: str | None = Field(default=None, repr=False)
    original_mime_type: str | None = None
    preview: AssetFile | None = None
    thumbnail: AssetFile | None = None


class Model(RequiredModel):
    """A model of a description, or of the project's list."""

    author_id: str | None = None
    name: str | None = None
    owner_id: str | None = None
    short_description: str | None = None


class ModelName(Wire):
    """A model as the bulk answer names it when asked for the least."""

    id: str
    name: str | None = None
    type: str


class Description(RequiredDescription):
    """A description with all that the server resolved from its tags."""

    assets: tuple[Asset, ...]
    models: tuple[Model, ...]


# --- envelopes -----------------------------------------------------------------------------------


class DescriptionAnswer(Wire):
    """GET /models/{modelId}/description, read whole."""

    description: Description | None = None


class ModelAnswer(Wire):
    """GET /models/{modelId}, as far as it tells that there is such a model."""

    class Identity(Wire):
        """That it has an id."""

        id: str

    model: Identity


class Models(Wire):
    """POST /models/get-bulk, asked for all that a model has."""

    models: tuple[Model, ...]


class ModelPage(Models):
    """GET /models: one page, and what to ask for to get the next."""

    next_pagination_token: str | None = None


class ModelNames(Wire):
    """POST /models/get-bulk, asked for the least."""

    models: tuple[ModelName, ...]


class Assets(Wire):
    """POST /assets/get-bulk."""

    assets: tuple[Asset, ...]


# --- reading -------------------------------------------------------------------------------------

_Shape = TypeVar("_Shape", bound=Wire)
# Every escape of a JSON text; half of a surrogate pair is the one that the first group matches.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F].{2})|.)",
    re.DOTALL,
)


def parse(shape: type[_Shape], body: bytes) -> _Shape:
    """The body as a value; SchemaError names the field at fault.

    Half a surrogate pair, as a server leaves that cuts a text by UTF-16, becomes U+FFFD.
    """
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        malformed, empty = faults[0]["type"] == "json_invalid", not body.strip()
        if malformed and (mended := _without_halves(body)) != body:
            return parse(shape, mended)
        message = "the answer is empty" if empty else _describe(faults)
        raise SchemaError(message, malformed=malformed, empty=empty) from error


def _without_halves(body: bytes) -> bytes:
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], body)


def parse_text(body: bytes) -> str | None:
    """The text that an answer to GET or PUT holds; None where it says that there is none."""
    answer = parse(Retrieval, body)
    _check_absence(answer, body)
    return answer.description.value if answer.description else None


def parse_written(body: bytes) -> str:
    """The text that an answer to PUT of a text holds; SchemaError if it does not say."""
    text = parse_text(body)
    if text is None:
        raise SchemaError("the answer holds no description")
    return text


def parse_deleted(body: bytes) -> str:
    """The text that an answer to PUT of null holds: none, in any of the ways to say so."""
    if body.strip() in {b"", b"null", b'""'}:
        return ""
    return parse_text(body) or ""


def parse_description(body: bytes) -> Description:
    """The whole description; an empty one where the answer says that there is none."""
    answer = parse(DescriptionAnswer, body)
    _check_absence(answer, body)
    return answer.description or Description(value="", assets=(), models=())


def _check_absence(answer: Wire, body: bytes) -> None:
    """Tell `{}`, a model without a description, from an object about something else.

    Taking an error in disguise for an empty text would let it be overwritten.
    """
    if "description" not in answer.model_fields_set and json.loads(body) != {}:
        raise SchemaError("the answer lacks description")


def _describe(faults: list[ErrorDetails]) -> str:
    first, others = faults[0], len(faults) - 1
    more = f" (and {others} more faults)" if others else ""
    return f"{_describe_one(first)}{more}"


def _describe_one(fault: ErrorDetails) -> str:
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
