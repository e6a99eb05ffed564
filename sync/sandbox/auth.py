"""Authentication of the simulated API: an API key with its secret, or a token."""

from __future__ import annotations

import base64
import binascii
import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response

from sync.sandbox.middleware import build_expired_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


KeyAndSecret: TypeAlias = tuple[str, str]


class RequireKey:
    """ASGI middleware that requires the key and secret; if none is set, accept any credentials.

    If a key and secret are set, every token is rejected as expired.
    """

    def __init__(self, app: ASGIApp, *, credentials: KeyAndSecret | None) -> None:
        self.app = app
        self._credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._build_refusal(scope) if scope["path"].startswith("/v1/") else None
        await (refusal or self.app)(scope, receive, send)

    def _build_refusal(self, scope: Scope) -> Response | None:
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        match scheme.lower():
            case "bearer" if token:
                return build_expired_response() if self._credentials else None
            case "basic":
                return (
                    None
                    if self._is_valid_key(_decode_base64(token))
                    else _build_unauthorized("Invalid API key")
                )
            case _:
                return _build_unauthorized("Missing or malformed Authorization header")

    def _is_valid_key(self, presented: str) -> bool:
        if self._credentials is None:
            return ":" in presented
        return hmac.compare_digest(presented.encode(), ":".join(self._credentials).encode())


def _decode_base64(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _build_unauthorized(reason: str) -> Response:
    return JSONResponse({"reason": reason}, HTTPStatus.UNAUTHORIZED)
