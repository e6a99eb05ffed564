"""Answers that do not keep the API's contract, as the live service gives them, too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

    from sync.sandbox.schema import JsonObject

RESHAPED_RESPONSES = {
    "bare-records": "models and assets have nothing but their id",
    "odd-record": "each list begins with a record that has no id",
    "odd-fields": "each model has `trainingProgress: {}` and `accessRestrictions: null`",
    "unresolved": "a description has its text alone, without `assets` and `models`",
    "byte-order-mark": "the body begins with a byte order mark",
}

_ODD_FIELDS: JsonObject = {"trainingProgress": {}, "accessRestrictions": None}


def render_body(answer: JsonObject, names: Iterable[str]) -> bytes:
    """Render the answer as JSON, with the named changes to its form."""
    mark = b""
    for name in names:
        match name:
            case "byte-order-mark":
                mark = b"\xef\xbb\xbf"
            case _:
                answer = _change_lists(answer, name)
    return mark + json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def _change_lists(answer: JsonObject, name: str) -> JsonObject:
    return {key: _change_value(key, value, name) for key, value in answer.items()}


def _change_value(key: str, value: JsonValue, name: str) -> JsonValue:
    match key, value:
        case (("models" | "assets"), list()):
            return _change_records(value, name)
        case "description", dict() if name == "unresolved":
            return {"value": value["value"]}
        case "description", dict():
            return _change_lists(value, name)
        case "model", dict() if name == "odd-fields":
            return value | _ODD_FIELDS
        case _:
            return value


def _change_records(records: list[JsonValue], name: str) -> list[JsonValue]:
    match name:
        case "odd-record":
            return [_ODD_FIELDS, *records]
        case "odd-fields":
            return [each | _ODD_FIELDS if isinstance(each, dict) else each for each in records]
        case "bare-records":
            return [*map(_strip, records)]
        case _:
            return records


def _strip(record: JsonValue) -> JsonValue:
    return {"id": record["id"]} if isinstance(record, dict) else record
