"""Classify the result of one request: a response, or a failure and whether to retry it."""

from __future__ import annotations

import math
import re
import socket
import ssl
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic_core import from_json

from sync.scenario.http import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response with its decoded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - 2xx; the API also answers 269


Refuser: TypeAlias = Literal["application", "plan", "credential", "route", "firewall", "unknown"]
"""Who answered 403. `application` is Scenario itself, `plan` the account's plan by its voice. Of
the gateway, `credential` refuses the key, `route` knows no such path, and `firewall` dislikes the
request. `unknown` is somebody on the way."""


class RequestFailure(Exception):  # noqa: N818 - a failure of one try, caught by the retries
    """The failure of one request.

    `retry`: a retry may succeed. `ambiguous`: the server may have carried out the request.
    `unreachable`: the request cannot have reached the server. `wait`: the seconds that the server
    asks to wait. `outage`: the cause is not this item, so that other items may fail, too.
    `refuser`: who answered 403.
    """

    def __init__(  # noqa: PLR0913 - one fact about the failure each, with a default
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        retry: bool = False,
        ambiguous: bool = False,
        unreachable: bool = False,
        wait: float | None = None,
        outage: bool = False,
        refuser: Refuser | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status
        self.retry = retry
        self.ambiguous = ambiguous
        self.unreachable = unreachable
        self.wait = wait
        self.outage = outage
        self.refuser = refuser


class ResponseTooLongError(RequestFailure):
    """A response longer than the client reads; the rest of it is unknown."""


# --- no response ---------------------------------------------------------------------------------


_RETRY_LATER_HINT = "Try again later; what is in place already will not be written twice."
WRONG_SERVER_HINT = "Is base_url that of the Scenario API?"
_TIMEOUT_HINT = "Try again later, or raise the target's timeout."
_NETWORK_HINT = "Check base_url, the network and the proxy."


@dataclass(frozen=True, slots=True)
class _FailureKind:
    words: str
    hint: str = _RETRY_LATER_HINT
    retry: bool = True
    ambiguous: bool = True
    unreachable: bool = False


_UNREACHABLE = _FailureKind("cannot connect", _NETWORK_HINT, ambiguous=False, unreachable=True)
_BROKEN_CONNECTION = _FailureKind("the connection broke")
_GARBLED_RESPONSE = _FailureKind("the answer was cut short or is not HTTP")
_INVALID_REQUEST = _FailureKind("the request could not be made", "", retry=False, ambiguous=False)

# By exact class, so that a test fails for an httpx exception that has no entry. The messages never
# quote the exception, because exceptions about headers may contain the credentials.
FAILURE_KINDS: dict[type[Exception], _FailureKind] = {
    TimeoutError: _FailureKind("no whole answer in time", _TIMEOUT_HINT),
    OSError: _BROKEN_CONNECTION,
    httpx.ConnectTimeout: _UNREACHABLE,
    httpx.ConnectError: _UNREACHABLE,
    httpx.ProxyError: _FailureKind(
        "the proxy refused", _NETWORK_HINT, ambiguous=False, unreachable=True
    ),
    httpx.UnsupportedProtocol: _INVALID_REQUEST,
    httpx.PoolTimeout: _FailureKind(
        "no connection came free in time", _TIMEOUT_HINT, ambiguous=False
    ),
    httpx.ReadTimeout: _FailureKind("no answer in time", _TIMEOUT_HINT),
    httpx.WriteTimeout: _FailureKind("the request could not be sent in time", _TIMEOUT_HINT),
    httpx.ReadError: _BROKEN_CONNECTION,
    httpx.WriteError: _BROKEN_CONNECTION,
    httpx.CloseError: _BROKEN_CONNECTION,
    httpx.RemoteProtocolError: _GARBLED_RESPONSE,
    httpx.DecodingError: _GARBLED_RESPONSE,
    httpx.LocalProtocolError: _INVALID_REQUEST,
    httpx.TooManyRedirects: _INVALID_REQUEST,
    httpx.HTTPStatusError: _INVALID_REQUEST,
    httpx.InvalidURL: _INVALID_REQUEST,
    httpx.CookieConflict: _INVALID_REQUEST,
    httpx.StreamConsumed: _INVALID_REQUEST,
    httpx.StreamClosed: _INVALID_REQUEST,
    httpx.ResponseNotRead: _INVALID_REQUEST,
    httpx.RequestNotRead: _INVALID_REQUEST,
    httpx.HTTPError: _BROKEN_CONNECTION,  # any other HTTP error
    httpx.StreamError: _INVALID_REQUEST,
    UnicodeEncodeError: _FailureKind(
        "the text is not valid Unicode", "", retry=False, ambiguous=False
    ),
}
TRANSPORT_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
    OSError,
    UnicodeEncodeError,
)


