"""One page, served to browsers of this machine, which load it again whenever it has changed."""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = "127.0.0.1"
INTERVAL = 0.25  # seconds between looks at the version
SCRIPT = b"""\
const version = new URL(document.currentScript.src).search;
new EventSource("/changes" + version).onmessage = () => location.reload();
"""


class PageServer(ThreadingTCPServer):
    """Serves what `render` makes of the page's version; `version` tells it, and changes with it.

    Port 0 takes any that is free. Raises UsageError where the port is in use.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(
        self, port: int, *, version: Callable[[], str], render: Callable[[str], str]
    ) -> None:
        self.version = version
        self.render = render
        self.stopped = threading.Event()
        try:
            super().__init__((HOST, port), _Request)
        except OSError as error:
            raise UsageError(
                f"port {port} cannot be used: {error.strerror}",
                hint="Choose another; 0 takes any that is free.",
            ) from error

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def server_close(self) -> None:
        self.stopped.set()
        super().server_close()


class _Request(BaseHTTPRequestHandler):
    """A browser's request."""

    server: PageServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if self.headers.get("Host") not in self._names():
            # Another site's page, under a name of its own that leads here (DNS rebinding).
            self._answer(b"Not for this host.\n", "text/plain", HTTPStatus.FORBIDDEN)
        elif url.path == "/":
            page = self.server.render(self.server.version())
            self._answer(page.encode(), "text/html; charset=utf-8")
        elif url.path == "/reload.js":
            self._answer(SCRIPT, "text/javascript")
        elif url.path == "/changes":
            self._tell_changes(url.query)
        else:
            self._answer(b"Nothing here.\n", "text/plain", HTTPStatus.NOT_FOUND)

    def _names(self) -> set[str]:
        return {f"{name}:{self.server.port}" for name in (HOST, "localhost")}

    def _answer(self, content: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._begin(kind, status, {"Content-Length": str(len(content))})
        self.wfile.write(content)

    def _tell_changes(self, seen: str) -> None:
        """One event once the version is no longer the one seen; the browser asks again then."""
        self._begin("text/event-stream", HTTPStatus.OK, {"Connection": "close"})
        try:
            while self.server.version() == seen:
                self.wfile.write(b":\n\n")  # finds out whether the browser is still there
                if self.server.stopped.wait(INTERVAL):
                    return
            self.wfile.write(b"data: changed\n\n")
        except ConnectionError:
            pass

    def _begin(self, kind: str, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        headers |= {
            "Content-Type": kind,
            "Cache-Control": "no-store",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the writer looks at the page."""
