"""How many requests the sandbox allows, and how long one that comes too early has to wait."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from sync.errors import UsageError

_SECONDS = {None: 60, "s": 1, "min": 60}
_RATE = re.compile(r"(?P<requests>[1-9]\d*)(?:/(?P<unit>s|min))?")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in any stretch of so many seconds."""

    requests: int
    seconds: float = 60


def parse_rate(words: str) -> Rate:
    """`100` or `100/min` a minute, `50/s` a second; raises UsageError for anything else."""
    parts = _RATE.fullmatch(words)
    if parts is None:
        raise UsageError(
            f"The rate {words!r} is not understood.",
            hint="Write 100 or 100/min for requests a minute, 50/s for requests a second.",
        )
    return Rate(int(parts["requests"]), _SECONDS[parts["unit"]])


@dataclass(slots=True)
class Window:
    """The requests let through in the last stretch of the rate; refused ones do not count."""

    rate: Rate
    _passed: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Seconds until a request would be let through; 0 lets this one through."""
        while self._passed and self._passed[0] <= now - self.rate.seconds:
            self._passed.popleft()
        if len(self._passed) >= self.rate.requests:
            return self._passed[0] + self.rate.seconds - now
        self._passed.append(now)
        return 0
