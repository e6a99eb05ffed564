"""A local web server for a few pages; browsers reload a page whenever it changes."""

from __future__ import annotations

import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


HOST = "127.0.0.1"
POLL_INTERVAL = 0.25  # seconds between two checks of the version
RELOAD_SCRIPT = b"""\
const version = new URL(document.currentScript.src).search;
new EventSource("/changes" + location.pathname + version).onmessage = () => location.reload();
"""


class PageServer(ThreadingTCPServer):
    """A server for the pages that `render` makes of their paths and current versions.

    `version` returns a string that changes whenever the page at that path changes, None if there is
    no such page. The path of the first page is "". Port 0 takes any free port. Raises UsageError if
    the port cannot be used.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(
        self,
        port: int,
        *,
        version: Callable[[str], str | None],
        render: Callable[[str, str], str],
    ) -> None:
        self.version = version
        self.render = render
        self.stopped = threading.Event()
        try:
            super().__init__((HOST, port), _PageRequestHandler)
        except OSError as error:
            raise UsageError(
                f"port {port} cannot be used: {error.strerror}",
                hint="Choose another; 0 takes any that is free.",
            ) from error

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a browser that hangs up; print the traceback of any other error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # any request

    def server_close(self) -> None:
        self.stopped.set()
        super().server_close()


class _PageRequestHandler(BaseHTTPRequestHandler):
    """The handler of one browser request."""

    server: PageServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if self.headers.get("Host") not in self._list_allowed_hosts():
            # DNS rebinding: the page of another site, whose host name resolves to this machine.
            self._send_content(b"Not for this host.\n", "text/plain", HTTPStatus.FORBIDDEN)
        elif url.path == "/reload.js":
            self._send_content(RELOAD_SCRIPT, "text/javascript")
        elif url.path == "/changes" or url.path.startswith("/changes/"):
            self._send_change_event(unquote(url.path).removeprefix("/changes")[1:], url.query)
        else:
            self._send_page(unquote(url.path)[1:])

    def _send_page(self, path: str) -> None:
        version = self.server.version(path)
        if version is None:
            self._send_content(b"Nothing here.\n", "text/plain", HTTPStatus.NOT_FOUND)
        else:
            page = self.server.render(path, version)
            self._send_content(page.encode(), "text/html; charset=utf-8")

    def _list_allowed_hosts(self) -> set[str]:
        return {f"{name}:{self.server.port}" for name in (HOST, "localhost")}

    def _send_content(self, content: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send_headers(kind, status, {"Content-Length": str(len(content))})
        self.wfile.write(content)

    def _send_change_event(self, path: str, seen: str) -> None:
        """Send one event as soon as the version differs from `seen`; the page then reloads."""
        self._send_headers("text/event-stream", HTTPStatus.OK, {"Connection": "close"})
        try:
            while self.server.version(path) == seen:
                self.wfile.write(b":\n\n")  # fails if the browser is gone
                if self.server.stopped.wait(POLL_INTERVAL):
                    return
            self.wfile.write(b"data: changed\n\n")
        except ConnectionError:
            pass

    def _send_headers(self, kind: str, status: HTTPStatus, headers: dict[str, str]) -> None:
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
        """Log nothing: the author looks at the page, not at the terminal."""
