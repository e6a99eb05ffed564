"""Learn the server's rate limit from the requests that it accepts and rejects.

Nothing is known about the server in advance. It may count in fixed or sliding windows, or use a
token bucket. It may say how long to wait, exactly or in whole seconds, or say nothing.

The first estimate is the number of requests accepted before the first rejection, divided by the
time until the server accepts again. For a window, this is the limit. For a small token bucket it is
too low, so the rate grows past the estimate at once. A server that asks for one second may have
rounded up any shorter wait, and each rejection costs that second. There a second burst tells a
bucket from a window, and measures the bucket.

After that, the rate stays one step under the measured limit and grows along a cubic curve: slowly
at first, then faster, to find capacity that other clients no longer use. tests/test_throttle.py
checks the constants against several kinds of server.
"""

from __future__ import annotations

import math
from collections import deque

from sync.scenario.bucket_meter import BucketMeter

PROBE_STEP = 0.02  # fraction of the rate: the distance kept from the limit, and the step of a probe
# One rejection never lowers the rate below this fraction of it: there may be too few samples.
DECREASE_FLOOR = 0.95
OUTGROWN_FACTOR = 1.5  # the first estimate was too low if the rate has grown past it by this factor
MAX_TRIAL = 10.0  # seconds to keep the first estimate before probing above it
MIN_SAMPLES = 20  # minimum number of accepted requests from which a rate is measured
# How long a rate is kept before a probe: each probe costs one rejection and its pause.
CALM_REQUESTS = 300
CALM_PAUSES = 100
MIN_CALM, MAX_CALM = 5.0, 60.0  # seconds
ROUNDED_WAITS = (1.0, 1.5)  # seconds; a wait in this range may be any shorter one, rounded up
# The second burst begins at this multiple of the first estimate, but below the mean rate of the
# first burst by this factor: the two tell the rate of a bucket only if they differ in length.
BURST_FACTOR = 3.0
BURST_SHARE = 0.65
# The rate of a bucket is kept for so many seconds after a burst of one second, and for a quarter of
# them after one of half a second, which measured it half as exactly.
CALM_AFTER_BURST = 40.0
BUCKET_FLOOR = 0.8  # like DECREASE_FLOOR, for a bucket that was measured twice
# A bucket whose rate is within this fraction of the estimate for a window is taken for a window.
SAME_RATE = 0.05
MAX_CATCH_UP = 0.25  # seconds: a delay up to this, on a busy machine, is made up for afterwards
CATCH_UP_FACTOR = 2.0  # a delay is made up for at this multiple of the rate
MIN_RATE = 1.0  # requests per second, the lowest estimate: others may have used up the window
# If the server does not say how long to wait, retry at these seconds after its window began: the
# usual window lengths, and 1.3 s for servers that open a one-second window a little late.
RETRY_PERIODS = (1.0, 1.3, 2.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0)