def classify_exception(error: Exception, host: str) -> RequestFailure:
    """Classify an exception that was raised instead of a response."""
    kind = next(FAILURE_KINDS[base] for base in type(error).__mro__ if base in FAILURE_KINDS)
    cause = _find_root_cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return RequestFailure(
            f"cannot trust {host}: {cause.verify_message}",
            hint="If its certificate is your own authority's, name that one in SSL_CERT_FILE.",
            unreachable=True,
        )
    detail = (
        f": {_explain_unreachable(cause)}" if kind.unreachable else f" ({type(error).__name__})"
    )
    return RequestFailure(
        f"{kind.words} ({host}){detail}" if kind.unreachable else f"{kind.words}{detail}",
        hint=kind.hint,
        retry=kind.retry,
        ambiguous=kind.ambiguous,
        unreachable=kind.unreachable,
        outage=kind.retry,
    )


def _find_root_cause(error: BaseException) -> BaseException:
    """Return the first exception of a chain; of a group, follow the first member."""
    while True:
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif (cause := error.__cause__ or error.__context__) is not None:
            error = cause
        else:
            return error


def _explain_unreachable(cause: BaseException) -> str:
    match cause:
        case socket.gaierror():
            return "its name cannot be resolved"
        case ConnectionRefusedError():
            return "connection refused"
        case TimeoutError():
            return "no connection in time"
        case _:
            return make_printable(str(cause)) or type(cause).__name__


# --- a response that is not a success ------------------------------------------------------------

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
    return hints.get(response.status, _RETRY_LATER_HINT if retry else "")


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
    """Tell who answered 403; None for another status.

    Only Scenario gives a `reason`; the API gateway names its error in a header.
    """
    if response.status != HTTPStatus.FORBIDDEN:
        return None
    body = _parse_object(response.body)
    if isinstance(body.get("reason"), str):
        return "plan" if body.get("name") == "ModelAccessRestrictedError" else "application"
    return _GATEWAY_REFUSERS.get(_get_gateway_error(response), "unknown")


def _get_gateway_error(response: Response) -> str:
    """Return the name of the gateway's error: from its header, else from `__type` of the body.

    In a header an address may follow the name after a colon; in a body a namespace and `#` may
    stand before it.
    """
    header = response.headers.get("x-amzn-errortype", "").partition(":")[0].strip()
    of_body = _parse_object(response.body).get("__type")
    return header or (of_body.rpartition("#")[2] if isinstance(of_body, str) else "")


def _is_plan_limit(response: Response) -> bool:
    """Return True if a quota is used up, so that waiting does not help."""
    return response.status == HTTPStatus.TOO_MANY_REQUESTS and (
        _parse_object(response.body).get("name") in _FINAL_LIMITS
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
    yield _parse_number(response.headers.get("retry-after-ms")) / 1000
    yield _parse_number(response.headers.get("retry-after"))
    if (date := parse_http_date(response.headers.get("retry-after"))) is not None:
        # Compare with the server's clock if it sends one: our clock may be wrong.
        ours = parse_http_date(response.headers.get("date"))
        yield date - (now if ours is None else ours)
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        yield _parse_number(_parse_object(response.body).get("remainingSeconds"))


def _parse_number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]  # a value that is not a number is caught
    except (TypeError, ValueError, OverflowError):
        return math.nan


def parse_http_date(value: str | None) -> float | None:
    """Parse the date of a header into seconds since 1970; return None if there is no date."""
    try:
        return parsedate_to_datetime(value or "").timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


# --- the server's message ------------------------------------------------------------------------

_MESSAGE_KEYS = ("reason", "message", "Message", "error", "detail")
_MAX_MESSAGE_LENGTH = 300


def extract_server_message(body: bytes) -> str:
    """Return the server's message about a failure, on one line of at most 300 characters."""
    found = (
        word
        for name in _MESSAGE_KEYS
        if isinstance(word := _parse_object(body).get(name), str) and word
    )
    text = next(found, None) or _strip_tags(
        body[: 4 * _MAX_MESSAGE_LENGTH].decode(errors="replace")
    )
    return make_printable(text) or "no reason given"


def _strip_tags(text: str) -> str:
    """Remove the tags of an HTML page, such as a gateway sends; return other text unchanged."""
    if not text.lstrip().startswith("<"):
        return text
    text = re.sub(r"(?is)<(script|style)\b.*?(</\1\s*>|\Z)", " ", text)
    return re.sub(r"<[^>]*>?", " ", text)


def make_printable(text: str) -> str:
    """Return the text on one line, without terminal control characters, cut to 300."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _MAX_MESSAGE_LENGTH else f"{line[: _MAX_MESSAGE_LENGTH - 1]}…"


def _parse_object(body: bytes) -> dict[str, object]:
    try:
        value = from_json(body.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _format_status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
