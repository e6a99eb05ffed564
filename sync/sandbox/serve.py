"""The sandbox on a port of this machine."""

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


class Server(uvicorn.Server):
    """A server that tells when it listens, and that ends quietly on SIGINT and SIGTERM.

    `should_exit = True` ends it too, from any thread.
    """

    def __init__(self, app: Starlette, *, ready: Callable[[int], None]) -> None:
        config = uvicorn.Config(
            app,
            http=Connection,
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
        """Take signals as a wish to end, not also as an error, which raising them again would."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


class Connection(H11Protocol):
    """A connection that the app finds in its scope, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Head and body are written apart: left to wait for each other, they cost 40 ms a request.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "connection": transport}
        super().connection_made(cast("asyncio.Transport", transport))


def serve(app: Starlette, *, port: int, ready: Callable[[int], None]) -> None:
    """Serve on loopback until SIGINT or SIGTERM; port 0 takes any that is free.

    `ready` is called with the port once requests are taken. Raises UsageError where the port is
    in use.
    """
    Server(app, ready=ready).run(sockets=[listening(port)])


def listening(port: int) -> socket.socket:
    """A socket on loopback that connections queue at; raises UsageError where there is none."""
    try:
        return socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"Port {port} cannot be used: {error}", hint="Choose another; 0 takes any that is free."
        ) from error