class AdaptiveRate:
    """The rate at which requests are sent; unlimited until the first rejection.

    All times are in seconds of one monotonic clock.
    """

    def __init__(self) -> None:
        self.rate = math.inf  # requests per second
        self.is_probing = False  # one request goes alone, as a test
        self._base_rate = math.inf  # the rate when the server last began to accept
        self._period = 0.0  # the server's window in seconds; 0 while unknown
        self._is_base_estimated = True  # the base rate is not yet confirmed by a rejection
        self._calm_seconds = 1.0  # seconds to keep the rate before it grows by one step
        self._window_rate = math.inf  # the first estimate: the limit, if the server has a window
        self._is_wait_rounded = False  # the server may have rounded up the wait that it asked for
        self._burst_rate = 0.0  # the rate at which the second burst began; 0 if there is none now
        self._bucket = BucketMeter()
        self._measured_bursts = 0  # 0 while the server does not look like a bucket
        self._bucket_range = (0.0, math.inf)  # the lowest and highest rate that the bucket can have
        self._accepted_times: deque[float] = deque()  # times of recent acceptances
        self._sent_times: deque[float] = deque()  # times when recent requests were sent
        self._next_due = -math.inf  # when the next request is due, if none were late
        # When the server began to accept; None before the first acceptance.
        self._accepting_since: float | None = None
        self._rejecting_since = -math.inf  # when the server began to reject
        self._last_rejection = -math.inf  # when the last rejection arrived
        self._pause_end = -math.inf  # when the pause ends
        self._pause = 0.0
        self._is_rejecting = False  # from a rejection until a request sent later is accepted

    # --- when the next request may be sent -------------------------------------------------------

    def seconds_until_next(self, now: float) -> float:
        """Return the seconds until the next request may be sent; zero or less means now."""
        if not math.isfinite(self.rate):
            return self._pause_end - now
        return max(self._pause_end, self._next_due, self._earliest_within_rate()) - now

    def _earliest_within_rate(self) -> float:
        """Return the earliest time at which one more request keeps to the rate.

        Late requests are sent in a burst, but never more in any second than the rate allows. So a
        server that counts per second never sees more than at an even rate.
        """
        many = math.ceil(self.rate)
        if not self._sent_times:
            return -math.inf
        soonest = self._sent_times[-1] + 1 / (CATCH_UP_FACTOR * self.rate)
        if len(self._sent_times) < many:
            return soonest
        return max(soonest, self._sent_times[-many] + many / self.rate)

    def record_sent(self, now: float) -> None:
        """Record that a request is sent now."""
        if not math.isfinite(self.rate):
            return
        self._next_due = max(self._next_due, now - MAX_CATCH_UP) + 1 / self.rate
        self._sent_times.append(now)
        while len(self._sent_times) > math.ceil(self.rate) and self._sent_times[0] < now - 2:
            self._sent_times.popleft()

    # --- what the server accepts -----------------------------------------------------------------

    def record_accepted(self, now: float, *, sent_at: float) -> None:
        """Record that a request sent at `sent_at` was accepted now."""
        if self._accepting_since is None:
            self._accepting_since = now
        if self._is_rejecting and sent_at > self._last_rejection:
            self._resume_accepting(now)
        self._accepted_times.append(now)
        self._bucket.record_accepted(now, sent_at=sent_at)
        if not self._period or sent_at <= self._last_rejection:
            return
        self._forget_old_times(now)
        if self._burst_rate:
            growth = max(1.0, self._bucket.count / self._bucket.first_count)
            self.rate = self._burst_rate * math.sqrt(growth)
            return
        self.rate = self._base_rate * (
            1 + PROBE_STEP * ((now - self._accepting_since) / self._calm_seconds) ** 3
        )

    def _forget_old_times(self, now: float) -> None:
        since = now - max(self._period, MIN_SAMPLES / self.rate)
        while len(self._accepted_times) > 1 and self._accepted_times[1] <= since:
            self._accepted_times.popleft()

    def _resume_accepting(self, now: float) -> None:
        self.is_probing = self._is_rejecting = False
        if not self._period:
            self._base_rate = self.rate = self._window_rate = self._estimate_rate(now)
            self._period = min(max(1.0, now - self._rejecting_since), MAX_CALM)
            self._accepted_times.clear()
            if self._is_wait_rounded and self._bucket.count:
                most = BURST_SHARE * self._bucket.compute_mean_rate()
                self._burst_rate = self.rate = min(BURST_FACTOR * self._window_rate, most)
        elif self._burst_rate or self._measured_bursts:
            self._base_rate = self.rate = self._compute_measured_rate()
            self._burst_rate = 0.0
        self._accepting_since = now
        self._next_due = max(self._next_due, now)
        self._calm_seconds = (
            min(self._period, MAX_TRIAL) if self._is_base_estimated else self._compute_calm()
        )
        self._bucket.start_burst()

    def _compute_calm(self) -> float:
        if self._measured_bursts:
            return min(max(CALM_AFTER_BURST * self._bucket.seconds**2, MIN_CALM), MAX_CALM)
        calm = max(CALM_REQUESTS / self._base_rate, CALM_PAUSES * self._pause, MIN_CALM)
        return min(calm, MAX_CALM)

    # --- what the server rejects -----------------------------------------------------------------

    def record_rejected(self, now: float, *, sent_at: float, requested_wait: float | None) -> float:
        """Record that a request sent at `sent_at` was rejected now; return the pause in seconds.

        `requested_wait` is the wait that the server asked for, in seconds, if it did.
        """
        # It was in flight when the last rejection arrived, so it shows nothing new.
        if sent_at <= self._last_rejection:
            self._pause_end = max(self._pause_end, now + (requested_wait or 0.0))
            return self._pause_end - now
        again, self._is_rejecting = self._is_rejecting, True
        self._last_rejection = now
        if not again:
            self._rejecting_since = now
            self._bucket.record_rejected(now, sent_at=sent_at)
        self._is_wait_rounded = ROUNDED_WAITS[0] <= (requested_wait or 0.0) <= ROUNDED_WAITS[1]
        self.is_probing = again or not self._period
        self._pause = requested_wait or self._compute_pause(now)
        self._pause_end = now + self._pause
        self._next_due = max(self._next_due, self._pause_end)
        if not self._period:
            self.rate = self._estimate_rate(self._pause_end)
        elif not again:
            self._base_rate = self.rate = self._lower_rate(now)
        return self._pause

    def _compute_pause(self, now: float) -> float:
        least = 0.1 if not self._period else min(1 / self.rate, 1.0)
        if not self.is_probing:
            return least
        began = max(self._accepting_since or self._rejecting_since, self._rejecting_since - 1)
        tries = (began + period - now for period in RETRY_PERIODS)
        return next((wait for wait in tries if wait > least), RETRY_PERIODS[-1])

    def _estimate_rate(self, until: float) -> float:
        """Estimate the rate: acceptances before the first rejection per second until `until`.

        A pause of up to 1.5 s shows only that the window is about one second: the server may have
        rounded it up, or it is our own default.
        """
        if self._accepting_since is None:
            return MIN_RATE
        if until - self._rejecting_since > 1.5:  # noqa: PLR2004 - a second, rounded up, and the network's delay
            seen = len(self._accepted_times) / (until - self._accepting_since - 0.5)
        else:
            seen = sum(taken >= self._rejecting_since - 1 for taken in self._accepted_times)
        return max(seen, MIN_RATE) * (1 - PROBE_STEP)

    def _lower_rate(self, now: float) -> float:
        if self._burst_rate or self._measured_bursts:
            return self._end_burst()
        seen = len(self._accepted_times) / max(now - self._accepted_times[0], 1 / self.rate)
        was_estimated, self._is_base_estimated = self._is_base_estimated, False
        if was_estimated and self.rate < OUTGROWN_FACTOR * self._base_rate:
            return self._base_rate
        if was_estimated:
            return max(seen * (1 - PROBE_STEP), self._base_rate)
        return max(self.rate * DECREASE_FLOOR, min(seen, self.rate * (1 - PROBE_STEP)))

    def _end_burst(self) -> float:
        """Return the rate after a burst: a window rejects the second after as many as the first."""
        if self._measured_bursts or self._bucket.count > self._bucket.first_count:
            self._measured_bursts += 1
        self._is_base_estimated = False
        # A window that begins anew within a burst looks like a bucket, but not twice in a row.
        is_sure = self._measured_bursts > 2  # noqa: PLR2004 - the second burst and the next
        least = self.rate * BUCKET_FLOOR if is_sure else self._window_rate
        self._bucket_range = (least, self.rate)
        return self._compute_measured_rate()

    def _compute_measured_rate(self) -> float:
        """Return the rate of the bucket or window; computed again after the pause, it is exact."""
        least, most = self._bucket_range
        rate = self._bucket.measure_rate(least=least, most=most)
        if self._measured_bursts and rate > self._window_rate * (1 + SAME_RATE):
            return max(rate, least)
        self._measured_bursts = 0
        # The first burst may have lasted into a second window.
        return min(self._window_rate, max(self._bucket.count, MIN_RATE) * (1 - PROBE_STEP))
