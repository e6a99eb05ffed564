"""Answers of the API become values, or say which field is at fault."""

import json

import pytest

from sync.scenario import Description
from sync.scenario.schema import (
    SchemaError,
    parse_delete_response,
    parse_description,
    parse_text,
    parse_write_response,
)

SIGNED = "https://cdn.test/asset?Signature=SECRET"
ASSET = {
    "id": "asset_1",
    "authorId": "user_1",
    "kind": "video",
    "mimeType": "video/mp4",
    "ownerId": "proj_1",
    "privacy": "private",
    "properties": {"size": 5},
    "source": "txt2video",
    "url": SIGNED,
}
MODEL = {"id": "model_1", "privacy": "public", "type": "flux.1-lora"}
PROPERTIES = {
    "size": 1.5,
    "animationFrameCount": 2,
    "bitrate": 3,
    "boneCount": 4,
    "cameraMode": "aerial",
    "cameraTrajectory": [{"position": [0, 1, 2], "target": [3, 4, 5], "fov": 50}],
    "channels": 2,
    "charCount": 6,
    "classification": "music",
    "codecName": "h264",
    "description": "a tune",
    "dimensions": [1, 2, 3],
    "duration": 7.25,
    "faceCount": 8,
    "format": "glb",
    "frameRate": 24,
    "hasAnimations": True,
    "hasFullPreview": False,
    "hasNormals": True,
    "hasSkeleton": False,
    "hasUVs": True,
    "height": 9,
    "nbFrames": 10,
    "preview": "Once",
    "sampleRate": 44100,
    "transcription": {"text": "la la"},
    "vertexCount": 11,
    "width": 12,
    "wordCount": 13,
}


def body(value="text", *, assets=(), models=()):
    description = {"value": value, "assets": list(assets), "models": list(models)}
    return json.dumps({"description": description}).encode()


def without(mapping, key):
    return {name: value for name, value in mapping.items() if name != key}


def test_everything_on_the_reference_page_is_read():
    asset = ASSET | {
        "properties": PROPERTIES,
        "originalFileUrl": "https://cdn.test/original",
        "originalMimeType": "video/quicktime",
        "preview": {"assetId": "asset_2", "url": SIGNED},
        "thumbnail": {"assetId": "asset_3", "url": SIGNED},
    }
    model = MODEL | {
        "authorId": "user_2",
        "name": "Noir",
        "ownerId": "team_1",
        "shortDescription": "Dark.",
    }
    read = parse_description(body("# Hi", assets=[asset], models=[model]))
    assert read.model_dump(mode="json", by_alias=True) == {
        "value": "# Hi",
        "assets": [asset],
        "models": [model],
    }


def test_unknown_values_and_fields_pass():
    asset = ASSET | {"kind": "hologram", "source": "dream2img", "mood": "blue"}
    model = MODEL | {"type": "flux.9", "privacy": "secret", "mood": None}
    read = parse_description(body(assets=[asset], models=[model]))
    assert (read.assets[0].kind, read.assets[0].source) == ("hologram", "dream2img")
    assert (read.models[0].type, read.models[0].privacy) == ("flux.9", "secret")
    assert parse_text(body(assets=[asset], models=[model])) == "text"


def test_optional_fields_may_be_null():
    asset = ASSET | {"preview": None, "properties": {"size": 1, "width": None}}
    assert parse_description(body(assets=[asset])).assets[0].preview is None


@pytest.mark.parametrize("field", sorted(ASSET))
@pytest.mark.parametrize("parse", [parse_text, parse_description])
def test_a_missing_field_of_an_asset_is_named(field, parse):
    with pytest.raises(SchemaError, match=rf"^the answer lacks description\.assets\.1\.{field}$"):
        parse(body(assets=[ASSET, without(ASSET, field)]))


@pytest.mark.parametrize("field", sorted(MODEL))
@pytest.mark.parametrize("parse", [parse_text, parse_description])
def test_a_missing_field_of_a_model_is_named(field, parse):
    with pytest.raises(SchemaError, match=rf"^the answer lacks description\.models\.0\.{field}$"):
        parse(body(models=[without(MODEL, field)]))


@pytest.mark.parametrize("field", ["value", "assets", "models"])
def test_a_missing_field_of_the_description_is_named(field):
    description = without(json.loads(body())["description"], field)
    with pytest.raises(SchemaError, match=rf"^the answer lacks description\.{field}$"):
        parse_text(json.dumps({"description": description}).encode())


