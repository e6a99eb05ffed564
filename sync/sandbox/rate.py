"""The rate limit of the sandbox."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from sync.errors import UsageError

_SECONDS = {None: 60, "s": 1, "min": 60}
_RATE = re.compile(r"(?P<requests>[1-9]\d*)(?:/(?P<unit>s|min))?")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `requests` requests in any `seconds` seconds."""

    requests: int
    seconds: float = 60


def parse_rate(words: str) -> Rate:
    """Parse a rate: `100` or `100/min` per minute, `50/s` per second; raise UsageError."""
    parts = _RATE.fullmatch(words)
    if parts is None:
        raise UsageError(
            f"The rate {words!r} is not understood.",
            hint="Write 100 or 100/min for requests per minute, 50/s for requests a second.",
        )
    return Rate(int(parts["requests"]), _SECONDS[parts["unit"]])


@dataclass(slots=True)
class RateWindow:
    """The sliding window of a rate; rejected requests do not count."""

    rate: Rate
    _admitted_times: deque[float] = field(default_factory=deque)

    def admit_request(self, now: float) -> float:
        """Admit a request and return 0, or return the seconds until one would be admitted."""
        while self._admitted_times and self._admitted_times[0] <= now - self.rate.seconds:
            self._admitted_times.popleft()
        if len(self._admitted_times) >= self.rate.requests:
            return self._admitted_times[0] + self.rate.seconds - now
        self._admitted_times.append(now)
        return 0
