"""Keep the open connections of one run; limit the time and the size of each response."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import zlib
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from sync import __version__
from sync.errors import AbortRunError
from sync.scenario.http import httpx
from sync.scenario.network_errors import TRANSPORT_ERRORS, classify_exception
from sync.scenario.responses import (
    WRONG_SERVER_HINT,
    Response,
    ResponseTooLongError,
    make_printable,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from sync.scenario.server import Server

MAX_BODY_SIZE = 8 * 1024 * 1024


class ConnectionPool:
    """One connection per concurrent request, each in a transport of its own.

    A transport walks twice through all of its connections for each request. Requests are sent to
    the transports directly, not through httpx.AsyncClient: no redirect is followed, no cookie kept
    and no .netrc read, and a request costs a third less CPU.
    """

    def __init__(self, server: Server, *, transport: httpx.AsyncBaseTransport | None) -> None:
        self._server = server
        self._given_transport = transport
        self._free_transports: list[httpx.AsyncBaseTransport] = []
        self._open_transports = AsyncExitStack()
        self._headers = _build_headers(server)
        # The timeout is for the whole request. Half of it is for connecting, so that a request
        # that cannot have reached the server is told from one that may have.
        self._timeouts = {"connect": server.timeout / 2}

    async def __aenter__(self) -> Self:
        given, concurrency = self._given_transport, self._server.concurrency
        transports = [given] if given else _create_transports(self._server)
        for transport in transports:
            await self._open_transports.enter_async_context(transport)
        self._free_transports = [given] * concurrency if given else [*transports]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._open_transports.aclose()

    async def send(self, method: str, target: str, *, payload: object = None) -> Response:
        """Send one request for `target`, a path with its query, and return the response.

        Raises RequestFailure if there is no response.
        """
        transport = self._free_transports.pop()
        try:
            request = self._build_request(method, f"{self._server.base_url}{target}", payload)
            async with asyncio.timeout(self._server.timeout):
                response = await transport.handle_async_request(request)
                try:
                    body = await _read_body(response)
                    _check_nothing_follows(response)
                finally:
                    await response.aclose()
        except TRANSPORT_ERRORS as error:
            raise classify_exception(error, self._server.host) from error
        finally:
            self._free_transports.append(transport)
        return Response(response.status_code, response.headers, body)

    def _build_request(self, method: str, url: str, payload: object) -> httpx.Request:
        with_body = payload is not None
        return httpx.Request(
            method,
            url,
            headers=self._headers | _JSON_HEADERS if with_body else self._headers,
            content=json.dumps(payload, ensure_ascii=False).encode() if with_body else None,
            extensions={"timeout": self._timeouts},
        )


_JSON_HEADERS = {"Content-Type": "application/json"}


def _build_headers(server: Server) -> dict[str, str]:
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": f"description-sync/{__version__}",
    }
    if server.credentials:
        headers["Authorization"] = server.credentials.authorization
    return headers


def _create_transports(server: Server) -> list[httpx.AsyncHTTPTransport]:
    """Create a transport with one connection for each concurrent request.

    They verify certificates and use the proxy of the environment. Raises AbortRunError if the
    network settings of the environment do not work.
    """
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    try:
        verify, proxy = _create_ssl_context(server), _find_proxy(server)
        return [
            httpx.AsyncHTTPTransport(verify=verify, proxy=proxy, limits=limits)
            for _ in range(server.concurrency)
        ]
    except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
        raise AbortRunError(
            f"The network settings of the environment do not work: {type(error).__name__}.",
            hint=f"Check {_list_set(*_TLS_VARIABLES) or 'the certificates of this machine'}.",
        ) from error


def _create_ssl_context(server: Server) -> ssl.SSLContext:
    if server.base_url.startswith("http:"):
        # An http URL does not use it, and loading the certificates takes 50 ms.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.create_ssl_context()


def _find_proxy(server: Server) -> str | None:
    """Return the proxy that the environment names for this server; None for a local server."""
    url = urlsplit(server.base_url)
    if server.is_local or proxy_bypass(url.netloc):
        return None
    proxies = getproxies()
    kind = url.scheme if proxies.get(url.scheme) else "all"
    proxy = proxies.get(kind)
    if not proxy:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    setting = _list_set(f"{kind}_proxy", f"{kind}_PROXY".upper()) or "The proxy of this machine"
    scheme = proxy.partition("://")[0]
    if scheme.lower() not in {"http", "https"}:
        fault = f"names a {make_printable(scheme)} proxy; only http and https proxies are supported"
    elif not _is_address(proxy):
        fault = "is not the address of a proxy, such as http://proxy.example:8080"
    else:
        return proxy
    hint = f"Set {url.scheme.upper()}_PROXY to an http proxy, or NO_PROXY to {url.hostname}."
    raise AbortRunError(f"{setting} {fault}.", hint=hint)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that cannot be, an open bracket
        return False


_TLS_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


def _list_set(*variables: str) -> str:
    """List the environment variables that are set."""
    return " and ".join(name for name in variables if os.environ.get(name))


# --- connections ---------------------------------------------------------------------------------


def _check_nothing_follows(response: httpx.Response) -> None:
    """Raise httpx.RemoteProtocolError if more bytes arrived than the response has.

    A second response on the connection would be taken for the answer to the next request, which is
    about another model. The connection is closed, and the response itself is not believed: nobody
    knows which of them answers the request.
    """
    stream = getattr(response.stream, "_httpcore_stream", None)
    if stream is None:  # an embedded application, or a replaced transport: there is no connection
        return
    # httpcore has no public way to see these bytes; a test over real sockets holds this one.
    http = stream._stream._connection._h11_state  # noqa: SLF001
    unread, _ = http.trailing_data
    if unread:
        http.send_failed()  # so that httpcore closes the connection instead of keeping it
        raise httpx.RemoteProtocolError("more bytes followed the response")


# --- bodies --------------------------------------------------------------------------------------


async def _read_body(response: httpx.Response) -> bytes:
    """Read and decode the body; raise ResponseTooLongError if it exceeds MAX_BODY_SIZE."""
    decode = _make_decoder(response.headers.get("content-encoding", "identity").strip().lower())
    body = bytearray()
    # Read the raw stream: a response made in memory, such as an embedded application's, counts as
    # already read.
    async for chunk in cast("httpx.AsyncByteStream", response.stream):
        body += decode(chunk, MAX_BODY_SIZE + 1 - len(body))
        if len(body) > MAX_BODY_SIZE:
            raise ResponseTooLongError(
                f"the answer is longer than {MAX_BODY_SIZE // 1024**2} MiB",
                hint=WRONG_SERVER_HINT,
                status=response.status_code,
                ambiguous=True,
            )
    return bytes(body)


def _make_decoder(encoding: str) -> Callable[[bytes, int], bytes]:
    """Return a function that decodes a chunk to at most the given number of bytes.

    httpx's decoders have no limit, so a compression bomb would fill the memory. Raises
    httpx.DecodingError for an unknown encoding.
    """
    match encoding:
        case "identity":
            return lambda chunk, _: chunk
        case "gzip" | "x-gzip":
            return _make_gunzip()
        case _:
            raise httpx.DecodingError("only gzip was asked for")


def _make_gunzip() -> Callable[[bytes, int], bytes]:
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def decode(chunk: bytes, most: int) -> bytes:
        nonlocal stream
        decoded = b""
        try:
            while chunk and len(decoded) < most:
                if stream.eof:  # another member follows, or zeros that fill up a block
                    chunk = chunk.lstrip(b"\0")
                    if not chunk:
                        break
                    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
                decoded += stream.decompress(chunk, most - len(decoded))
                chunk = stream.unused_data
        except zlib.error as error:
            raise httpx.DecodingError("this is not gzip") from error
        return decoded

    return decode