def test_several_faults_are_counted():
    with pytest.raises(SchemaError, match=r"assets\.0\.authorId \(and 7 more faults\)$"):
        parse_text(body(assets=[{"id": "asset_1"}]))


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b'{"description": null}', id="null"),
        pytest.param(b" {} ", id="absent"),
        pytest.param(b'{"description": {"value": null, "assets": [], "models": []}}', id="value"),
    ],
)
def test_no_description_is_told(sent):
    assert parse_text(sent) is None


def test_no_description_is_an_empty_one():
    empty = Description(value="", assets=(), models=())
    assert parse_description(b'{"description": null}') == empty


@pytest.mark.parametrize(
    ("sent", "message", "malformed"),
    [
        pytest.param(b"", "the answer is empty", True, id="empty"),
        pytest.param(b"<html>", "the answer is not JSON", True, id="html"),
        pytest.param(b'{"description": {"value": "a', "the answer is not JSON", True, id="cut"),
        pytest.param(body()[:-1] + b"\xff}", "the answer is not JSON", True, id="not UTF-8"),
        pytest.param(b"[" * 9999, "the answer is not JSON", True, id="deep"),
        pytest.param(b"[]", "the answer is not a JSON object", False, id="list"),
        pytest.param(b"null", "the answer is not a JSON object", False, id="null"),
        pytest.param(b'{"error": "no"}', "the answer lacks description", False, id="error"),
        pytest.param(b'{"models": []}', "the answer lacks description", False, id="other"),
        pytest.param(
            b'{"description": "a"}',
            "the answer has a fault at description: input should be an object",
            False,
            id="a string",
        ),
        pytest.param(
            b'{"description": {"value": 3, "assets": [], "models": []}}',
            "the answer has a fault at description.value: input should be a valid string",
            False,
            id="a number",
        ),
    ],
)
def test_what_is_no_description_is_never_taken_for_an_empty_text(sent, message, malformed):
    for parse in (parse_text, parse_description, parse_write_response):
        with pytest.raises(SchemaError) as caught:
            parse(sent)
        assert (str(caught.value), caught.value.malformed) == (message, malformed)


def test_no_signed_url_is_ever_shown():
    asset = ASSET | {"properties": SIGNED, "preview": {"url": SIGNED}}
    with pytest.raises(SchemaError) as caught:
        parse_description(body(assets=[asset]))
    assert "SECRET" not in f"{caught.value!r}{caught.value.__cause__}"
    whole = ASSET | {"originalFileUrl": SIGNED, "thumbnail": {"assetId": "a", "url": SIGNED}}
    assert "SECRET" not in repr(parse_description(body(assets=[whole])))


def test_a_written_text_must_come_back():
    assert parse_write_response(body("new")) == "new"
    with pytest.raises(SchemaError, match="holds no description"):
        parse_write_response(b"{}")


@pytest.mark.parametrize(
    "sent", [b"", b" ", b"null", b'""', b"{}", b'{"description":null}', body("")]
)
def test_a_deleted_text_may_be_confirmed_in_many_ways(sent):
    assert parse_delete_response(sent) == ""


def test_a_deletion_tells_what_is_left():
    assert parse_delete_response(body("still here")) == "still here"


def test_a_property_of_another_form_is_not_known():
    asset = {**ASSET, "properties": {**PROPERTIES, "bitrate": "128k", "dimensions": "1x2"}}
    read = parse_description(body(assets=[asset])).assets[0].properties
    assert (read.bitrate, read.dimensions, read.width) == (None, None, 12)


def test_a_needed_property_of_another_form_is_a_fault():
    asset = {**ASSET, "properties": {"size": "large"}}
    with pytest.raises(SchemaError, match=r"assets\.0\.properties\.size"):
        parse_description(body(assets=[asset]))


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        pytest.param(r"cut \ud83d", "cut \ufffd", id="the first half alone"),
        pytest.param(r"\udc1a cut", "\ufffd cut", id="the second half alone"),
        pytest.param(r"\ud83d\ud83d\udc1a", "\ufffd\U0001f41a", id="a half before a whole one"),
        pytest.param(r"\\ud83d \ud83d", "\\ud83d \ufffd", id="a backslash and a word"),
    ],
)
def test_half_of_a_surrogate_pair_is_a_character_that_is_none(escaped, text):
    body = b'{"description": {"value": "%b", "assets": [], "models": []}}' % escaped.encode()
    assert parse_text(body) == text
