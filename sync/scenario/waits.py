"""Waiting: what tells the time, what sleeps, and what is said about it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Notice:
    """The client is about to wait, for so many seconds.

    `limit`: our own requests a minute; `rejected`: the server asked every worker to slow down;
    `retry`: one item will be tried again.
    """

    kind: Literal["limit", "rejected", "retry"]
    seconds: float
    reason: str


Observer: TypeAlias = "Callable[[Notice], None]"


def ignore(_: Notice) -> None:
    """The observer of those who do not care."""


class Clock:
    """The running event loop's time, and the world's."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> float:
        """Seconds since 1970, for dates in headers."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SkippingClock(Clock):
    """A clock on which every wait is over at once, and has taken its time: for tests of a command.

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
