"""The open connections of one run: sends a request and reads its answer, both within bounds."""

from __future__ import annotations

import asyncio
import json
import ssl
import zlib
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from sync import __version__
from sync.errors import PointlessError
from sync.scenario.answers import FOREIGN, STRANGE, Answer, TooLongError, from_exception

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType

    from sync.scenario.server import Server

LARGEST_BODY = 8 * 1024 * 1024
# One pool of 16 costs 1.3 ms of CPU a request, four pools of 4 cost 0.4 ms: the pool looks through
# all of its connections and requests at each of them.
POOL = 4


class Connections:
    """As many as may be in flight at once, in pools of a few.

    Requests go straight to the transports: there is nothing on their way that follows redirects,
    keeps cookies or reads a .netrc, and a request costs a third less CPU.
    """

    def __init__(self, server: Server, *, transport: httpx.AsyncBaseTransport | None) -> None:
        self._server = server
        self._given = transport
        self._idle: list[httpx.AsyncBaseTransport] = []
        self._open = AsyncExitStack()
        self._headers = _headers(server)
        # The deadline is for the whole; half of it for connecting, so that a request which
        # cannot have been heard is told from one which may have been.
        self._timeouts = {"connect": server.timeout / 2}

    async def __aenter__(self) -> Self:
        for transport in [self._given] if self._given else _transports(self._server):
            await self._open.enter_async_context(transport)
            seats = self._server.concurrency if self._given else POOL
            self._idle.extend([transport] * seats)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    async def send(self, method: str, target: str, *, payload: object = None) -> Answer:
        """The answer to one request for `target`, a path with its query.

        Raises AttemptError if there is none.
        """
        try:
            request = self._request(method, f"{self._server.base_url}{target}", payload)
            async with asyncio.timeout(self._server.timeout), self._exchange(request) as response:
                return Answer(response.status_code, response.headers, await _read(response))
        except FOREIGN as error:
            raise from_exception(error, self._server.host) from error

    def _request(self, method: str, url: str, payload: object) -> httpx.Request:
        with_body = payload is not None
        return httpx.Request(
            method,
            url,
            headers=self._headers | _JSON if with_body else self._headers,
            content=json.dumps(payload, ensure_ascii=False).encode() if with_body else None,
            extensions={"timeout": self._timeouts},
        )

    @asynccontextmanager
    async def _exchange(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        transport = self._idle.pop()
        try:
            response = await transport.handle_async_request(request)
            try:
                yield response
            finally:
                await response.aclose()
        finally:
            self._idle.append(transport)


_JSON = {"Content-Type": "application/json"}


def _headers(server: Server) -> dict[str, str]:
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": f"description-sync/{__version__}",
    }
    if server.credentials:
        headers["Authorization"] = server.credentials.authorization
    return headers


def _transports(server: Server) -> list[httpx.AsyncHTTPTransport]:
    """Pools enough for the concurrency, verifying certificates, through the user's proxy."""
    limits = httpx.Limits(max_connections=POOL, max_keepalive_connections=POOL)
    try:
        verify, proxy = _verification(server), _proxy(server)
        return [
            httpx.AsyncHTTPTransport(verify=verify, proxy=proxy, limits=limits)
            for _ in range(-(-server.concurrency // POOL))
        ]
    except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
        raise PointlessError(
            f"The network settings of the environment do not work: {type(error).__name__}.",
            hint="Check SSL_CERT_FILE, SSL_CERT_DIR and the proxy variables.",
        ) from error


def _verification(server: Server) -> ssl.SSLContext:
    if server.base_url.startswith("http:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # unused; loading certificates takes 50 ms
    return httpx.create_ssl_context()


def _proxy(server: Server) -> str | None:
    """The proxy that the environment names for this server; never one for this machine."""
    url = urlsplit(server.base_url)
    if server.is_local or proxy_bypass(url.netloc):
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


# --- bodies --------------------------------------------------------------------------------------


async def _read(response: httpx.Response) -> bytes:
    """The decoded body; never more in memory than a little over LARGEST_BODY."""
    decode = _decoder(response.headers.get("content-encoding", "identity").strip().lower())
    body = bytearray()
    # The raw stream: a response made in memory, as by an embedded application, is read already.
    async for chunk in cast("httpx.AsyncByteStream", response.stream):
        body += decode(chunk, LARGEST_BODY + 1 - len(body))
        if len(body) > LARGEST_BODY:
            raise TooLongError(
                f"the answer is longer than {LARGEST_BODY // 1024**2} MiB",
                hint=STRANGE,
                status=response.status_code,
                ambiguous=True,
            )
    return bytes(body)


def _decoder(encoding: str) -> Callable[[bytes, int], bytes]:
    """What decodes a chunk to at most so many bytes; our own, as a bomb must not go off first."""
    match encoding:
        case "identity":
            return lambda chunk, _: chunk
        case "gzip" | "x-gzip":
            return _gunzip()
        case _:
            raise httpx.DecodingError("only gzip was asked for")


def _gunzip() -> Callable[[bytes, int], bytes]:
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def decode(chunk: bytes, most: int) -> bytes:
        try:
            return stream.decompress(chunk, most)
        except zlib.error as error:
            raise httpx.DecodingError("this is not gzip") from error

    return decode
