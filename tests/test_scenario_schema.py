"""Bodies of the API become values; what is not needed may be absent, null or of another type."""

import json

import pytest

from sync.scenario import Description, DescriptionText
from sync.scenario.description_bodies import (
    find_missing_fields,
    parse_delete_response,
    parse_description,
    parse_text,
    parse_write_response,
)
from sync.scenario.json_body import SchemaError
from sync.scenario.record_lists import check_model, parse_assets, parse_model_page, parse_models

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


WHOLE_ASSET = ASSET | {
    "properties": PROPERTIES,
    "originalFileUrl": "https://cdn.test/original",
    "originalMimeType": "video/quicktime",
    "preview": {"assetId": "asset_2", "url": SIGNED},
    "thumbnail": {"assetId": "asset_3", "url": SIGNED},
}
WHOLE_MODEL = MODEL | {
    "authorId": "user_2",
    "name": "Noir",
    "ownerId": "team_1",
    "shortDescription": "Dark.",
}


def dumped(record):
    return record.model_dump(mode="json", by_alias=True)


def test_everything_on_the_reference_page_is_read():
    read = parse_description(body("# Hi", assets=[WHOLE_ASSET], models=[WHOLE_MODEL]))
    assert read.text.value == "# Hi"
    assert [dumped(asset) for asset in read.assets.records] == [WHOLE_ASSET]
    assert [dumped(model) for model in read.models.records] == [WHOLE_MODEL]


def test_unknown_values_and_fields_pass():
    asset = ASSET | {"kind": "hologram", "source": "dream2img", "mood": "blue"}
    model = MODEL | {"type": "flux.9", "privacy": "secret", "mood": None}
    read = parse_description(body(assets=[asset], models=[model]))
    (asset_read,), (model_read,) = read.assets.records, read.models.records
    assert (asset_read.kind, asset_read.source) == ("hologram", "dream2img")
    assert (model_read.type, model_read.privacy) == ("flux.9", "secret")
    assert asset_read.unlisted_fields == {"mood": "blue"}


GONE = object()
ODD = [GONE, None, "a text", 7, True, [], ["a"], {}, {"a": "b"}]


def changed(record, field, value):
    """The record with another value in a field, or in a field of `properties`, or without it."""
    holder, dot, name = field.partition(".")
    if dot:
        return record | {holder: changed(record[holder], name, value)}
    return without(record, field) if value is GONE else record | {field: value}


ASSET_FIELDS = [*WHOLE_ASSET, *(f"properties.{name}" for name in PROPERTIES)]


@pytest.mark.parametrize("value", ODD, ids=lambda value: "absent" if value is GONE else repr(value))
@pytest.mark.parametrize(
    ("kind", "field"),
    [("assets", name) for name in ASSET_FIELDS] + [("models", name) for name in WHOLE_MODEL],
)
def test_a_text_is_read_whatever_a_record_beside_it_looks_like(kind, field, value):
    whole = {"assets": WHOLE_ASSET, "models": WHOLE_MODEL}[kind]
    odd = changed(whole, field, value)
    other = whole | {"id": "another"}
    sent = body("text", **{kind: [odd, other]})
    for parse in (parse_text, parse_write_response):
        assert parse(sent).value == "text"
    records = getattr(parse_description(sent), kind)
    assert records.records[-1].id == "another"
    assert records.dropped == (field == "id" and value != "a text")


@pytest.mark.parametrize("value", ODD, ids=lambda value: "absent" if value is GONE else repr(value))
@pytest.mark.parametrize("field", ["assets", "models"])
def test_a_text_is_read_whatever_stands_in_the_place_of_the_records(field, value):
    sent = {"description": changed(json.loads(body())["description"], field, value)}
    read = parse_text(json.dumps(sent).encode())
    assert read.value == "text"
    known = getattr(read, field)
    assert known == (frozenset() if value == [] else None)


def test_the_resolved_references_are_read():
    read = parse_text(body(assets=[ASSET], models=[MODEL]))
    assert read == DescriptionText("text", frozenset({"asset_1"}), frozenset({"model_1"}))


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b'{"description": null}', id="null"),
        pytest.param(b" {} ", id="absent"),
        pytest.param(b'{"description": {"value": null, "assets": [], "models": []}}', id="value"),
        pytest.param(b'{"description": {"value": null}}', id="value alone"),
        pytest.param(b'{"description": {"assets": [], "models": []}}', id="no value"),
        pytest.param(b'{"description": {"models": []}}', id="models alone"),
    ],
)
def test_no_description_is_told(sent):
    assert parse_text(sent).value is None


