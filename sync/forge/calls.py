"""Call the API of a forge, and turn its responses into values or errors with a hint."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from sync import __version__
from sync.config.urls import check_server_url, check_token
from sync.errors import ForgeError, UsageError
from sync.redaction import Redactor
from sync.retry_after import parse_retry_after

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TIMEOUT = 30.0  # seconds
PAGE_SIZE = 100  # the largest page that both forges allow
_MAX_MESSAGE_LENGTH = 300
_MAX_READ_LENGTH = 1 << 16  # characters of an error that are searched for the token
_MAX_BODY_SIZE = 32 * 1024**2  # bytes; a page of 100 comments of the largest size has 25 MiB
_MAX_SECONDS = 120.0
_MAX_PAGES = 100  # GitLab allows 5,000 comments, GitHub 2,500
_LOCKED_HINT = "The conversation is locked: unlock it, then run the command again."

Shape = TypeVar("Shape")


class ForgeBusyError(ForgeError):
    """A failure that may pass: an outage or a rate limit.

    `retry_after` is in seconds, None if the server does not say how long to wait.
    """

    def __init__(self, message: str, *, seconds: float | None = None) -> None:
        super().__init__(message, hint="Try again later.")
        self.retry_after = seconds


class CommentTooLongError(ForgeError):
    """The server does not accept a text of this length."""


class CommentGoneError(ForgeError):
    """The item does not exist, or the token is not allowed to see it."""


@dataclass(frozen=True, slots=True)
class ForgeAccess:
    """The URLs of a forge's API, and the token that is sent there; only GitHub has GraphQL.

    Raises UsageError if the token cannot safely be sent to each of them.
    """

    url: str
    token: str = field(repr=False)
    graphql_url: str | None = None

    def __post_init__(self) -> None:
        try:
            check_token(self.token)
        except ValueError as error:
            raise UsageError(f"the token {error}", hint="Copy it again, on one line.") from error
        try:
            object.__setattr__(self, "url", check_server_url(self.url))
            if self.graphql_url is not None:
                check_server_url(self.graphql_url)
        except ValueError as error:
            raise UsageError(f"the URL of the forge's API: {error}") from error


class ForgeClient:
    """A client of one forge's API.

    `headers` hold the token. `denied_hint` is the hint of an error if the token is not allowed to
    do something.
    """

    def __init__(
        self, access: ForgeAccess, headers: Mapping[str, str], *, denied_hint: str
    ) -> None:
        self.host = urlsplit(access.url).netloc
        self._redactor = Redactor([access.token])
        self._url = access.url
        self._graphql_url = access.graphql_url or ""
        self._denied_hint = denied_hint
        agent = {"User-Agent": f"description-sync/{__version__}"}
        self._client = httpx.Client(
            headers={**headers, **agent},
            timeout=TIMEOUT,
            limits=httpx.Limits(max_keepalive_connections=0),  # few calls: keep no connection open
        )

    def get_item(self, shape: type[Shape], path: str) -> Shape:
        """Get one item. Raises ForgeError; its subclass ForgeBusyError if a retry may help."""
        return self._parse_response(shape, self._send_request("GET", self._url + path))

    def list_items(self, shape: type[Shape], path: str) -> Iterator[Shape]:
        """Yield the items of a list, page by page. Raises the errors of `get_item`."""
        number, more = 1, True
        while more:
            if number > _MAX_PAGES:
                raise ForgeError(f"{self.host}: the list {path} has no end.")
            query = {"per_page": PAGE_SIZE, "page": number}
            url = httpx.URL(self._url + path).copy_merge_params(query)
            answer = self._send_request("GET", str(url))
            yield from self._parse_response(list[shape], answer)  # type: ignore[valid-type] # a type is a value here
            number, more = number + 1, "next" in answer.links

    def send_comment(self, method: str, path: str, *, text: str) -> None:
        """Send a comment's text. Raises ForgeError, ForgeBusyError or CommentTooLongError."""
        self._send_request(method, self._url + path, payload={"body": text})

    def delete_item(self, path: str) -> None:
        """Delete an item. Raises ForgeError, CommentGoneError or ForgeBusyError."""
        self._send_request("DELETE", self._url + path)

    def send_item(
        self, shape: type[Shape], method: str, path: str, payload: Mapping[str, str]
    ) -> Shape:
        """Send an item; return the resulting item. Raises the errors of `send_comment`."""
        answer = self._send_request(method, self._url + path, payload=payload)
        return self._parse_response(shape, answer)

    def query_graphql(self, shape: type[Shape], query: str) -> Shape:
        """Send a GraphQL query and return its response. Raises the errors of `get_item`."""
        answer = self._send_request("POST", self._graphql_url, payload={"query": query})
        return self._parse_response(shape, answer)

    def _send_request(
        self,
        method: str,
        url: str,
        *,
        payload: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        if any(self._redactor.is_quoted_in(text.encode()) for text in (payload or {}).values()):
            raise ForgeError(
                f"The text has the token of {self.host} in it, so it was not sent.",
                hint="Remove it, and get a new token.",
            )
        try:
            with self._client.stream(method, url, json=payload) as response:
                answer = self._read_response(response)
        except (httpx.TransportError, httpx.DecodingError) as error:
            words = self._redactor.hide(str(error) or type(error).__name__)
            raise ForgeBusyError(f"{self.host} does not answer: {words}") from error
        if not answer.is_success:
            raise self._make_error(answer)
        return answer

    def _read_response(self, response: httpx.Response) -> httpx.Response:
        """Return the response with its whole body. Raises ForgeError if that has no end."""
        body, deadline = bytearray(), time.monotonic() + _MAX_SECONDS
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _MAX_BODY_SIZE:
                raise ForgeError(f"{self.host} sent more than {_MAX_BODY_SIZE // 1024**2} MiB.")
            if time.monotonic() > deadline:
                raise ForgeBusyError(f"{self.host} did not finish its answer in time.")
        headers = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name not in {"content-encoding", "content-length", "transfer-encoding"}
        ]
        return httpx.Response(
            response.status_code,
            headers=headers,
            content=bytes(body),
            request=response.request,
            extensions={"reason_phrase": response.reason_phrase.encode("ascii", "replace")},
        )

    def _parse_response(self, shape: type[Shape], answer: httpx.Response) -> Shape:
        try:
            return TypeAdapter(shape).validate_json(answer.content)
        except ValidationError as error:
            raise ForgeError(
                f"{self.host} gave an answer that its API does not document: "
                f"{answer.request.method} {answer.request.url.path}",
                hint="Is the API's URL right?",
            ) from error

    def _make_error(self, answer: httpx.Response) -> ForgeError:
        message = self._redactor.hide(_read_error_message(answer))[:_MAX_MESSAGE_LENGTH]
        words = f"{self.host}: {answer.status_code} {message}"
        status = answer.status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or _is_rate_limited(answer):
            return ForgeBusyError(words, seconds=_read_retry_delay(answer, now=time.time()))
        if _is_too_long(answer):
            return CommentTooLongError(words)
        if status == HTTPStatus.UNAUTHORIZED:
            return ForgeError(words, hint="The token is wrong, or has expired.")
        if status == HTTPStatus.NOT_FOUND:
            return CommentGoneError(words, hint=self._denied_hint)
        if status == HTTPStatus.FORBIDDEN:
            is_locked = "locked" in message.lower()
            return ForgeError(words, hint=_LOCKED_HINT if is_locked else self._denied_hint)
        return ForgeError(words)


