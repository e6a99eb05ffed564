"""Servers that hold a client up, or end it, at a chosen request."""

from __future__ import annotations

import asyncio
import threading
from queue import Queue
from typing import TYPE_CHECKING

from processes import LIMIT

if TYPE_CHECKING:
    import subprocess

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Gate:
    """An app whose requests of one method wait until `opened`; `full` once so many wait there."""

    def __init__(self, app: ASGIApp, *, method: str = "PUT", holds: int = 1) -> None:
        self.app = app
        self.method = method
        self.full, self.opened = threading.Event(), threading.Event()
        self._missing = holds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == self.method:
            self._missing -= 1
            if self._missing <= 0:
                self.full.set()
            await asyncio.to_thread(self.opened.wait, LIMIT)
        await self.app(scope, receive, send)


class Killer:
    """An app that kills its client, put in the queue, at its n-th PUT.

    That PUT is lost, or, where it is `carried_out`, all but its answer is done.
    """

    def __init__(self, app: ASGIApp, *, at: int, carried_out: bool) -> None:
        self.app = app
        self.client: Queue[subprocess.Popen[str]] = Queue()
        self._to_come = at
        self._carried_out = carried_out

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._to_come -= scope["method"] == "PUT"
        if self._to_come or scope["method"] != "PUT":
            await self.app(scope, receive, send)
            return
        if self._carried_out:
            await self.app(scope, receive, _nowhere)
        await asyncio.to_thread(self._kill)

    def _kill(self) -> None:
        client = self.client.get(timeout=LIMIT)
        client.kill()
        client.wait()


async def _nowhere(message: Message) -> None:
    """Take an answer that nobody will get."""
