"""Read the models and assets in API responses: odd records are left out one by one, and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import ValidationError

from sync.counts import format_count
from sync.scenario.clock import Observer, Remark
from sync.scenario.json_body import JsonObject, SchemaError, parse_object
from sync.scenario.schema import ApiObject, Asset, Model

if TYPE_CHECKING:
    from collections.abc import Iterable


RecordT = TypeVar("RecordT", bound=ApiObject)


@dataclass(frozen=True, slots=True)
class Records(Generic[RecordT]):
    """The records of a list that were understood, and the number of the others."""

    records: tuple[RecordT, ...] = ()
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class ModelPage:
    """One page of models; `next_token` asks for the next page, None on the last one.

    `has_odd_token` is True if there is a token that cannot be sent back.
    """

    models: Records[Model]
    next_token: str | None = None
    has_odd_token: bool = False


def parse_model_page(body: bytes) -> ModelPage:
    """Return one page of a response to GET /models; raise SchemaError if it has no list."""
    answer = parse_object(body)
    token = answer.get("nextPaginationToken")
    return ModelPage(
        _parse_list(Model, answer, key="models"),
        token if isinstance(token, str) and token else None,
        not isinstance(token, str | None),
    )


def parse_models(body: bytes) -> Records[Model]:
    """Return the models of a bulk response; raise SchemaError if it has no list."""
    return _parse_list(Model, parse_object(body), key="models")


def parse_assets(body: bytes) -> Records[Asset]:
    """Return the assets of a bulk response; raise SchemaError if it has no list."""
    return _parse_list(Asset, parse_object(body), key="assets")


def check_model(body: bytes) -> None:
    """Raise SchemaError if a response to GET of a model has no model.

    A page that answers every request is no proof that the model exists.
    """
    parse_model(body)


def parse_model(body: bytes) -> JsonObject:
    """Return the model in a response to GET of a model, as it came; raise SchemaError."""
    match parse_object(body).get("model"):
        case dict() as model:
            return model
        case _:
            raise SchemaError("the answer does not have model")


def _parse_list(shape: type[RecordT], answer: JsonObject, *, key: str) -> Records[RecordT]:
    if key not in answer:
        raise SchemaError(f"the answer does not have {key}")
    if not isinstance(answer[key], list | None):
        raise SchemaError(f"the answer has no list at {key}")
    return parse_records(shape, answer[key])


def parse_records(shape: type[RecordT], values: object) -> Records[RecordT]:
    """Parse the records of a list one by one; anything but a list has none."""
    if not isinstance(values, list):
        return Records()
    found = [*_parse_each(shape, values)]
    return Records(tuple(found), len(values) - len(found))


def _parse_each(shape: type[RecordT], values: list[object]) -> Iterable[RecordT]:
    for value in values:
        try:
            yield shape.model_validate(value)
        except ValidationError:
            continue


def remark_on_dropped(
    subject: str, records: Records[RecordT], *, observe: Observer
) -> tuple[RecordT, ...]:
    """Return the records that were understood; remark on the others."""
    if records.dropped:
        count = format_count(records.dropped, "record")
        observe(Remark(f"{subject}: {count} without an id left out"))
    return records.records
