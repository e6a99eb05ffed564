"""How many requests a second the server takes, learnt from what it takes and what it rejects.

Nothing is known of the server: it may count in windows, fixed or sliding, or fill a bucket; it may
say how long to wait, exactly or in whole seconds, or say nothing. At the first rejection the pace
becomes what was accepted over the time that it was open and shut, and goes up until it is
rejected again: that is the limit. From there on it stays just under it, and looks very slowly for
a higher one. `benchmarks/` and the tests of this module hold the numbers against ten such servers.
"""

from __future__ import annotations

SEEKING = 0.05  # growth a second while the limit is not known …
ACCELERATION = 0.02  # … and what is added to it every second
HOLDING = 0.0005  # growth a second once it is
STEP_BACK = 0.97  # of the pace, when it is rejected after a long time
STEP_DOWN = 0.95  # of the pace, when it is rejected soon: it was over the limit
FOUND = 0.90  # of the pace that found the limit: it was past it by then
SOON = 5.0  # seconds
AT_ONCE = 0.7  # seconds
SLOWEST = 1.0  # a second, as a guess: where others have used up a window, little was seen
FIRST_PAUSE = 0.1  # seconds, where the server does not say; doubled while it stays shut
LONGEST_PAUSE = 5.0
CATCH_UP = 0.02  # seconds by which a request may be late and the next one still on time


class Pace:
    """No limit until the first rejection; times are in seconds of one clock."""

    def __init__(self) -> None:
        self.rate = float("inf")  # requests a second
        self.is_closed = False  # it rejected one, and has accepted none since
        self._seeking = True
        self._next = float("-inf")  # when the next may go
        self._opened: float | None = None  # since when it accepts
        self._accepted = 0  # since then
        self._raised = 0.0  # when the pace was last raised
        self._closed = float("-inf")  # since when it does not accept
        self._shut_for = 1.0  # how long it last did not: the scale on which the server counts
        self._rejected = float("-inf")  # when the last rejection came
        self._pause = FIRST_PAUSE

    def wait(self, now: float) -> float:
        return self._next - now

    def go(self, now: float) -> None:
        if self._opened is None:
            self._opened = now
        self._next = max(self._next, now - CATCH_UP) + 1 / self.rate

    def accepted(self, now: float, *, went: float) -> None:
        """Take note that a request which went then was accepted now."""
        self._accepted += 1
        if went <= self._rejected:  # it says nothing about the time since
            return
        if self.is_closed:
            self._open(now)
        self._raise(now)

    def _open(self, now: float) -> None:
        self.is_closed = False
        self._pause = FIRST_PAUSE
        self._opened = self._raised = now
        self._accepted = 1
        self._shut_for = min(max(1.0, now - self._closed), 10.0)

    def _raise(self, now: float) -> None:
        if self.rate == float("inf") or self._opened is None:
            return
        age = (now - self._opened) / self._shut_for
        growth = SEEKING + ACCELERATION * age if self._seeking else HOLDING
        self.rate *= 1 + growth * (now - self._raised) / self._shut_for
        self._raised = now

    def rejected(self, now: float, *, went: float, asked: float | None) -> float:
        """The seconds until another may go, now that one which went then was rejected."""
        if went <= self._rejected:  # in flight at the same time as the one that said so first
            self._next = max(self._next, now + (asked or 0.0))
            return self._next - now
        pause = asked or self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self.rate = self._lower_rate(now, pause=pause)
        if not self.is_closed:
            self._closed = now
        self.is_closed = True
        self._rejected = now
        self._next = now + pause
        return pause

    def _lower_rate(self, now: float, *, pause: float) -> float:
        if self._opened is None or not self._accepted:
            return self.rate  # nothing is known of what it takes
        span = now - self._opened
        seen = self._accepted / (span + pause)
        if self.is_closed or self.rate == float("inf"):
            return min(self.rate, max(seen, SLOWEST))
        if self._seeking and span < max(AT_ONCE, pause):
            return min(self.rate * STEP_BACK, max(seen, SLOWEST))
        if self._seeking:
            self._seeking = False
            return self.rate * FOUND
        return self.rate * (STEP_DOWN if span < SOON * self._shut_for else STEP_BACK)
