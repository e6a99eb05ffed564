"""What befalls a request before the API sees it: it is counted, delayed, refused or broken."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sync.sandbox.faults import Break, Faults, Status
from sync.sandbox.rate import Rate, Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MEGABYTE = b" " * 1_000_000
_HUGE = 200


@dataclass(slots=True)
class Requests:
    """What tests ask of a sandbox: how many requests of each method, how many at a time."""

    by_method: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0

    def begin(self, method: str) -> None:
        self.by_method[method] += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def end(self) -> None:
        self.in_flight -= 1


class Traffic:
    """ASGI middleware around the API; pictures behind signed URLs pass untouched."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        requests: Requests,
        faults: Faults,
        latency: float,
        rate: Rate | None,
    ) -> None:
        self.app = app
        self._requests = requests
        self._faults = faults
        self._latency = latency
        self._window = Window(rate) if rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Routes are matched on the path as it was sent, so that an encoded slash stays in its id.
        scope["path"] = scope["raw_path"].decode("latin-1")
        if not scope["path"].startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        self._requests.begin(scope["method"])
        try:
            await asyncio.sleep(self._latency)
            await self._handle(scope, receive, send)
        finally:
            self._requests.end()

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = self._window.wait(time.monotonic()) if self._window else 0
        if wait:
            await _too_many(wait)(scope, receive, send)
            return
        match self._faults.breaking(scope["method"], _model(scope["path"])):
            case None:
                await self.app(scope, receive, send)
            case Status(code):
                reason = f"{HTTPStatus(code).phrase} (the sandbox was told to answer so)"
                await JSONResponse({"reason": reason}, code)(scope, receive, send)
            case Break(name):
                await self._break(name, scope, receive=receive, send=send)

    async def _break(self, name: str, scope: Scope, *, receive: Receive, send: Send) -> None:
        match name:
            case "hang":
                await _gone(receive)
            case "drop":
                await _heard(receive)
                await _cut(scope, receive)
            case "drop-after":
                await self.app(scope, receive, _nowhere)
                await _cut(scope, receive)
            case "truncated" | "huge" | "endless" | "trickle":
                await _stream(name, scope, receive=receive, send=send)
            case _:
                await _WRONG_ANSWERS[name]()(scope, receive, send)


def _model(path: str) -> str | None:
    """The model id in a path of the API, None where it names none."""
    parts = path.split("/")
    return unquote(parts[3]) if parts[2] == "models" and len(parts) > 3 else None  # noqa: PLR2004  # /v1/models/ID


def _too_many(wait: float) -> Response:
    headers = {"Retry-After": str(math.ceil(wait))}
    return JSONResponse({"reason": "Too many requests"}, HTTPStatus.TOO_MANY_REQUESTS, headers)


def expired() -> Response:
    """What a gateway answers to a token that is no longer good, or never was."""
    return JSONResponse(
        {"Message": "User is not authorized to access this resource"},
        HTTPStatus.FORBIDDEN,
        {"x-amzn-errortype": "AccessDeniedException"},
    )


_WRONG_ANSWERS: dict[str, Callable[[], Response]] = {
    "expired": expired,
    "html": lambda: HTMLResponse("<h1>502 Bad Gateway</h1>", HTTPStatus.BAD_GATEWAY),
    "plan-limit": lambda: JSONResponse(
        {"name": "PlanLimitReachedError", "reason": "The limit of your plan is reached"},
        HTTPStatus.TOO_MANY_REQUESTS,
    ),
    "redirect": lambda: RedirectResponse("https://elsewhere.invalid/v1"),
    "empty": lambda: Response(b"", media_type="application/json"),
    "garbage": lambda: Response('{"description": {"val', media_type="application/json"),
    "other-shape": lambda: JSONResponse({"description": {"text": "of another shape"}}),
}


async def _stream(name: str, scope: Scope, *, receive: Receive, send: Send) -> None:
    """An answer that is cut off, or goes on for longer than anyone should listen."""
    length = [(b"content-length", b"%d" % (_HUGE * len(_MEGABYTE)))] if name == "huge" else []
    await send(
        {
            "type": "http.response.start",
            "status": HTTPStatus.OK,
            "headers": [(b"content-type", b"application/json"), *length],
        }
    )
    if name == "truncated":
        await _heard(receive)
        await _send_part(send, json.dumps({"description": {"value": "A brass"}}).encode()[:-5])
        await _cut(scope, receive)
        return
    gone = asyncio.create_task(_gone(receive))
    sent = 0
    while not gone.done() and (name != "huge" or sent < _HUGE):
        await _send_part(send, b" " if name == "trickle" else _MEGABYTE)
        await asyncio.sleep(0.5 if name == "trickle" else 0)
        sent += 1
    gone.cancel()
    await send({"type": "http.response.body", "body": b""})


async def _send_part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _cut(scope: Scope, receive: Receive) -> None:
    """Close the connection under the answer; without a connection, the caller gets the error."""
    connection = scope.get("state", {}).get("connection")
    if connection is None:
        raise ConnectionResetError("the sandbox cut the connection, as it was told")
    connection.close()
    await _gone(receive)


async def _heard(receive: Receive) -> None:
    """Take the request to its end: cut before, it is the caller's writing that fails, or not."""
    while (await receive()).get("more_body"):
        pass


async def _gone(receive: Receive) -> None:
    """Wait until nobody listens any more."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _nowhere(message: Message) -> None:
    """Take an answer that nobody will get."""
