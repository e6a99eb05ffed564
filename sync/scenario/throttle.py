"""When a request may go: our own limit a minute, what is in flight, and what the server takes.

The windows of the limiter libraries count from when a request was let in line, and none of them
learns from a rejection: what follows does both.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from sync.errors import PointlessError
from sync.scenario.pace import Pace
from sync.scenario.waits import Notice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sync.scenario.server import Server
    from sync.scenario.waits import Clock, Observer

MINUTE = 60.0
PATIENCE = 300.0  # seconds that one item may wait in all, besides its turns
# In flight at first; from then on never more than were answered before. So the rejections that tell
# of a limit are about as many as it allows, however many are ready to go, and a server without one
# is slowed for a few round trips only.
FIRST_IN_FLIGHT = 3


class Window:
    """At most `limit` requests in any 60 seconds.

    Each takes a slot when it goes. The slot comes free 60 s after the answer came: so the server,
    too, sees no more than `limit` in any 60 s, however long each of them was on its way.
    """

    def __init__(self, limit: int) -> None:
        self._free_at = deque([float("-inf")] * limit)

    def wait(self, now: float) -> float:
        return self._free_at[0] - now

    def take(self) -> None:
        self._free_at.popleft()

    def give_back(self, now: float) -> None:
        self._free_at.append(now + MINUTE)


class Turn:
    """A request's leave to go, and where it says how it went."""

    def __init__(self, throttle: Throttle, went: float) -> None:
        self._throttle = throttle
        self._went = went

    def accepted(self) -> None:
        self._throttle.accepted(self._went)

    def rejected(self, *, asked: float | None) -> None:
        """Let everybody wait for as long as the server `asked`, if it did."""
        self._throttle.rejected(self._went, asked=asked)


class Throttle:
    """Lets the requests of all workers go, one by one, in the order in which they came."""

    def __init__(self, server: Server, *, clock: Clock, observe: Observer) -> None:
        limit = server.requests_per_minute
        self._window = Window(limit) if limit else None
        self._pace = Pace()
        # Never more in flight than the window has slots, so that it always knows when one is free.
        most = min(server.concurrency, limit or server.concurrency)
        self._seats = asyncio.Semaphore(min(FIRST_IN_FLIGHT, most))
        self._seats_to_come = max(0, most - FIRST_IN_FLIGHT)
        self._answered = 0
        self._turnstile = asyncio.Lock()
        self._clock = clock
        self._observe = observe

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        """Wait for leave to go; PointlessError if that takes longer than anybody should wait."""
        async with self._seats, AsyncExitStack() as turnstile:
            await turnstile.enter_async_context(self._turnstile)
            await self._until_free()
            if not self._pace.is_closed:
                await turnstile.aclose()
            # Else it goes alone, to see whether the server is open again: one more rejection,
            # not one for every worker.
            went = self._clock.monotonic()
            self._pace.go(went)
            if self._window:
                self._window.take()
            try:
                yield Turn(self, went)
            finally:
                if self._window:
                    self._window.give_back(self._clock.monotonic())

    async def _until_free(self) -> None:
        while True:
            now = self._clock.monotonic()
            pace = self._pace.wait(now)
            window = self._window.wait(now) if self._window else 0.0
            if pace > PATIENCE:
                raise PointlessError(
                    f"the server asked to wait {round(pace):.6g} s more.",
                    hint="Try again later.",
                    status=HTTPStatus.TOO_MANY_REQUESTS,
                )
            if (wait := max(pace, window)) <= 0:
                return
            if window > max(pace, 0):
                self._observe(Notice("limit", window, "our own limit of requests a minute"))
            await self._clock.sleep(wait)

    def accepted(self, went: float) -> None:
        self._answered += 1
        if self._answered > FIRST_IN_FLIGHT and self._seats_to_come:
            self._seats_to_come -= 1
            self._seats.release()
        self._pace.accepted(self._clock.monotonic(), went=went)

    def rejected(self, went: float, *, asked: float | None) -> None:
        pause = self._pace.rejected(self._clock.monotonic(), went=went, asked=asked)
        said = f"the server asked for {asked:.1f} s" if asked else "the server takes no more now"
        self._observe(
            Notice("rejected", pause, f"{said}; then about {self._pace.rate:.3g} a second")
        )
