"""Read responses with a description into values; only `description.value` is required."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from sync.descriptions.references import find_references
from sync.scenario.json_body import (
    BYTE_ORDER_MARK,
    JsonObject,
    SchemaError,
    check_no_duplicate_keys,
    parse_object,
)
from sync.scenario.record_lists import Records, parse_records
from sync.scenario.schema import Asset, Model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from sync.model.document import ReferenceTarget


@dataclass(frozen=True, slots=True)
class DescriptionText:
    """The text in a response, None if it says that there is no text.

    `assets` and `models` are the ids that Scenario resolved from the tags of the text. They are
    None if the response does not list them completely.
    """

    value: str | None
    assets: frozenset[str] | None = None
    models: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """A description with the assets and models that Scenario resolved from its tags.

    `sent_assets` and `sent_models` are the same records as they came, even without an id; signed
    URLs are among them, so they are not part of the representation.
    """

    text: DescriptionText
    assets: Records[Asset] = field(default_factory=Records)
    models: Records[Model] = field(default_factory=Records)
    sent_assets: tuple[Mapping[str, JsonValue], ...] = field(default=(), repr=False)
    sent_models: tuple[Mapping[str, JsonValue], ...] = field(default=(), repr=False)


def find_unresolved(text: DescriptionText) -> tuple[ReferenceTarget, ...]:
    """Return the references that Scenario did not resolve, if the response lists them."""
    resolved = {"asset": text.assets, "model": text.models}
    targets = dict.fromkeys(each.target for each in find_references(text.value or ""))
    return tuple(
        target
        for target in targets
        if (ids := resolved[target.kind]) is not None and target.id not in ids
    )


def parse_text(body: bytes) -> DescriptionText:
    """Return the text in a response to GET or PUT; raise SchemaError if it is unclear."""
    description = _parse_description_object(body)
    value = None if description is None else _get_value(description)
    if not value:
        check_no_duplicate_keys(body)
        _check_no_error(parse_object(body))
        _check_no_error(description or {})
    if description is None:
        return DescriptionText(None)
    return DescriptionText(
        value, _get_ids(description.get("assets")), _get_ids(description.get("models"))
    )


def _check_no_error(answer: JsonObject) -> None:
    """Raise SchemaError if a response without a text also has an error.

    It does not prove that there is no text, and a real text could be overwritten.
    """
    if named := [key for key, value in answer.items() if _tells_error(key, value)]:
        raise SchemaError(f"the answer holds no text, and {named[0]}")


def _tells_error(key: str, value: object) -> bool:
    """Return True if a field describes an error: a message, a status, or no success."""
    match key.lower(), value:
        case (("status" | "statuscode" | "code"), int(status)):
            return status >= HTTPStatus.BAD_REQUEST
        case (("success" | "ok"), False):
            return True
        case name, _:
            return bool(value) and ("error" in name or name in _ERROR_KEYS)


_ERROR_KEYS = frozenset({"reason", "message", "detail", "details", "exception", "fault"})


def parse_write_response(body: bytes) -> DescriptionText:
    """Return the text in a response to PUT of a text; raise SchemaError if it has no text."""
    text = parse_text(body)
    if text.value is None:
        raise SchemaError("the answer holds no description")
    return text


def parse_delete_response(body: bytes) -> DescriptionText:
    """Return the text in a response to PUT of null; an empty body, null and `""` mean no text."""
    if body.removeprefix(BYTE_ORDER_MARK).strip() in {b"", b"null", b'""'}:
        return DescriptionText(None)
    return parse_text(body)


def parse_description(body: bytes) -> Description:
    """Return the text with its assets and models, each with every field that it came with."""
    text = parse_text(body)
    description = _parse_description_object(body) or {}
    return Description(
        text,
        parse_records(Asset, description.get("assets")),
        parse_records(Model, description.get("models")),
        *select_resolved(body),
    )


def select_resolved(
    body: bytes,
) -> tuple[tuple[Mapping[str, JsonValue], ...], tuple[Mapping[str, JsonValue], ...]]:
    """Return the assets and the models in a response with a description, as they came."""
    description = _parse_description_object(body) or {}
    return (
        _select_objects(description.get("assets")),
        _select_objects(description.get("models")),
    )


def _select_objects(values: object) -> tuple[Mapping[str, JsonValue], ...]:
    found = values if isinstance(values, list) else ()
    return tuple(each for each in found if isinstance(each, dict))


def _parse_description_object(body: bytes) -> JsonObject | None:
    """Return the value of `description`; None for `{}` or null, which mean that there is no text.

    Any other object without the key may be an error: if it were read as an empty text, the real
    text could be overwritten.
    """
    answer = parse_object(body)
    if answer and "description" not in answer:
        raise SchemaError("the answer does not have description")
    match answer.get("description"):
        case None:
            return None
        case dict() as description:
            return description
        case _:
            raise SchemaError("the answer has no object at description")


def _get_value(description: JsonObject) -> str | None:
    """Return the text; None if it is null, or absent from an object with `assets` or `models`."""
    match description.get("value"):
        case str(value):
            return value
        case None if description.keys() & {"value", "assets", "models"}:
            return None
        case None:
            raise SchemaError("the answer does not have description.value")
        case _:
            raise SchemaError("the answer has no text at description.value")


def _get_ids(value: object) -> frozenset[str] | None:
    """Return the ids of a list of records; None if it is no list, or a record has no id."""
    if not isinstance(value, list):
        return None
    ids = [record.get("id") if isinstance(record, dict) else None for record in value]
    known = frozenset(id_ for id_ in ids if isinstance(id_, str))
    return known if all(isinstance(id_, str) for id_ in ids) else None


# --- how an answer tells that there is no text ---------------------------------------------------


def describe_description_body(body: bytes) -> str:
    """Describe in a few words a response to GET or PUT that has no text."""
    if not body.removeprefix(BYTE_ORDER_MARK).strip():
        return "an empty body"
    try:
        answer = parse_object(body)
        text = parse_text(body)
    except SchemaError as error:
        return f"a body that is not understood ({error})"
    match answer.get("description"):
        case _ if text.value:
            return "a text"
        case None:
            return '"description": null' if "description" in answer else "{}"
        case dict() as description if "value" not in description:
            return "no value"
        case _:
            return '"value": null' if text.value is None else '"value": ""'


# --- what the contract requires ------------------------------------------------------------------

_REQUIRED = {
    "asset": (
        "id",
        "authorId",
        "kind",
        "mimeType",
        "ownerId",
        "privacy",
        "properties.size",
        "source",
        "url",
    ),
    "model": ("id", "privacy", "type"),
}


def find_missing_fields(body: bytes) -> dict[tuple[str, str], int]:
    """Count the records per kind and field that the contract requires and a response lacks.

    The kinds are `asset` and `model`; the response is that of a description or of a list.
    """
    answer = parse_object(body)
    description = answer.get("description")
    holder = description if isinstance(description, dict) else answer
    missing: dict[tuple[str, str], int] = {}
    for kind, fields in _REQUIRED.items():
        records = holder.get(f"{kind}s")
        for record in records if isinstance(records, list) else ():
            for name in fields:
                if _is_missing(record, name):
                    missing[kind, name] = missing.get((kind, name), 0) + 1
    return missing


def _is_missing(record: object, name: str) -> bool:
    for key in name.split("."):
        if not isinstance(record, dict) or record.get(key) is None:
            return True
        record = record[key]
    return False
