"""Files that the API links to, such as thumbnails: fetched without credentials, within bounds."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import httpx

from sync.errors import ConfigError
from sync.scenario.server import check_base_url

if TYPE_CHECKING:
    from types import TracebackType

    from sync.scenario.server import Server

_HEADERS = {"Accept-Encoding": "identity"}  # so that what is small stays small


class Files:
    """Downloads of one run; an async context manager.

    URLs are signed for everyone who has them, and may be of any host: they get no credentials,
    redirects are not followed, and what is fetched may not exceed `largest` bytes or
    take longer than `seconds`.
    """

    def __init__(
        self,
        server: Server,
        *,
        transport: httpx.AsyncBaseTransport | None,
        largest: int,
        seconds: float,
    ) -> None:
        self._local = server.is_local
        self._largest = largest
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
        """The file, or None: there are many reasons, and a report is as good without a picture."""
        if not self._may_be_fetched(url):
            return None
        try:
            async with asyncio.timeout(self._seconds):
                return await self._read(url)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            return None

    def _may_be_fetched(self, url: str) -> bool:
        """By https alone; where the API itself is on this machine, its files may be too."""
        try:
            parts = urlsplit(url)
            check_base_url(f"{parts.scheme}://{parts.netloc}")
        except (ValueError, ConfigError):
            return False
        return parts.scheme == "https" or self._local

    async def _read(self, url: str) -> bytes | None:
        async with self._client.stream("GET", url) as response:
            if response.status_code != HTTPStatus.OK or "Content-Encoding" in response.headers:
                return None
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._largest:
                    return None
            return bytes(body)
