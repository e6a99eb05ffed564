"""What came back of one request: an answer, or what went wrong and whether it may go well later."""

from __future__ import annotations

import math
import re
import socket
import ssl
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from pydantic_core import from_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered, its body decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - 2xx; the API also answers 269


class AttemptError(Exception):
    """One request that failed.

    `retry`: it may go well another time; `ambiguous`: the server may have done what was asked all
    the same; `unreachable`: it cannot even have heard of it; `wait`: seconds until it wants to be
    asked again; `outage`: it has little to do with what was asked, so that others may fail alike.
    """

    def __init__(  # noqa: PLR0913 - each is one fact about the failure, and has a default
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


class TooLongError(AttemptError):
    """The answer is longer than what is read of any; nobody knows what else it says."""


# --- no answer -----------------------------------------------------------------------------------


_OUTAGE = "Try again later; what is in place already will not be written twice."
STRANGE = "Is base_url that of the Scenario API?"
_LATE = "Try again later, or raise the target's timeout."
_NETWORK = "Check base_url, the network and the proxy."


@dataclass(frozen=True, slots=True)
class _Kind:
    words: str
    hint: str = _OUTAGE
    retry: bool = True
    ambiguous: bool = True
    unreachable: bool = False


_UNREACHABLE = _Kind("cannot connect", _NETWORK, ambiguous=False, unreachable=True)
_CUT = _Kind("the connection broke")
_GARBLED = _Kind("the answer was cut short or is not HTTP")
_MISUSE = _Kind("the request could not be made", "", retry=False, ambiguous=False)

# By the exact class, so that a test can tell whether a new one has been thought of. The words
# never quote the exception: those about a header may hold the credentials.
KINDS: dict[type[Exception], _Kind] = {
    TimeoutError: _Kind("no whole answer in time", _LATE),
    OSError: _CUT,
    httpx.ConnectTimeout: _UNREACHABLE,
    httpx.ConnectError: _UNREACHABLE,
    httpx.ProxyError: _Kind("the proxy refused", _NETWORK, ambiguous=False, unreachable=True),
    httpx.UnsupportedProtocol: _MISUSE,
    httpx.PoolTimeout: _Kind("no connection came free in time", _LATE, ambiguous=False),
    httpx.ReadTimeout: _Kind("no answer in time", _LATE),
    httpx.WriteTimeout: _Kind("the request could not be sent in time", _LATE),
    httpx.ReadError: _CUT,
    httpx.WriteError: _CUT,
    httpx.CloseError: _CUT,
    httpx.RemoteProtocolError: _GARBLED,
    httpx.DecodingError: _GARBLED,
    httpx.LocalProtocolError: _MISUSE,
    httpx.TooManyRedirects: _MISUSE,
    httpx.HTTPStatusError: _MISUSE,
    httpx.InvalidURL: _MISUSE,
    httpx.CookieConflict: _MISUSE,
    httpx.StreamConsumed: _MISUSE,
    httpx.StreamClosed: _MISUSE,
    httpx.ResponseNotRead: _MISUSE,
    httpx.RequestNotRead: _MISUSE,
    httpx.HTTPError: _CUT,  # and whatever else there may be
    httpx.StreamError: _MISUSE,
    UnicodeEncodeError: _Kind("the text is not valid Unicode", "", retry=False, ambiguous=False),
}
FOREIGN = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
    OSError,
    UnicodeEncodeError,
)


