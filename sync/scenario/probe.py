"""Probe a project and a scratch model, to learn how the server answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from sync.retry_after import parse_http_date
from sync.scenario.description_bodies import describe_description_body, find_missing_fields
from sync.scenario.json_body import SchemaError
from sync.scenario.record_lists import parse_model_page
from sync.scenario.responses import WRONG_SERVER_HINT, RequestFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.scenario.clock import Clock
    from sync.scenario.responses import Response
    from sync.scenario.session import ApiSession


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The result of a probe; times are in seconds.

    `seconds` is the duration of the request. `skew` is our clock minus the server's, None if the
    server sends no date. `limits` are the rate limit headers by name. `model` is the id of one of
    the project's models, None if the project has no model. `missing_fields` counts the records
    without a field that the contract requires, by kind and field.
    """

    seconds: float
    skew: float | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    model: str | None = None
    missing_fields: Mapping[tuple[str, str], int] = field(default_factory=dict)


async def probe_project(session: ApiSession, target: str, *, clock: Clock) -> ProbeResult:
    """List the models at the target and measure the request.

    Raises RequestFailure, CredentialsError or AccessError.
    """
    started = clock.monotonic()
    response = await session.send("GET", target)
    seconds = clock.monotonic() - started
    server_time = parse_http_date(response.headers.get("date"))
    skew = None if server_time is None else clock.now() - seconds / 2 - server_time
    return ProbeResult(
        seconds,
        skew,
        _find_rate_limit_headers(response),
        _find_first_model(response),
        find_missing_fields(response.body),
    )


def _find_rate_limit_headers(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if "ratelimit" in name.lower()}


def _find_first_model(response: Response) -> str | None:
    try:
        models = parse_model_page(response.body).models.records
    except SchemaError as error:
        raise RequestFailure(str(error), hint=WRONG_SERVER_HINT, status=response.status) from error
    return models[0].id if models else None


@dataclass(frozen=True, slots=True)
class ClearingProbe:
    """The bodies of the answers after the description was cleared.

    `answer` is that of the write and `unset` that of the read that followed, in a few words.
    """

    answer: str
    unset: str


async def probe_clearing(session: ApiSession, target: str, *, sent: str | None) -> ClearingProbe:
    """Clear the description at the target by sending null or an empty text, and read it again.

    Raises RequestFailure if one of the two is refused, CredentialsError or AccessError.
    """
    answer = await session.send("PUT", target, payload={"description": sent})
    try:
        read = await session.send("GET", target)
    except RequestFailure as failure:
        if failure.status != HTTPStatus.NOT_FOUND:
            raise
        unset = "404"
    else:
        unset = describe_description_body(read.body)
    return ClearingProbe(describe_description_body(answer.body), unset)
