"""Delay requests to keep three limits: per minute, concurrent, and the server's own rate.

Rate limiter libraries count a request when it is queued, and none of them learns from a rejection.
This throttle counts a request until its response has arrived, and learns from rejections.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from sync.errors import AbortRunError
from sync.scenario.adaptive_rate import AdaptiveRate
from sync.scenario.clock import WaitNotice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sync.scenario.clock import Clock, Observer
    from sync.scenario.server import Server

WINDOW_SECONDS = 60.0
MAX_WAIT = 300.0  # seconds that one item may wait in total, without waits for a permit
# Slow start: begin with 3 concurrent requests and, after two answers, add one per answer that took
# 0.1 s; one that came sooner counts less. So an unknown limit costs few 429s, and any number of
# requests is in flight after a few tenths of a second.
INITIAL_CONCURRENCY = 3
FIRST_ANSWERS = 2
SECONDS_PER_SLOT = 0.1


class MinuteWindow:
    """A sliding window of at most `limit` requests in any 60 seconds.

    A request takes a slot when it is sent. The slot is free again 60 s after the response arrived.
    So the server never sees more than `limit` requests in 60 s, whatever the network delay was.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._free_at = deque([float("-inf")] * limit)

    @property
    def has_slots(self) -> bool:
        """Return False while every slot is in use, so that nobody knows when the next is free."""
        return bool(self._free_at)

    def seconds_until_free(self, now: float) -> float:
        """Return the seconds until a slot is free; zero or less means now."""
        return self._free_at[0] - now

    def take_slot(self) -> None:
        self._free_at.popleft()

    def return_slot(self, now: float, *, was_used: bool) -> None:
        """Give a slot back; one that no request used is free at once."""
        if was_used:
            self._free_at.append(now + WINDOW_SECONDS)
        else:
            self._free_at.appendleft(now)


class Permit:
    """The permission to send requests one after the other; it records how the server took each.

    The first one is sent at once; `request_count` is the number of requests sent with it.
    """

    def __init__(self, throttle: Throttle) -> None:
        self.request_count = 0
        self._throttle = throttle
        self._sent_at = throttle.now()

    def record_sent(self) -> None:
        """Record that a request is sent now."""
        self.request_count += 1
        self._sent_at = self._throttle.now()

    def record_accepted(self) -> None:
        self._throttle.record_accepted(self._sent_at)

    def record_rejected(self, *, requested_wait: float | None) -> None:
        """Make all workers pause, for `requested_wait` seconds if the server asked for that."""
        self._throttle.record_rejected(self._sent_at, requested_wait=requested_wait)


class Throttle:
    """The throttle that all workers share; it grants permits in the order of the requests."""

    def __init__(self, server: Server, *, clock: Clock, observe: Observer) -> None:
        limit = server.requests_per_minute
        self._limit = limit
        self._window = MinuteWindow(limit) if limit else None
        self._slot_returned = asyncio.Event()
        self._adaptive_rate = AdaptiveRate()
        # Never more concurrent requests than the window has slots: the window knows when its
        # next slot is free only while at least one slot is not in use.
        most = min(server.concurrency, limit or server.concurrency)
        self._slots = asyncio.Semaphore(min(INITIAL_CONCURRENCY, most))
        self._slots_to_add = max(0, most - INITIAL_CONCURRENCY)
        self._slots_earned = -float(FIRST_ANSWERS)
        self._lock = asyncio.Lock()
        self._clock = clock
        self._observe = observe

    @asynccontextmanager
    async def acquire_permit(self, request_count: int = 1) -> AsyncIterator[Permit]:
        """Wait for permission to send this many requests in a row; hold it until they are answered.

        Every wait is over before the first of them is sent, so that nothing comes between a read
        and the write that relies on it. Raises AbortRunError if the server asked for a wait of
        more than MAX_WAIT.
        """
        reserved = min(request_count, self._limit or request_count)
        permit = None
        taken = 0
        async with self._slots, AsyncExitStack() as lock:
            await lock.enter_async_context(self._lock)
            try:
                for _ in range(reserved):
                    await self._wait_until_free()
                    self._adaptive_rate.record_sent(self._clock.monotonic())
                    if self._window:
                        self._window.take_slot()
                    taken += 1
                if not self._adaptive_rate.is_probing:
                    await lock.aclose()
                # Otherwise keep the lock: these requests go alone, to test whether the server
                # accepts again. That costs at most one more rejection, not one per worker.
                permit = Permit(self)
                yield permit
            finally:
                used = 0 if permit is None else max(1, permit.request_count)
                self._return_slots(taken, used=used)

    def _return_slots(self, taken: int, *, used: int) -> None:
        if self._window is None:
            return
        for number in range(taken):
            self._window.return_slot(self._clock.monotonic(), was_used=number < used)
        self._slot_returned.set()

    async def _wait_until_free(self) -> None:
        while True:
            if self._window and not self._window.has_slots:
                self._slot_returned.clear()
                await self._slot_returned.wait()
            now = self._clock.monotonic()
            rate_wait = self._adaptive_rate.seconds_until_next(now)
            window_wait = self._window.seconds_until_free(now) if self._window else 0.0
            if rate_wait > MAX_WAIT:
                raise AbortRunError(
                    f"the server asked to wait {round(rate_wait):.6g} s more.",
                    hint="Try again later.",
                    status=HTTPStatus.TOO_MANY_REQUESTS,
                )
            if (wait := max(rate_wait, window_wait)) <= 0:
                return
            if self._window and window_wait > max(rate_wait, 0):
                reason = f"limit {self._window.limit:,}/min"
                self._observe(WaitNotice("limit", window_wait, reason))
            await self._clock.sleep(wait)

    def now(self) -> float:
        """Return the time of the throttle's clock, in seconds."""
        return self._clock.monotonic()

    def record_accepted(self, sent_at: float) -> None:
        now = self._clock.monotonic()
        self._slots_earned += min(1.0, (now - sent_at) / SECONDS_PER_SLOT)
        if self._slots_to_add and self._slots_earned >= 1:
            self._slots_earned -= 1
            self._slots_to_add -= 1
            self._slots.release()
        self._adaptive_rate.record_accepted(now, sent_at=sent_at)

    def record_rejected(self, sent_at: float, *, requested_wait: float | None) -> None:
        pause = self._adaptive_rate.record_rejected(
            self._clock.monotonic(), sent_at=sent_at, requested_wait=requested_wait
        )
        said = (
            f"the server asked for {requested_wait:.1f} s"
            if requested_wait
            else "the server takes no more now"
        )
        self._observe(
            WaitNotice(
                "rejected", pause, f"{said}; then about {self._adaptive_rate.rate:.3g} a second"
            )
        )