def from_exception(error: Exception, host: str) -> AttemptError:
    """What it means that this was raised in place of an answer."""
    kind = next(KINDS[base] for base in type(error).__mro__ if base in KINDS)
    cause = _root(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return AttemptError(
            f"cannot trust {host}: {cause.verify_message}",
            hint="If its certificate is your own authority's, name that one in SSL_CERT_FILE.",
            unreachable=True,
        )
    detail = f": {_why_unreachable(cause)}" if kind.unreachable else f" ({type(error).__name__})"
    return AttemptError(
        f"{kind.words} ({host}){detail}" if kind.unreachable else f"{kind.words}{detail}",
        hint=kind.hint,
        retry=kind.retry,
        ambiguous=kind.ambiguous,
        unreachable=kind.unreachable,
        outage=kind.retry,
    )


def _root(error: BaseException) -> BaseException:
    """Where a chain of exceptions began; the first of a group stands for it."""
    while True:
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif (cause := error.__cause__ or error.__context__) is not None:
            error = cause
        else:
            return error


def _why_unreachable(cause: BaseException) -> str:
    match cause:
        case socket.gaierror():
            return "its name cannot be resolved"
        case ConnectionRefusedError():
            return "connection refused"
        case TimeoutError():
            return "no connection in time"
        case _:
            return printable(str(cause)) or type(cause).__name__


# --- an answer that is not a success -------------------------------------------------------------

_RETRIED = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}
_HINTS_ON_WRITING: dict[int, str] = {
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


def from_answer(method: str, answer: Answer, *, now: float) -> AttemptError:
    """What it means that the server gave this answer; `now` is in seconds since 1970."""
    status = answer.status
    if status < HTTPStatus.BAD_REQUEST:
        return _from_odd_answer(answer)
    limited = status == HTTPStatus.TOO_MANY_REQUESTS
    wait = asked_wait(answer, now=now)
    asked = f"; it asks to wait {round(wait):.6g} s" if wait else ""
    retry = _may_be_retried(answer)
    return AttemptError(
        f"{_name(status)}: {server_words(answer.body)}{asked}",
        hint=_hint(method, answer, retry=retry),
        status=status,
        retry=retry,
        ambiguous=not limited and (retry or status >= HTTPStatus.INTERNAL_SERVER_ERROR),
        wait=wait,
        outage=status >= HTTPStatus.INTERNAL_SERVER_ERROR
        or status == HTTPStatus.PAYMENT_REQUIRED
        or _is_final_limit(answer),
    )


def _hint(method: str, answer: Answer, *, retry: bool) -> str:
    if _is_final_limit(answer):
        return "Waiting does not help: the plan of the Scenario account allows no more."
    hints = _HINTS | _HINTS_ON_WRITING if method == "PUT" else _HINTS
    return hints.get(answer.status, _OUTAGE if retry else "")


def _from_odd_answer(answer: Answer) -> AttemptError:
    """A redirect, which is never followed: it would take the credentials along."""
    try:
        host = urlsplit(answer.headers.get("location", "")).hostname
    except ValueError:
        host = None
    if answer.status == HTTPStatus.NOT_MODIFIED or answer.status < HTTPStatus.MULTIPLE_CHOICES:
        what = "this is no answer to what was asked"
    else:
        what = f"the server sends us to {printable(host or 'another address')}"
    return AttemptError(
        f"{_name(answer.status)}: {what}",
        hint="Redirects are not followed. Is base_url right?",
        status=answer.status,
        outage=True,
    )


def _may_be_retried(answer: Answer) -> bool:
    if _is_final_limit(answer):
        return False
    match answer.headers.get("x-should-retry", "").strip().lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            return answer.status in _RETRIED or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _is_final_limit(answer: Answer) -> bool:
    """The plan's limit is reached: waiting does not help."""
    return (
        answer.status == HTTPStatus.TOO_MANY_REQUESTS
        and _object(answer.body).get("name") == "PlanLimitReachedError"
    )


def asked_wait(answer: Answer, *, now: float) -> float | None:
    """How many seconds the server asks to wait, in any of the ways that it may say so."""
    waits = (wait for wait in _asked_waits(answer, now) if math.isfinite(wait) and wait > 0)
    return next(waits, None)


def _asked_waits(answer: Answer, now: float) -> Iterator[float]:
    yield _number(answer.headers.get("retry-after-ms")) / 1000
    yield _number(answer.headers.get("retry-after"))
    if (date := http_date(answer.headers.get("retry-after"))) is not None:
        # Against the server's own clock, if it shows it: ours may be wrong.
        ours = http_date(answer.headers.get("date"))
        yield date - (now if ours is None else ours)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        yield _number(_object(answer.body).get("remainingSeconds"))


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]  # whatever is no number is caught
    except (TypeError, ValueError, OverflowError):
        return math.nan


def http_date(value: str | None) -> float | None:
    """The time of a header, in seconds since 1970; None where it holds none."""
    try:
        return parsedate_to_datetime(value or "").timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


# --- the server's words --------------------------------------------------------------------------

_WORDS = ("reason", "message", "Message", "error", "detail")
_LONGEST = 300


def server_words(body: bytes) -> str:
    """The server's own words about a failure, on one line of at most 300 characters."""
    found = (word for name in _WORDS if isinstance(word := _object(body).get(name), str) and word)
    text = next(found, None) or _without_tags(body[: 4 * _LONGEST].decode(errors="replace"))
    return printable(text) or "no reason given"


def _without_tags(text: str) -> str:
    """What a gateway's page says to a reader."""
    if not text.lstrip().startswith("<"):
        return text
    text = re.sub(r"(?is)<(script|style)\b.*?(</\1\s*>|\Z)", " ", text)
    return re.sub(r"<[^>]*>?", " ", text)


def printable(text: str) -> str:
    """The text on one line, without characters that could steer a terminal."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _object(body: bytes) -> dict[str, object]:
    try:
        value = from_json(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _name(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
