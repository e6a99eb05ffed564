"""Measure how fast a token bucket fills, from two bursts of requests that emptied it.

Before each burst the bucket was full, and it holds the same number of tokens each time. So its rate
is the one beyond which both bursts took equally many tokens.
"""

from __future__ import annotations

from collections import deque

MAX_TIMES = 2_000  # of one burst: the last ones, which tell when the bucket was empty
HALVINGS = 20  # of the range of possible rates
MIN_SECONDS = 0.01  # of a burst: a shorter one is not timed exactly enough
UNCERTAIN_TOKENS = 0.7  # about as exactly is known how many a burst took
MARGIN = 0.003  # fraction of the rate: the distance kept from it


class BucketMeter:
    """The times at which the server accepted requests: those of the first burst and of the last.

    All times are in seconds of one monotonic clock. The server decides about a request between the
    times at which it is sent and answered; the middle of them is least wrong.
    """

    def __init__(self) -> None:
        self.count = 0  # accepted in this burst
        self.first_count = 0  # accepted in the first burst
        self._times: deque[float] = deque(maxlen=MAX_TIMES)
        self._end = 0.0
        self._first: list[float] = []

    @property
    def seconds(self) -> float:
        """Return how long the last burst took, from the first acceptance to the rejection."""
        return self._end - self._times[0] if self._times else 0.0

    def record_accepted(self, now: float, *, sent_at: float) -> None:
        self.count += 1
        self._times.append((sent_at + now) / 2)

    def record_rejected(self, now: float, *, sent_at: float) -> None:
        """Record the rejection that ends a burst."""
        self._end = (sent_at + now) / 2

    def compute_mean_rate(self) -> float:
        """Return the acceptances per second of this burst."""
        return self.count / max(self.seconds, MIN_SECONDS)

    def start_burst(self) -> None:
        """Start the next burst, after a pause."""
        if not self._first:
            self._first, self.first_count = self._list_burst(), self.count
        self._times.clear()
        self.count = 0

    def measure_rate(self, *, least: float, most: float) -> float:
        """Return the tokens per second that fit both bursts, less what is uncertain about it."""
        last = self._list_burst()
        for _ in range(HALVINGS):
            rate = (least + most) / 2
            if _count_tokens(self._first, rate) < _count_tokens(last, rate):
                least = rate
            else:
                most = rate
        return most * (1 - MARGIN) - UNCERTAIN_TOKENS / max(self.seconds, MIN_SECONDS)

    def _list_burst(self) -> list[float]:
        """Return the times of the acceptances, and then that of the rejection."""
        return [*sorted(time for time in self._times if time <= self._end), self._end]


def _count_tokens(burst: list[float], rate: float) -> float:
    """Return the most tokens that a burst took, from any time to its end, beyond the rate."""
    *times, end = burst
    count = len(times)
    return max((count - n - rate * (end - time) for n, time in enumerate(times)), default=0.0)
