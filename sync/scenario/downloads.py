"""Download files that the API links to, such as thumbnails, without credentials."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from sync.errors import ConfigError
from sync.scenario.http import httpx
from sync.scenario.server import check_base_url

if TYPE_CHECKING:
    from types import TracebackType

    from sync.scenario.server import Server


_HEADERS = {"Accept-Encoding": "identity"}  # no compression: a small response stays small


class FileDownloader:
    """A downloader for the files of one run; an async context manager.

    The URLs are signed, and may be of any host. So no credentials are sent, redirects are not
    followed, and a download may not exceed `max_bytes` bytes or take longer than `seconds`.
    """

    def __init__(
        self,
        server: Server,
        *,
        transport: httpx.AsyncBaseTransport | None,
        max_bytes: int,
        seconds: float,
    ) -> None:
        self._is_local_server = server.is_local
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._client = httpx.AsyncClient(transport=transport, headers=_HEADERS, timeout=seconds)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, traceback)

    async def fetch(self, url: str) -> bytes | None:
        """Return the content of the file, or None if it cannot be had, whatever the reason.

        The reason does not matter: a report is complete without the picture.
        """
        if not self._is_allowed_url(url):
            return None
        try:
            async with asyncio.timeout(self._seconds):
                return await self._read_body(url)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            return None

    def _is_allowed_url(self, url: str) -> bool:
        """Return True for https URLs, and for http URLs if the API runs on this machine."""
        try:
            parts = urlsplit(url)
            check_base_url(f"{parts.scheme}://{parts.netloc}")
        except (ValueError, ConfigError):
            return False
        return parts.scheme == "https" or self._is_local_server

    async def _read_body(self, url: str) -> bytes | None:
        async with self._client.stream("GET", url) as response:
            if response.status_code != HTTPStatus.OK or "Content-Encoding" in response.headers:
                return None
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._max_bytes:
                    return None
            return bytes(body)
