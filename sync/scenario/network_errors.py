"""Classify an exception that came instead of a response, and say whether to retry."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

from sync.scenario.http import httpx
from sync.scenario.responses import RETRY_LATER_HINT, RequestFailure, make_printable

_TIMEOUT_HINT = "Try again later, or raise the target's timeout."
_NETWORK_HINT = "Check base_url, the network and the proxy."


@dataclass(frozen=True, slots=True)
class _FailureKind:
    words: str
    hint: str = RETRY_LATER_HINT
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
