"""A Scenario API that costs next to nothing, in a process of its own, so that clients are measured.

It holds a text with 20 assets for every model there may be, and forgets what it is sent. The
sandbox does more for each answer than any client: with it, a benchmark would measure the sandbox.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import Counter, deque
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

ASSETS = 20
_ASSET = {
    "id": "asset_4kr6JEUgrsdZ8zj8RzuUiE{n:02}",
    "authorId": "3ugGLGTrrMfMXTHcK3ePmM",
    "kind": "image",
    "mimeType": "image/jpeg",
    "originalMimeType": "image/png",
    "ownerId": "proj_2fAWBdvn6rvkQTy8CxvQQo",
    "privacy": "private",
    "source": "inference-txt2img",
    "properties": {
        "size": 1_482_113,
        "width": 1024,
        "height": 1024,
        "codecName": "jpeg",
        "hasFullPreview": False,
    },
    "preview": {
        "assetId": "asset_eK2qKrTcd9CdJBxjVbxxAh{n:02}",
        "url": "https://cdn.cloud.scenario.com/assets/preview{n:02}?p=100&Policy=" + "P" * 300,
    },
    "thumbnail": {
        "assetId": "asset_GPNiWzD2vEiQ9ZcTr7PkHm{n:02}",
        "url": "https://cdn.cloud.scenario.com/assets/thumbnail{n:02}?p=100&Policy=" + "P" * 300,
    },
    "originalFileUrl": "https://cdn.cloud.scenario.com/assets/original{n:02}?Policy=" + "P" * 300,
    "url": "https://cdn.cloud.scenario.com/assets/asset{n:02}?p=100&Policy=" + "P" * 300,
}
TEXT = "# Lantern\n\n" + "A brass lantern, lit from within, for night scenes. " * 20


def _response(head: bytes, value: object) -> bytes:
    body = json.dumps(value).encode()
    return b"HTTP/1.1 %b\r\ncontent-length: %d\r\n\r\n%b" % (head, len(body), body)


def _description() -> dict[str, object]:
    template = json.dumps(_ASSET)
    assets = [json.loads(template.replace("{n:02}", f"{n:02}")) for n in range(ASSETS)]
    return {"description": {"value": TEXT, "assets": assets, "models": []}}


_OK = b"200 OK\r\ncontent-type: application/json"
_TOO_MANY = b"429 Too Many Requests"


class Service:
    """What all connections share: `rate` requests in any second, 0 for as many as come.

    A server that `tells` says when the next one would be accepted.
    """

    def __init__(self, *, latency: float, rate: int, tells: bool) -> None:
        self.latency = latency
        self.rate = rate
        self.tells = tells
        self.answer = _response(_OK, _description())
        self.counts: Counter[str] = Counter()
        self._recent: deque[float] = deque()

    def respond(self, path: bytes) -> bytes:
        """Count a request and answer it."""
        if path == b"/counts":
            counts, self.counts = self.counts, Counter()
            return _response(b"200 OK\r\nconnection: close", counts)
        wait = self._wait(time.monotonic()) if self.rate else 0
        self.counts["rejected" if wait else "accepted"] += 1
        return self._rejection(wait) if wait else self.answer

    def _wait(self, now: float) -> float:
        """Seconds until there is room, 0 taking it."""
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= self.rate:
            return self._recent[0] + 1 - now
        self._recent.append(now)
        return 0

    def _rejection(self, wait: float) -> bytes:
        told = b"\r\nretry-after: %.3f" % wait if self.tells else b""
        return _response(_TOO_MANY + told, {"reason": "Slow down"})


class Connection(asyncio.Protocol):
    """Requests of one client, one at a time; a body is taken to come with its head."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        self._read = b""
        answer = self._service.respond(head.split(b" ", 2)[1])
        asyncio.get_running_loop().call_later(self._service.latency, self._write, answer)

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)  # type: ignore[attr-defined] # a stream's transport


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def serve(service: Service) -> None:
    """Serve on a free port, told on stdout, until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(service), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving(*, latency: float = 0, rate: int = 0, tells: bool = False) -> Iterator[str]:
    """Start a server in another process and yield its URL; latency in seconds, rate a second."""
    words = [sys.executable, __file__, f"--latency={latency}", f"--rate={rate}"]
    words += ["--tells"] if tells else []
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def counts(url: str) -> dict[str, int]:
    """How many requests were accepted and rejected since this was last asked."""
    with urlopen(f"{url}/counts") as answer:  # noqa: S310 - our own
        found = json.load(answer)
    return {"accepted": 0, "rejected": 0, **found}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0)
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--tells", action="store_true")
    told = parser.parse_args()
    asyncio.run(serve(Service(latency=told.latency, rate=told.rate, tells=told.tells)))
