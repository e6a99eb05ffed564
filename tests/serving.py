"""A sandbox over real HTTP, in a thread of the test."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from queue import Queue
from typing import TYPE_CHECKING

from processes import LIMIT

from sync.sandbox.serve import HOST, SandboxServer, open_listening_socket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """The base URL of the app, `/v1` included, for as long as the context lasts."""
    ports: Queue[int] = Queue()
    server = SandboxServer(app, ready=ports.put)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [open_listening_socket(0)]})
    thread.start()
    try:
        yield f"http://{HOST}:{ports.get(timeout=LIMIT)}/v1"
    finally:
        server.should_exit = True
        thread.join()