class _ErrorBody(BaseModel):
    """The body of an error response of both forges.

    GitLab's `message` may be a mapping from field to messages.
    """

    message: object = ""
    errors: list[object] = []


def _read_error_message(answer: httpx.Response) -> str:
    """Return the error message of the server on one line."""
    try:
        complaint = _ErrorBody.model_validate_json(answer.content)
    except ValidationError:
        return answer.reason_phrase
    details = f" {complaint.errors}" if complaint.errors else ""
    return " ".join(f"{complaint.message}{details}"[:_MAX_READ_LENGTH].split())


def _is_rate_limited(answer: httpx.Response) -> bool:
    """Return True if a rate limit was exceeded; GitHub uses status 403 for it, too.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    spent = answer.headers.get("x-ratelimit-remaining") == "0"
    said = "retry-after" in answer.headers or "rate limit" in _read_error_message(answer).lower()
    return answer.status_code == HTTPStatus.FORBIDDEN and (spent or said)


def _read_retry_delay(answer: httpx.Response, *, now: float) -> float | None:
    """Return how many seconds to wait, or None if the server does not say.

    `now` is in seconds since 1970, as is the reset time in the headers.
    """
    asked = parse_retry_after(answer.headers, now=now)
    if asked is not None:
        return asked
    reset = answer.headers.get("x-ratelimit-reset") or answer.headers.get("ratelimit-reset", "")
    if reset.isdigit() and _is_rate_limited(answer):
        return max(0.0, float(reset) - now)
    return None


def _is_too_long(answer: httpx.Response) -> bool:
    """Return True if the text was too long: GitHub answers 422, GitLab 400 with a message."""
    if answer.status_code == HTTPStatus.BAD_REQUEST:
        return "too long" in _read_error_message(answer)
    return answer.status_code in {
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
