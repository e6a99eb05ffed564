"""Serve the sandbox on a local port."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sync.errors import UsageError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Generator

    from starlette.applications import Starlette

HOST = "127.0.0.1"


class SandboxServer(uvicorn.Server):
    """A server that reports when it is ready, and stops on SIGINT and SIGTERM without an error.

    Setting `should_exit = True` stops it as well, from any thread.
    """

    def __init__(self, app: Starlette, *, ready: Callable[[int], None]) -> None:
        config = uvicorn.Config(
            app,
            http=CuttableConnection,
            lifespan="off",
            log_config=None,
            log_level=100,  # above critical: nothing
            timeout_graceful_shutdown=1,
            ws="none",
        )
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for each in sockets or ():
            self._ready(each.getsockname()[1])

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop on a signal; clear the captured signals, because uvicorn would raise them again."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


class CuttableConnection(H11Protocol):
    """A connection that puts its transport into the app's scope, so that a fault can close it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Head and body are sent in two packets: without TCP_NODELAY, the second one waits for an
        # acknowledgement, which costs 40 ms per request.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "connection": transport}
        super().connection_made(cast("asyncio.Transport", transport))


def serve(app: Starlette, *, port: int, ready: Callable[[int], None]) -> None:
    """Serve on loopback until SIGINT or SIGTERM; port 0 selects any free port.

    `ready` is called with the port number when the server accepts requests. Raises UsageError if
    the port is in use.
    """
    SandboxServer(app, ready=ready).run(sockets=[open_listening_socket(port)])


def open_listening_socket(port: int) -> socket.socket:
    """Open a listening socket on loopback; raise UsageError if the port cannot be used."""
    try:
        return socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"Port {port} cannot be used: {error}", hint="Choose another; 0 takes any that is free."
        ) from error
