"""The result of one request: a response, or a failure with what it means for a retry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from sync.scenario.json_body import JsonObject, SchemaError, parse_object

if TYPE_CHECKING:
    from collections.abc import Mapping


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
"""The source of a 403. `application`: Scenario itself; `plan`: Scenario, because of the account's
plan. From its gateway, `credential`: the key is refused; `route`: the path is unknown; `firewall`:
the request looks like an attack. `unknown`: another server on the way, such as a proxy."""


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


RETRY_LATER_HINT = "Try again later; texts that were already written are skipped."
WRONG_SERVER_HINT = "Is base_url that of the Scenario API?"


_MESSAGE_KEYS = ("reason", "message", "Message", "error", "detail")
_MAX_MESSAGE_LENGTH = 300


def extract_server_message(body: bytes) -> str:
    """Return the server's message about a failure, on one line of at most 300 characters."""
    found = (
        word
        for name in _MESSAGE_KEYS
        if isinstance(word := parse_error_body(body).get(name), str) and word
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


def parse_error_body(body: bytes) -> JsonObject:
    """Return the JSON object of a body; an empty one if it has none."""
    try:
        return parse_object(body)
    except SchemaError:
        return {}
