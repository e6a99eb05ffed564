"""Classify a response by its status: what 403, 429 and 5xx mean, whether to retry, and when."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sync.retry_after import parse_retry_after, parse_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
from sync.scenario.responses import (
    RETRY_LATER_HINT,
    Refuser,
    RequestFailure,
    Response,
    extract_server_message,
    make_printable,
    parse_error_body,
)

_RETRYABLE_STATUSES = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_MANY_REQUESTS,
}
_WRITE_HINTS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "The server does not take this text as it is.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The server does not take this text as it is.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Shorten the text.",
}
_HINTS: dict[int, str] = {
    HTTPStatus.PAYMENT_REQUIRED: "Look at the plan of the Scenario account.",
    HTTPStatus.FORBIDDEN: "Ask for the right to do this, or leave the model out.",
    HTTPStatus.NOT_FOUND: "Is the model's id right, and in this project?",
    HTTPStatus.TOO_MANY_REQUESTS: "Try again later, or lower requests_per_minute.",
}


def classify_response(method: str, response: Response, *, now: float) -> RequestFailure:
    """Classify a response that is not a success; `now` is in seconds since 1970."""
    status = response.status
    if status < HTTPStatus.BAD_REQUEST:
        return _classify_odd_response(response)
    limited = status == HTTPStatus.TOO_MANY_REQUESTS
    wait = parse_requested_wait(response, now=now)
    asked = f"; it asks to wait {round(wait):.6g} s" if wait else ""
    retry = _is_retryable(response)
    refuser = find_refuser(response)
    return RequestFailure(
        f"{_format_status(status)}: {extract_server_message(response.body)}{asked}",
        hint=_choose_hint(method, response, retry=retry),
        status=status,
        retry=retry,
        ambiguous=not limited and (retry or status >= HTTPStatus.INTERNAL_SERVER_ERROR),
        wait=wait,
        outage=status >= HTTPStatus.INTERNAL_SERVER_ERROR
        or status == HTTPStatus.PAYMENT_REQUIRED
        or _is_plan_limit(response)
        or (method == "GET" and refuser in {"firewall", "unknown"}),
        refuser=refuser,
    )


def _choose_hint(method: str, response: Response, *, retry: bool) -> str:
    if _is_plan_limit(response):
        return "Waiting does not help: the plan of the Scenario account allows no more."
    refuser = find_refuser(response)
    if refuser == "firewall" and method == "PUT":
        return f"{_FIREWALL}: long texts, and texts with HTML or code, are the usual reasons."
    if refuser and refuser in _REFUSER_HINTS:
        return _REFUSER_HINTS[refuser]
    hints = _HINTS | _WRITE_HINTS if method == "PUT" else _HINTS
    return hints.get(response.status, RETRY_LATER_HINT if retry else "")


def _classify_odd_response(response: Response) -> RequestFailure:
    """Classify a redirect or another unexpected status under 400.

    Redirects are never followed: the credentials would be sent to the other host.
    """
    try:
        host = urlsplit(response.headers.get("location", "")).hostname
    except ValueError:
        host = None
    if response.status == HTTPStatus.NOT_MODIFIED or response.status < HTTPStatus.MULTIPLE_CHOICES:
        what = "this is not an answer to the request"
    else:
        what = f"the server sends us to {make_printable(host or 'another address')}"
    return RequestFailure(
        f"{_format_status(response.status)}: {what}",
        hint="Redirects are not followed. Is base_url right?",
        status=response.status,
        outage=True,
    )


def _is_retryable(response: Response) -> bool:
    if _is_plan_limit(response):
        return False
    match response.headers.get("x-should-retry", "").strip().lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            return (
                response.status in _RETRYABLE_STATUSES
                or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            )


_FIREWALL = "A firewall in front of Scenario refused this request"
_REFUSER_HINTS: dict[Refuser, str] = {
    "plan": "The plan of the Scenario account does not include this model.",
    "route": "The gateway knows no such path: check base_url, with its path, in config.yaml.",
    "firewall": f"{_FIREWALL}: is this address allowed?",
    "unknown": "Scenario gives a reason: this came from something on the way.",
}
_GATEWAY_REFUSERS: dict[str, Refuser] = {
    "AccessDeniedException": "credential",
    "ForbiddenException": "firewall",
    "MissingAuthenticationTokenException": "route",
}


def find_refuser(response: Response) -> Refuser | None:
    """Return the source of a 403; None for another status.

    Only Scenario gives a `reason`; the API gateway names its error in a header.
    """
    if response.status != HTTPStatus.FORBIDDEN:
        return None
    body = parse_error_body(response.body)
    if isinstance(body.get("reason"), str):
        return "plan" if body.get("name") == "ModelAccessRestrictedError" else "application"
    return _GATEWAY_REFUSERS.get(_get_gateway_error(response), "unknown")


def _get_gateway_error(response: Response) -> str:
    """Return the name of the gateway's error: from its header, else from `__type` of the body.

    In a header an address may follow the name after a colon; in a body a namespace and `#` may
    stand before it.
    """
    header = response.headers.get("x-amzn-errortype", "").partition(":")[0].strip()
    of_body = parse_error_body(response.body).get("__type")
    return header or (of_body.rpartition("#")[2] if isinstance(of_body, str) else "")


def _is_plan_limit(response: Response) -> bool:
    """Return True if a quota is used up, so that waiting does not help."""
    return response.status == HTTPStatus.TOO_MANY_REQUESTS and (
        parse_error_body(response.body).get("name") in _FINAL_LIMITS
        or _get_gateway_error(response) in _FINAL_LIMITS
    )


_FINAL_LIMITS = {"LimitExceededException", "PlanLimitReachedError"}


def parse_requested_wait(response: Response, *, now: float) -> float | None:
    """Return the seconds that the server asks to wait; None if it does not ask.

    The sources, in order: `retry-after-ms`, `retry-after` as seconds or as a date, and
    `remainingSeconds` in the body of a 429.
    """
    waits = (wait for wait in _parse_waits(response, now) if math.isfinite(wait) and wait > 0)
    return next(waits, None)


def _parse_waits(response: Response, now: float) -> Iterator[float]:
    yield parse_seconds(response.headers.get("retry-after-ms")) / 1000
    yield parse_retry_after(response.headers, now=now) or 0
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        yield parse_seconds(parse_error_body(response.body).get("remainingSeconds"))


def _format_status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
