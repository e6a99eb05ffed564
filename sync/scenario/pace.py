"""How many requests a second the server takes, learnt from what it takes and what it rejects.

Nothing is known of the server: it may count in windows, fixed or sliding, or fill a bucket; it may
say how long to wait, exactly or in whole seconds, or say nothing. What it took before its first
rejection, over the time until it takes more, is the first guess: for a window that is the limit.
The guess is tried at once by growing past it, since of a small bucket it says too little. From
then on the pace stays a step under what was seen, and grows as a cubic curve does: hardly at all
for a while, then ever faster, so that what others leave free is found. The tests of the throttle
hold the numbers against a list of such servers.
"""

from __future__ import annotations

import math
from collections import deque

STEP = 0.02  # of the pace: how far under the limit it stays, and by how much it probes
STEEPEST = 0.95  # of the pace: no rejection lowers it further, as what was seen may be too little
OUTGROWN = 1.5  # times the first guess: one that was passed by that much was no limit
LONGEST_TRIAL = 10.0  # seconds for which the first guess is kept before it is tried
SEEN = 20  # requests, at the least, by which it is judged what the server takes
# How long the pace is kept before it probes: a probe costs a rejection and its pause.
CALM_REQUESTS = 300
CALM_PAUSES = 100
SHORTEST_CALM, LONGEST_CALM = 5.0, 60.0  # seconds
LATE = 0.25  # seconds of delay, on a busy machine, that are made up for …
HURRY = 2.0  # … at this multiple of the pace
SLOWEST = 1.0  # a second, as a guess: where others have used up a window, little was seen
# Seconds after the server began to count at which one that says nothing is tried again: the
# periods in which servers count, and a moment after a second for those that are a little late.
PERIODS = (1.0, 1.3, 2.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0)


class Pace:
    """No limit until the first rejection; times are in seconds of one clock."""

    def __init__(self) -> None:
        self.rate = math.inf  # requests a second
        self.is_closed = False  # nobody knows whether it takes any: one goes alone to see
        self._base = math.inf  # the pace at the time when it opened
        self._period = 0.0  # in which the server counts, as far as we know; 0 while we do not
        self._is_guess = True  # the base is, as nothing has confirmed it
        self._calm = 1.0
        self._taken: deque[float] = deque()  # when it accepted, of late
        self._sent: deque[float] = deque()  # when requests went, of late
        self._due = -math.inf  # when the next would go, were none ever late
        self._opened: float | None = None  # since when it accepts
        self._closed = -math.inf  # when it began to reject
        self._rejected = -math.inf  # when a rejection last came
        self._free = -math.inf  # when the pause ends
        self._pause = 0.0
        self._is_shut = False  # it rejected one, and has accepted none that went since

    # --- when the next may go --------------------------------------------------------------------

    def wait(self, now: float) -> float:
        if not math.isfinite(self.rate):
            return self._free - now
        return max(self._free, self._due, self._room()) - now

    def _room(self) -> float:
        """When the last second has room: what is late comes in a burst, but over no second's sum.

        A server that counts in seconds thus never sees more than at an even pace.
        """
        many = math.ceil(self.rate)
        if not self._sent:
            return -math.inf
        soonest = self._sent[-1] + 1 / (HURRY * self.rate)
        if len(self._sent) < many:
            return soonest
        return max(soonest, self._sent[-many] + many / self.rate)

    def go(self, now: float) -> None:
        if not math.isfinite(self.rate):
            return
        self._due = max(self._due, now - LATE) + 1 / self.rate
        self._sent.append(now)
        while len(self._sent) > math.ceil(self.rate) and self._sent[0] < now - 2:
            self._sent.popleft()

    # --- what it takes ---------------------------------------------------------------------------

    def accepted(self, now: float, *, went: float) -> None:
        """Take note that a request which went then was accepted now."""
        if self._opened is None:
            self._opened = now
        if self._is_shut and went > self._rejected:
            self._open(now)
        self._taken.append(now)
        if not self._period or went <= self._rejected:
            return
        self._forget(now)
        self.rate = self._base * (1 + STEP * ((now - self._opened) / self._calm) ** 3)

    def _forget(self, now: float) -> None:
        since = now - max(self._period, SEEN / self.rate)
        while len(self._taken) > 1 and self._taken[1] <= since:
            self._taken.popleft()

    def _open(self, now: float) -> None:
        self.is_closed = self._is_shut = False
        if not self._period:
            self._base = self.rate = self._guess(now)
            self._period = min(max(1.0, now - self._closed), LONGEST_CALM)
            self._taken.clear()
        self._opened = now
        self._due = max(self._due, now)
        self._calm = min(self._period, LONGEST_TRIAL) if self._is_guess else self._patience()

    def _patience(self) -> float:
        calm = max(CALM_REQUESTS / self._base, CALM_PAUSES * self._pause, SHORTEST_CALM)
        return min(calm, LONGEST_CALM)

    # --- and what it does not --------------------------------------------------------------------

    def rejected(self, now: float, *, went: float, asked: float | None) -> float:
        """The seconds until another may go, now that one which went then was rejected."""
        if went <= self._rejected:  # in flight at the same time as the one that said so first
            self._free = max(self._free, now + (asked or 0.0))
            return self._free - now
        again, self._is_shut = self._is_shut, True
        self._rejected = now
        if not again:
            self._closed = now
        self.is_closed = again or not self._period
        self._pause = asked or self._until_next_try(now)
        self._free = now + self._pause
        self._due = max(self._due, self._free)
        if not self._period:
            self.rate = self._guess(self._free)
        elif not again:
            self._base = self.rate = self._lowered(now)
        return self._pause

    def _until_next_try(self, now: float) -> float:
        least = 0.1 if not self._period else min(1 / self.rate, 1.0)
        if not self.is_closed:
            return least
        began = max(self._opened or self._closed, self._closed - 1)
        tries = (began + period - now for period in PERIODS)
        return next((wait for wait in tries if wait > least), PERIODS[-1])

    def _guess(self, until: float) -> float:
        """What it took before the first rejection, over the time until it takes more.

        A short pause tells of no period but a second: it may be rounded up, or ours.
        """
        if self._opened is None:
            return SLOWEST
        if until - self._closed > 1.5:  # noqa: PLR2004 - a second, rounded up, and the way back
            seen = len(self._taken) / (until - self._opened - 0.5)
        else:
            seen = sum(taken >= self._closed - 1 for taken in self._taken)
        return max(seen, SLOWEST) * (1 - STEP)

    def _lowered(self, now: float) -> float:
        seen = len(self._taken) / max(now - self._taken[0], 1 / self.rate)
        was_guess, self._is_guess = self._is_guess, False
        if was_guess and self.rate < OUTGROWN * self._base:
            return self._base
        if was_guess:
            return max(seen * (1 - STEP), self._base)
        return max(self.rate * STEEPEST, min(seen, self.rate * (1 - STEP)))
