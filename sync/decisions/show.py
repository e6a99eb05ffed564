"""Hold the description of one model, and remove signed URLs from its records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import JsonValue

    from sync.model.document import ReferenceTarget
    from sync.model.target_identity import TargetIdentity

_URL_FIELD = re.compile(r"ur[il]s?$", re.IGNORECASE)
_URL_VALUE = re.compile(r"\s*(?:https?|s3|gs|data):", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDescription:
    """The description of a model, with the records that Scenario resolved from its tags.

    `value` is None if the model has no description. `assets` and `models` have the fields of the
    answer, by their names in the API. `unresolved` are references that Scenario did not resolve,
    as far as the answer lists them. `hidden_urls` counts the URLs that were removed.
    `odd_records` counts records without an id.
    """

    target: TargetIdentity
    model: str
    value: str | None
    assets: tuple[Mapping[str, JsonValue], ...] = ()
    models: tuple[Mapping[str, JsonValue], ...] = ()
    unresolved: tuple[ReferenceTarget, ...] = ()
    original_assets: bool = False
    has_urls: bool = False
    hidden_urls: int = 0
    odd_records: int = 0


def remove_urls(record: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the record without its URLs, at any depth.

    A URL is a field with such a name, or any text that begins like one: a URL of a private asset
    is signed, and so a secret.
    """
    return {
        key: _remove_nested_urls(value) for key, value in record.items() if not _is_url(key, value)
    }


def _remove_nested_urls(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return remove_urls(value)
        case list():
            return [_remove_nested_urls(each) for each in value if not _is_url("", each)]
        case _:
            return value


def _is_url(key: str, value: JsonValue) -> bool:
    if isinstance(value, str):
        return bool(_URL_FIELD.search(key) or _URL_VALUE.match(value))
    return isinstance(value, list) and bool(_URL_FIELD.search(key))


def count_fields(record: Mapping[str, JsonValue]) -> int:
    """Count the values of a record, those of nested records included."""
    return sum(1 for _ in _walk(record.values()))


def _walk(values: Iterable[JsonValue]) -> Iterator[JsonValue]:
    for value in values:
        match value:
            case dict():
                yield from _walk(value.values())
            case list():
                yield from _walk(value)
            case _:
                yield value