def test_no_description_is_an_empty_one():
    assert parse_description(b'{"description": null}') == Description(DescriptionText(None))


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
        pytest.param(b'{"error": "no"}', "the answer does not have description", False, id="error"),
        pytest.param(b'{"models": []}', "the answer does not have description", False, id="other"),
        pytest.param(
            b'{"description": {}}',
            "the answer does not have description.value",
            False,
            id="nothing in it",
        ),
        pytest.param(
            b'{"description": "a"}',
            "the answer has no object at description",
            False,
            id="a string",
        ),
        pytest.param(
            b'{"description": {"value": 3, "assets": [], "models": []}}',
            "the answer has no text at description.value",
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
    whole = ASSET | {"originalFileUrl": SIGNED, "thumbnail": {"assetId": "a", "url": SIGNED}}
    assert "SECRET" not in repr(parse_description(body(assets=[whole])))
    with pytest.raises(SchemaError) as caught:
        parse_description(body(SIGNED)[:-1])
    assert "SECRET" not in f"{caught.value!r}{caught.value.__cause__}"


def test_a_written_text_must_come_back():
    assert parse_write_response(body("new")).value == "new"
    with pytest.raises(SchemaError, match="holds no description"):
        parse_write_response(b"{}")


@pytest.mark.parametrize(
    "sent", [b"", b" ", b"null", b'""', b"{}", b'{"description":null}', body("")]
)
def test_a_deleted_text_may_be_confirmed_in_many_ways(sent):
    assert not parse_delete_response(sent).value


def test_a_deletion_tells_what_is_left():
    assert parse_delete_response(body("still here")).value == "still here"


def test_a_byte_order_mark_before_a_body_is_skipped():
    assert parse_text(b"\xef\xbb\xbf" + body()).value == "text"
    assert parse_delete_response(b"\xef\xbb\xbf").value is None


# --- a model alone, and lists ---------------------------------------------------------------------


@pytest.mark.parametrize("value", ODD, ids=lambda value: "absent" if value is GONE else repr(value))
@pytest.mark.parametrize("field", [*WHOLE_MODEL, "trainingProgress", "updatedAt"])
def test_a_model_exists_whatever_its_fields_look_like(field, value):
    sent = {"model": changed(WHOLE_MODEL | {"trainingProgress": {}}, field, value), "mood": value}
    if value is GONE:
        del sent["mood"]
    check_model(json.dumps(sent).encode())


@pytest.mark.parametrize("value", [each for each in ODD if not isinstance(each, dict)])
def test_an_answer_without_a_model_is_no_proof_of_one(value):
    sent = {} if value is GONE else {"model": value}
    with pytest.raises(SchemaError, match="the answer does not have model"):
        check_model(json.dumps(sent).encode())


@pytest.mark.parametrize(
    "odd", [None, 7, "a", [], {}, {"id": 7}, {"id": ""}, {"name": "without an id"}]
)
def test_a_list_loses_its_odd_record_and_counts_it(odd):
    rows = [MODEL, odd, MODEL | {"id": "model_2"}]
    sent = json.dumps({"models": rows, "assets": rows}).encode()
    for records in (parse_models(sent), parse_model_page(sent).models, parse_assets(sent)):
        assert [record.id for record in records.records] == ["model_1", "model_2"]
        assert records.dropped == 1


@pytest.mark.parametrize("field", [*WHOLE_MODEL, "trainingProgress", "accessRestrictions"])
@pytest.mark.parametrize("value", ODD, ids=lambda value: "absent" if value is GONE else repr(value))
def test_a_row_of_a_list_needs_its_id_only(field, value):
    row = changed(WHOLE_MODEL | {"trainingProgress": {}}, field, value)
    records = parse_models(json.dumps({"models": [row]}).encode())
    assert len(records.records) == (field != "id" or value == "a text")


@pytest.mark.parametrize("parse", [parse_models, parse_model_page])
def test_a_list_that_is_not_there_is_not_taken_for_an_empty_one(parse):
    with pytest.raises(SchemaError, match=r"^the answer does not have models$"):
        parse(b'{"error": "no"}')
    with pytest.raises(SchemaError, match=r"^the answer has no list at models$"):
        parse(b'{"models": {}}')


@pytest.mark.parametrize(
    ("token", "read"),
    [
        pytest.param("abc", ("abc", False), id="a token"),
        pytest.param("", (None, False), id="empty"),
        pytest.param(None, (None, False), id="null"),
        pytest.param(7, (None, True), id="a number"),
        pytest.param({}, (None, True), id="an object"),
    ],
)
def test_a_token_that_cannot_be_sent_back_is_noticed(token, read):
    page = parse_model_page(json.dumps({"models": [], "nextPaginationToken": token}).encode())
    assert (page.next_token, page.has_odd_token) == read


def test_what_the_contract_requires_and_an_answer_lacks_is_counted():
    assets = [without(ASSET, "authorId"), ASSET | {"authorId": None, "properties": {}}, ASSET]
    assert find_missing_fields(body(assets=assets, models=[without(MODEL, "type")])) == {
        ("asset", "authorId"): 2,
        ("asset", "properties.size"): 1,
        ("model", "type"): 1,
    }
    assert find_missing_fields(body(assets=[ASSET], models=[MODEL])) == {}


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
    assert parse_text(body).value == text


@pytest.mark.parametrize(
    "body",
    [
        b'{"description": null, "error": "storage is down"}',
        b'{"description": {"value": null, "storageError": "down"}}',
        b'{"description": {"assets": [], "models": [], "error": {"code": 7}}}',
        b'{"description": {"value": null, "assets": []}, "errors": ["storage is down"]}',
        b'{"description": {"value": "", "assets": []}, "error": "storage is down"}',
        b'{"description": null, "statusCode": 503}',
        b'{"description": null, "success": false}',
    ],
)
def test_an_error_beside_an_absence_is_no_absence(body):
    with pytest.raises(SchemaError, match="the answer holds no text, and "):
        parse_text(body)


@pytest.mark.parametrize(
    "beside", ['"reason": ""', '"statusCode": 200', '"ok": true', '"code": "x"']
)
def test_what_tells_of_no_error_leaves_an_absence_one(beside):
    assert parse_text(b'{"description": {"value": ""}, %b}' % beside.encode()).value == ""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"description": {"value": "A"}, "description": null}', id="descriptions"),
        pytest.param(b'{"description": {"value": "A", "value": ""}}', id="values"),
        pytest.param(b'{"description": {"value": null, "x": {"y": 1, "y": 2}}}', id="below"),
    ],
)
def test_an_absence_beside_a_key_that_is_there_twice_is_no_absence(body):
    with pytest.raises(SchemaError, match="a key twice"):
        parse_text(body)
