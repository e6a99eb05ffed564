"""Who may come in: the API's two kinds of credentials, and what it answers to the wrong ones."""

from __future__ import annotations

import base64
import binascii
import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response

from sync.sandbox.traffic import expired

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

Credentials: TypeAlias = tuple[str, str]


class Door:
    """ASGI middleware that lets in whoever has the key and secret; without any set, any will do.

    With a key and secret set, no token is good: it is answered as an expired one is.
    """

    def __init__(self, app: ASGIApp, *, credentials: Credentials | None) -> None:
        self.app = app
        self._credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["path"].startswith("/v1/") else None
        await (refusal or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        match scheme.lower():
            case "bearer" if token:
                return expired() if self._credentials else None
            case "basic":
                return None if self._is_key(_decoded(token)) else _unauthorized("Invalid API key")
            case _:
                return _unauthorized("Missing or malformed Authorization header")

    def _is_key(self, presented: str) -> bool:
        if self._credentials is None:
            return ":" in presented
        return hmac.compare_digest(presented.encode(), ":".join(self._credentials).encode())


def _decoded(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _unauthorized(reason: str) -> Response:
    return JSONResponse({"reason": reason}, HTTPStatus.UNAUTHORIZED)
