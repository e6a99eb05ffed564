"""The clock that the client waits by, and the notices that it gives."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class WaitNotice:
    """A notice that the client is about to wait for `seconds`.

    The kinds: `limit` is our own limit of requests per minute; `rejected` means that the server
    rejected a request and all workers slow down; `retry` means that one item will be retried;
    `outage` means that all items wait until the server answers again.
    """

    kind: Literal["limit", "rejected", "retry", "outage"]
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about answers of the server that were understood only in part."""

    text: str
    kind: Literal["remark"] = "remark"


Notice: TypeAlias = WaitNotice | Remark
Observer: TypeAlias = "Callable[[Notice], None]"


def ignore_notice(_: Notice) -> None:
    """Ignore the notice; the default observer."""


class Clock:
    """The real clock: the monotonic time of the event loop, and the time of day."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> float:
        """Return the seconds since 1970, to compare with dates in headers."""
        return time.time()

    def seconds_since_boot(self) -> float:
        """Return the seconds since the machine started, those in which it slept included.

        On Linux, `time.monotonic` stands still while a laptop sleeps.
        """
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        # On macOS this clock runs on during sleep, unlike `time.monotonic`; Windows has only that.
        if hasattr(time, "CLOCK_MONOTONIC"):
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SkippingClock(Clock):
    """A clock for tests: each wait returns at once, and the clock shows that the time has passed.

    Waits that begin together end together, as on a real clock.
    """

    def __init__(self) -> None:
        self._skipped = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self._skipped

    def now(self) -> float:
        return super().now() + self._skipped

    async def sleep(self, seconds: float) -> None:
        until = self._skipped + seconds
        await asyncio.sleep(0)
        self._skipped = max(self._skipped, until)
