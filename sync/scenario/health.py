"""Detect an outage of the server, as opposed to one failed item, and wait for its end."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from sync.scenario.clock import WaitNotice
from sync.scenario.responses import RequestFailure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sync.scenario.clock import Clock, Observer
    from sync.scenario.responses import Response

# Seconds. A restart, a failover or a deployment is over by then; an outage that lasts longer ends
# the run.
LONGEST_OUTAGE = 120.0
FIRST_PROBE_WAIT = 1.0  # doubled for each probe
LONGEST_PROBE_WAIT = 8.0
_GATEWAY_STATUSES = {
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


class ServerHealth:
    """The health of the server as all requests of a run see it.

    `probe` sends a request that any healthy server answers.
    """

    def __init__(
        self, probe: Callable[[], Awaitable[Response]], *, clock: Clock, observe: Observer
    ) -> None:
        self._probe = probe
        self._clock = clock
        self._observe = observe
        self._last_good_answer: float | None = None
        self._is_given_up = False
        self._lock = asyncio.Lock()

    def record_good_answer(self) -> None:
        """Record that the server itself answered a request as it should."""
        self._last_good_answer = self._clock.monotonic()

    def may_be_outage(self, failure: RequestFailure) -> bool:
        """Return True if the failure may be an outage of the server, which has answered before."""
        was_there = self._last_good_answer is not None or failure.status in _GATEWAY_STATUSES
        return failure.outage and was_there

    async def wait_for_end_of_outage(self, since: float, reason: str) -> bool:
        """Wait until the server answers again, if it answered nothing after `since`.

        One caller probes for all. Returns False if the server does not come back.
        """
        async with self._lock:
            started, wait = self._clock.monotonic(), FIRST_PROBE_WAIT
            while not (self._is_given_up or self._has_answered_after(since)):
                if await self._is_healthy():
                    self.record_good_answer()
                elif self._clock.monotonic() + wait - started > LONGEST_OUTAGE:
                    self._is_given_up = True
                else:
                    self._observe(WaitNotice("outage", wait, reason))
                    await self._clock.sleep(wait)
                    wait = min(2 * wait, LONGEST_PROBE_WAIT)
            return not self._is_given_up

    def _has_answered_after(self, time: float) -> bool:
        return self._last_good_answer is not None and self._last_good_answer >= time

    async def _is_healthy(self) -> bool:
        try:
            response = await self._probe()
        except RequestFailure:
            return False
        if not response.is_success:
            return response.status < HTTPStatus.INTERNAL_SERVER_ERROR
        try:  # a gateway may answer with a page
            json.loads(response.body)
        except (ValueError, RecursionError):
            return False
        return True
