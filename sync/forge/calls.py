"""Calls of a forge's API: an answer is a value, or an error that says what to do next."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from sync import __version__
from sync.config import is_loopback
from sync.errors import ForgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TIMEOUT = 30.0  # seconds
PAGE = 100  # the most that both forges give at once
_LONGEST_WORDS = 300

Shape = TypeVar("Shape")


class BusyError(ForgeError):
    """It may go better in so many seconds, None where the server does not say."""

    def __init__(self, message: str, *, seconds: float | None = None) -> None:
        super().__init__(message, hint="Try again later.")
        self.seconds = seconds


class TooLongError(ForgeError):
    """The server takes no text of this length."""


class Calls:
    """One forge's API, and who is asking; `denied` says what to do where that is not allowed."""

    def __init__(self, url: str, headers: Mapping[str, str], *, denied: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise UsageError(f"{url}: a token is sent there, so the URL must begin with https://")
        self.host = parts.netloc
        self._url = url.rstrip("/")
        self._denied = denied
        agent = {"User-Agent": f"description-sync/{__version__}"}
        self._client = httpx.Client(
            headers={**headers, **agent},
            timeout=TIMEOUT,
            limits=httpx.Limits(max_keepalive_connections=0),  # few calls: nothing stays open
        )

    def get(self, shape: type[Shape], path: str) -> Shape:
        """What one answer holds. Raises ForgeError, of it BusyError."""
        return self._parsed(shape, self._send("GET", self._url + path))

    def pages(self, shape: type[Shape], path: str) -> Iterator[Shape]:
        """The items of a list, page by page; as `get`."""
        number, more = 1, True
        while more:
            query = {"per_page": PAGE, "page": number}
            answer = self._send("GET", self._url + path, query=query)
            yield from self._parsed(list[shape], answer)  # type: ignore[valid-type] # a type is a value here
            number, more = number + 1, "next" in answer.links

    def write(self, method: str, path: str, *, text: str) -> None:
        """Send a comment's text. Raises ForgeError, of it BusyError and TooLongError."""
        self._send(method, self._url + path, payload={"body": text})

    def ask(self, shape: type[Shape], url: str, *, query: str) -> Shape:
        """What a GraphQL query answers; as `get`."""
        return self._parsed(shape, self._send("POST", url, payload={"query": query}))

    def _send(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, int] | None = None,
        payload: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            answer = self._client.request(method, url, params=query, json=payload)
        except httpx.TransportError as error:
            raise BusyError(
                f"{self.host} does not answer: {str(error) or type(error).__name__}"
            ) from error
        if not answer.is_success:
            raise self._failure(answer)
        return answer

    def _parsed(self, shape: type[Shape], answer: httpx.Response) -> Shape:
        try:
            return TypeAdapter(shape).validate_json(answer.content)
        except ValidationError as error:
            raise ForgeError(
                f"{self.host} answered something else than its API documents: "
                f"{answer.request.method} {answer.request.url.path}",
                hint="Is the API's URL right?",
            ) from error

    def _failure(self, answer: httpx.Response) -> ForgeError:
        words = f"{self.host}: {answer.status_code} {_words(answer)}"
        status = answer.status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or _is_limited(answer):
            return BusyError(words, seconds=_asked(answer, now=time.time()))
        if _is_too_long(answer):
            return TooLongError(words)
        if status == HTTPStatus.UNAUTHORIZED:
            return ForgeError(words, hint="The token is wrong, or has expired.")
        if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
            return ForgeError(words, hint=self._denied)
        return ForgeError(words)


class _Complaint(BaseModel):
    """An error, as both forges write it; GitLab's `message` may be a mapping by field."""

    message: object = ""
    errors: list[object] = []


def _words(answer: httpx.Response) -> str:
    """What the server says, on one line."""
    try:
        complaint = _Complaint.model_validate_json(answer.content)
    except ValidationError:
        return answer.reason_phrase
    details = f" {complaint.errors}" if complaint.errors else ""
    return " ".join(f"{complaint.message}{details}".split())[:_LONGEST_WORDS]


def _is_limited(answer: httpx.Response) -> bool:
    """Whether it was too much at once; GitHub says so with 403, too.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    spent = answer.headers.get("x-ratelimit-remaining") == "0"
    said = "retry-after" in answer.headers or "rate limit" in _words(answer).lower()
    return answer.status_code == HTTPStatus.FORBIDDEN and (spent or said)


def _asked(answer: httpx.Response, *, now: float) -> float | None:
    """How many seconds to wait, as far as the server says."""
    after = answer.headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    reset = answer.headers.get("x-ratelimit-reset") or answer.headers.get("ratelimit-reset", "")
    if reset.isdigit() and _is_limited(answer):
        return max(0.0, float(reset) - now)
    return None


def _is_too_long(answer: httpx.Response) -> bool:
    """GitHub answers 422 for a text it does not take; GitLab 400, and then why."""
    if answer.status_code == HTTPStatus.BAD_REQUEST:
        return "too long" in _words(answer)
    return answer.status_code in {
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
