"""Middleware that delays, rejects or breaks requests before they reach the API."""

from __future__ import annotations

import asyncio
import json
import math
import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sync.sandbox.faults import BrokenResponse, ErrorStatus, FaultInjector
from sync.sandbox.rate import Rate, RateWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


_MEGABYTE = b" " * 1_000_000
_HUGE_MEGABYTES = 200


class TrafficMiddleware:
    """ASGI middleware around the API; requests for pictures are passed on unchanged."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        faults: FaultInjector,
        latency: float,
        rate: Rate | None,
    ) -> None:
        self.app = app
        self._faults = faults
        self._latency = latency
        self._window = RateWindow(rate) if rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Match routes on the raw path, so that an encoded slash stays part of its id.
        scope["path"] = scope["raw_path"].decode("latin-1")
        if not scope["path"].startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        await asyncio.sleep(self._latency)
        await self._handle_request(scope, receive, send)

    async def _handle_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = self._window.admit_request(time.monotonic()) if self._window else 0
        if wait:
            await _build_rate_limit_response(wait)(scope, receive, send)
            return
        match self._faults.find_failure(scope["method"], _find_model_id(scope["path"])):
            case None:
                await self.app(scope, receive, send)
            case ErrorStatus(code):
                reason = f"{HTTPStatus(code).phrase} (the sandbox was told to answer so)"
                await JSONResponse({"reason": reason}, code)(scope, receive, send)
            case BrokenResponse(name):
                await self._send_broken_response(name, scope, receive=receive, send=send)

    async def _send_broken_response(
        self, name: str, scope: Scope, *, receive: Receive, send: Send
    ) -> None:
        match name:
            case "hang":
                await _wait_for_disconnect(receive)
            case "drop":
                await _drain_request(receive)
                await _cut_connection(scope, receive)
            case "drop-after":
                await self.app(scope, receive, _discard_message)
                await _cut_connection(scope, receive)
            case "truncated" | "huge" | "endless" | "trickle":
                await _stream_broken_response(name, scope, receive=receive, send=send)
            case _:
                await _WRONG_RESPONSES[name]()(scope, receive, send)


def _find_model_id(path: str) -> str | None:
    """Return the model id in a path of the API, None if the path has no model id."""
    parts = path.split("/")
    return unquote(parts[3]) if parts[2] == "models" and len(parts) > 3 else None  # noqa: PLR2004  # /v1/models/ID


def _build_rate_limit_response(wait: float) -> Response:
    headers = {"Retry-After": str(math.ceil(wait))}
    return JSONResponse({"reason": "Too many requests"}, HTTPStatus.TOO_MANY_REQUESTS, headers)


def build_expired_response() -> Response:
    """Build the response of an API gateway to an expired or invalid token."""
    return JSONResponse(
        {"Message": "User is not authorized to access this resource"},
        HTTPStatus.FORBIDDEN,
        {"x-amzn-errortype": "AccessDeniedException"},
    )


def _build_gateway_error(status: HTTPStatus, name: str, message: str) -> Response:
    return JSONResponse({"message": message}, status, {"x-amzn-errortype": name})


def build_firewall_response() -> Response:
    """Build the response of a firewall in front of the API."""
    return _build_gateway_error(HTTPStatus.FORBIDDEN, "ForbiddenException", "Forbidden")


_WRONG_RESPONSES: dict[str, Callable[[], Response]] = {
    "expired": build_expired_response,
    "html": lambda: HTMLResponse("<h1>502 Bad Gateway</h1>", HTTPStatus.BAD_GATEWAY),
    "plan-limit": lambda: JSONResponse(
        {"name": "PlanLimitReachedError", "reason": "The limit of your plan is reached"},
        HTTPStatus.TOO_MANY_REQUESTS,
    ),
    "firewall": build_firewall_response,
    "no-route": lambda: _build_gateway_error(
        HTTPStatus.FORBIDDEN, "MissingAuthenticationTokenException", "Missing Authentication Token"
    ),
    "restricted": lambda: JSONResponse(
        {
            "reason": "Your plan does not include this model",
            "name": "ModelAccessRestrictedError",
            "details": {"currentPlan": "starter", "requiredPlan": "pro"},
        },
        HTTPStatus.FORBIDDEN,
    ),
    "quota": lambda: _build_gateway_error(
        HTTPStatus.TOO_MANY_REQUESTS, "LimitExceededException", "Limit Exceeded"
    ),
    "redirect": lambda: RedirectResponse("https://elsewhere.invalid/v1"),
    "empty": lambda: Response(b"", media_type="application/json"),
    "garbage": lambda: Response('{"description": {"val', media_type="application/json"),
    "other-shape": lambda: JSONResponse({"description": {"text": "of another shape"}}),
}


async def _stream_broken_response(name: str, scope: Scope, *, receive: Receive, send: Send) -> None:
    """Send a response that is cut off, or one that is too long or endless."""
    length = (
        [(b"content-length", b"%d" % (_HUGE_MEGABYTES * len(_MEGABYTE)))] if name == "huge" else []
    )
    await send(
        {
            "type": "http.response.start",
            "status": HTTPStatus.OK,
            "headers": [(b"content-type", b"application/json"), *length],
        }
    )
    if name == "truncated":
        await _drain_request(receive)
        await _send_part(send, json.dumps({"description": {"value": "A brass"}}).encode()[:-5])
        await _cut_connection(scope, receive)
        return
    disconnected = asyncio.create_task(_wait_for_disconnect(receive))
    sent = 0
    while not disconnected.done() and (name != "huge" or sent < _HUGE_MEGABYTES):
        await _send_part(send, b" " if name == "trickle" else _MEGABYTE)
        await asyncio.sleep(0.5 if name == "trickle" else 0)
        sent += 1
    disconnected.cancel()
    await send({"type": "http.response.body", "body": b""})


async def _send_part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _cut_connection(scope: Scope, receive: Receive) -> None:
    """Close the connection; raise ConnectionResetError if the sandbox is embedded."""
    connection = scope.get("state", {}).get("connection")
    if connection is None:
        raise ConnectionResetError("the sandbox cut the connection, as it was told")
    connection.close()
    await _wait_for_disconnect(receive)


async def _drain_request(receive: Receive) -> None:
    """Read the request to its end.

    If the connection were cut earlier, the client's write would fail in some runs only.
    """
    while (await receive()).get("more_body"):
        pass


async def _wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _discard_message(message: Message) -> None:
    """Discard a part of a response."""
