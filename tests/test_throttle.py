"""The throttle in virtual time, against servers that limit in every way that servers do."""

import asyncio
import math
import random
import selectors
from collections import deque
from dataclasses import replace
from functools import partial
from itertools import accumulate, pairwise

import httpx
import pytest
from remote import KEY, answer

from sync.errors import AbortRunError
from sync.model.remote_text import RemoteText
from sync.scenario import Clock, Scenario, Server, WaitNotice, run_concurrently
from sync.scenario.adaptive_rate import AdaptiveRate
from sync.scenario.clock import ignore_notice
from sync.scenario.responses import Response
from sync.scenario.status_codes import parse_requested_wait
from sync.scenario.throttle import MinuteWindow, Throttle

UNLIMITED = Server(base_url="https://api.test", requests_per_minute=0)

# --- a world in which waiting takes no time ------------------------------------------------------


class Skipping(selectors.SelectSelector):
    """Finds nothing, and lets the time pass that it would have waited."""

    time = 0.0

    def select(self, timeout=None):
        self.time += timeout or 0
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self._skipping = Skipping()
        super().__init__(self._skipping)

    def time(self):
        return self._skipping.time


def in_virtual_time(coroutine):
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)


class Fixed:
    """So many in each period of the clock on the server's wall."""

    def __init__(self, rate, period):
        self._limit, self._period = rate * period, period
        self._window, self._passed = None, 0

    def wait(self, now):
        window = int(now / self._period + 0.3)
        if window != self._window:
            self._window, self._passed = window, 0
        if self._passed < self._limit:
            self._passed += 1
            return 0
        return (window + 0.7) * self._period - now


class Sliding:
    """So many in any period."""

    def __init__(self, rate, period):
        self._limit, self._period = rate * period, period
        self._passed = deque()

    def wait(self, now):
        while self._passed and self._passed[0] <= now - self._period:
            self._passed.popleft()
        if len(self._passed) < self._limit:
            self._passed.append(now)
            return 0
        return self._passed[0] + self._period - now


class Bucket:
    """So many at once, and then as many as drip in."""

    def __init__(self, rate, size):
        self._rate, self._size = rate, size
        self._level, self._seen = size, 0.0

    def wait(self, now):
        self._level = min(self._size, self._level + (now - self._seen) * self._rate)
        self._seen = now
        if self._level >= 1:
            self._level -= 1
            return 0
        return (1 - self._level) / self._rate


class Shared:
    """A limit of which another client takes its share for a while."""

    def __init__(self, limit, *, rate, since, until):
        self._limit, self._gap, self._next, self._until = limit, 1 / rate, since, until

    def wait(self, now):
        while self._next < min(now, self._until):
            self._limit.wait(self._next)
            self._next += self._gap
        return self._limit.wait(now)


def exactly(wait):
    return {"retry-after-ms": str(wait * 1000)}


def in_whole_seconds(wait):
    return {"retry-after": str(math.ceil(wait))}


def silently(_):
    return {}


class World:
    """A server with a limit, and the network in between."""

    def __init__(self, limit, *, says=exactly, latency=0.05, seed=4):
        self.limit, self.says, self.latency = limit, says, latency
        self.accepted, self.rejected, self.sent = [], 0, []
        self.in_flight = self.most_in_flight = 0
        self._chance = random.Random(seed)  # noqa: S311 - the weather on the network

    async def handle(self, _):
        self.sent.append(self._now())
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await self._travel()
        wait = self.limit.wait(self._now()) if self.limit else 0
        if wait:
            self.rejected += 1
        else:
            self.accepted.append(self._now())
        await self._travel()
        self.in_flight -= 1
        if wait:
            return httpx.Response(429, headers=self.says(wait))
        return httpx.Response(200, json=answer("text"))

    async def _travel(self):
        await asyncio.sleep(self.latency * self._chance.uniform(0.3, 0.7))

    def _now(self):
        return asyncio.get_running_loop().time()

    async def retrieve(self, number, *, observe=ignore_notice, **settings):
        """Retrieve so many descriptions; the seconds that it took."""
        server = Server(base_url="https://api.test", credentials=KEY, **settings)
        transport = httpx.MockTransport(self.handle)
        began = self._now()
        async with Scenario(server, transport=transport, observe=observe) as scenario:
            read = [result async for _, result in scenario.retrieve_all(map(str, range(number)))]
        assert all(isinstance(result, RemoteText) for result in read)
        return self._now() - began

    async def drive(self, number, *, concurrency=16):
        """As many requests through a throttle alone, which is several times faster."""
        server = replace(UNLIMITED, concurrency=concurrency)
        throttle = Throttle(server, clock=Clock(), observe=ignore_notice)
        async for _ in run_concurrently(
            partial(self._send, throttle), range(number), limit=concurrency
        ):
            pass
        return self._now()

    async def _send(self, throttle, _):
        for pause in (0.75, 2.25, 6.75, 20.25, 60.75):
            async with throttle.acquire_permit() as turn:
                response = await self.handle(_)
                if response.status_code == 200:
                    turn.record_accepted()
                    return
                asked = parse_requested_wait(Response(429, response.headers, b""), now=0)
                turn.record_rejected(requested_wait=asked)
            await asyncio.sleep(asked or pause)
        raise AssertionError("given up")


# --- our own limit -------------------------------------------------------------------------------


def busiest(moments, seconds):
    """The most moments in any stretch of so many seconds."""
    most, window = 0, deque()
    for moment in sorted(moments):
        window.append(moment)
        while window[0] <= moment - seconds:
            window.popleft()
        most = max(most, len(window))
    return most


def test_a_hundred_go_at_once_and_never_more_in_any_minute():
    world = World(None)
    took = in_virtual_time(world.retrieve(350))
    assert busiest(world.sent, 60) == 100
    assert busiest(world.accepted, 60) == 100
    assert 180 <= took < 181.5


def test_up_to_a_hundred_never_wait():
    world = World(None)
    assert in_virtual_time(world.retrieve(100)) < 1


def test_a_slow_network_does_not_bring_the_server_more_than_the_limit():
    world = World(None, latency=20)
    in_virtual_time(world.retrieve(90, requests_per_minute=20, timeout=60))
    assert busiest(world.accepted, 60) <= 20


def test_no_limit_keeps_the_concurrency_in_flight():
    world = World(None, latency=0.1)
    took = in_virtual_time(world.retrieve(1000, requests_per_minute=0, concurrency=20))
    assert world.most_in_flight == 20
    assert took < 1.15 * 1000 * 0.1 / 20


def test_a_limit_below_the_concurrency_bounds_that_too():
    world = World(None)
    in_virtual_time(world.retrieve(9, requests_per_minute=3, concurrency=8))
    assert world.most_in_flight <= 3
    assert busiest(world.sent, 60) == 3


def test_a_wait_for_our_own_limit_is_told():
    notices = []
    in_virtual_time(World(None).retrieve(4, requests_per_minute=3, observe=notices.append))
    assert [(notice.kind, round(notice.seconds)) for notice in notices] == [("limit", 60)]


def test_slots_come_free_a_minute_after_the_answer():
    window = MinuteWindow(1)
    assert window.seconds_until_free(5.0) <= 0
    window.take_slot()
    window.return_slot(7.0, was_used=True)
    assert window.seconds_until_free(8.0) == 59.0


# --- the server's limit --------------------------------------------------------------------------

LIMITS = {
    "fixed window of a second": lambda rate: Fixed(rate, 1),
    "fixed window of ten seconds": lambda rate: Fixed(rate, 10),
    "sliding window of a second": lambda rate: Sliding(rate, 1),
    "sliding window of ten seconds": lambda rate: Sliding(rate, 10),
    "bucket of a second": lambda rate: Bucket(rate, rate),
    "bucket of five": lambda rate: Bucket(rate, 5),
}
ALWAYS = dict.fromkeys(LIMITS, 0.95)
# How much a small bucket takes in the long run is not told by how much it takes at first.
SMALL = {"bucket of five": 0.92}
# Where the server speaks in whole seconds, all wait for as long as it says, though it would have
# taken more after a moment.
WHOLE = {
    "fixed window of a second": 0.93,
    "sliding window of a second": 0.92,
    "sliding window of ten seconds": 0.92,
    "bucket of five": 0.85,
}
# How long a window is has to be tried out where the server says nothing.
SILENT = {"fixed window of ten seconds": 0.88, "sliding window of ten seconds": 0.9}
REJECTED = {
    "fixed window of ten seconds": 0.025,
    "sliding window of ten seconds": 0.025,
    "bucket of a second": 0.022,
}


@pytest.mark.parametrize(
    "rate", [20, *(pytest.param(rate, marks=pytest.mark.slow) for rate in (50, 80))]
)
@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize(
    ("says", "least"),
    [
        pytest.param(exactly, ALWAYS | SMALL, id="exactly"),
        pytest.param(in_whole_seconds, ALWAYS | WHOLE, id="in seconds"),
        pytest.param(silently, ALWAYS | SMALL | SILENT, id="silently"),
    ],
)
def test_an_unknown_limit_is_found_and_kept_within_a_minute(rate, limit, says, least):
    world = World(LIMITS[limit](rate), says=says)
    number = 60 * rate
    took = in_virtual_time(world.drive(number))
    assert number / took / rate >= least[limit]
    assert world.rejected / (number + world.rejected) <= REJECTED.get(limit, 0.02)


@pytest.mark.parametrize("latency", [0.005, 0.05, 0.1])
@pytest.mark.parametrize(
    ("seconds", "least"),
    [pytest.param(10, 0.75, id="10 s"), pytest.param(60, 0.92, id="60 s", marks=pytest.mark.slow)],
)
def test_a_bucket_far_smaller_than_its_rate_is_measured_in_two_bursts(seconds, least, latency):
    world = World(Bucket(60, 10), says=in_whole_seconds, latency=latency)
    number = 60 * seconds
    took = in_virtual_time(world.drive(number))
    assert number / took / 60 >= least
    assert world.rejected <= 15


@pytest.mark.parametrize("began", [0.0, 0.25, 0.5, 0.75])
def test_a_window_that_begins_anew_within_a_burst_is_not_taken_for_a_bucket(began):
    world = World(Fixed(50, 1), says=in_whole_seconds)

    async def drive():
        await asyncio.sleep(began)
        return await world.drive(1500) - began

    assert 1500 / in_virtual_time(drive()) / 50 >= 0.92
    assert world.rejected <= 30


@pytest.mark.parametrize("says", [exactly, silently])
@pytest.mark.parametrize("seed", range(3))
def test_a_low_limit_is_found_with_few_rejections(says, seed):
    world = World(Sliding(5, 1), says=says, seed=seed)
    took = in_virtual_time(world.drive(300, concurrency=16))
    assert 300 / took / 5 >= 0.95
    assert world.rejected <= 6


@pytest.mark.parametrize("says", [exactly, silently])
def test_a_short_run_is_not_much_worse(says):
    world = World(Sliding(20, 1), says=says)
    took = in_virtual_time(world.drive(200))
    assert 200 / took / 20 >= 0.93
    assert world.rejected <= 17


@pytest.mark.parametrize("says", [exactly, silently])
@pytest.mark.parametrize("latency", [0.01, 0.1, 0.3])
def test_a_slow_network_is_no_reason_to_go_slow(latency, says):
    world = World(Sliding(20, 1), says=says, latency=latency)
    took = in_virtual_time(world.drive(1200, concurrency=32))
    assert 1200 / took / 20 >= (0.94 if latency < 0.3 else 0.85)
    assert world.rejected / 1200 <= 0.03


@pytest.mark.parametrize("says", [pytest.param(exactly, marks=pytest.mark.slow), silently])
def test_what_another_client_leaves_free_is_taken_again(says):
    limit = Shared(Sliding(80, 1), rate=40, since=20, until=60)
    world = World(limit, says=says)
    in_virtual_time(world.drive(9600))
    meanwhile = [moment for moment in world.accepted if 30 < moment <= 60]
    later = [moment for moment in world.accepted if 90 < moment <= 120]
    assert len(meanwhile) / 30 >= 0.45 * 80
    assert len(later) / 30 >= 0.93 * 80
    assert world.rejected / 9600 <= 0.02


def test_a_delay_is_made_up_for():
    pace = paced(rate=10.0)
    now = 100.0
    pace.record_sent(now)
    pace.record_sent(now + 0.3)  # 0.2 s late
    soonest = [pace.seconds_until_next(now + 0.3)]
    pace.record_sent(now + 0.35)
    soonest.append(pace.seconds_until_next(now + 0.35))
    assert soonest == pytest.approx([0.05, 0.05], abs=0.01)


def test_no_second_sees_more_than_the_pace_however_late_some_were():
    pace, weather = paced(rate=10.0), random.Random(1)  # noqa: S311 - the weather
    now, went = 100.0, []
    while now < 160:
        now += max(0.0, pace.seconds_until_next(now)) + weather.choice([0, 0, 0, 0, 0.15])
        pace.record_sent(now)
        went.append(now)
    assert busiest(went, 0.99) <= 10


def paced(*, rate):
    """A pace that has found its limit: so many in a second, and then none until that was over."""
    pace, count = AdaptiveRate(), round(rate / 0.98)
    for number in range(count + 1):
        pace.record_sent(number / 100)
    for _ in range(count):
        pace.record_accepted(0.1, sent_at=0.0)
    pace.record_rejected(0.2, sent_at=0.1, requested_wait=0.9)
    pace.record_sent(1.1)
    pace.record_accepted(1.1, sent_at=1.1)
    return pace


def test_a_limit_is_kept_through_the_whole_client_too():
    world = World(Sliding(20, 1))
    took = in_virtual_time(world.retrieve(1200, requests_per_minute=0))
    assert 1200 / took / 20 >= 0.95
    assert world.rejected / 1200 <= 0.02


@pytest.mark.parametrize("says", [exactly, in_whole_seconds])
def test_a_window_of_a_minute_is_waited_out_with_few_rejections(says):
    world = World(Sliding(5, 60), says=says)
    assert in_virtual_time(world.drive(900, concurrency=8)) < 186
    assert world.rejected <= 18


@pytest.mark.parametrize("says", [exactly, silently])
@pytest.mark.parametrize("left", [0, 3])
def test_a_minute_that_another_run_has_used_up_is_no_measure_of_the_next(says, left):
    limit = Fixed(100 / 60, 60)
    for _ in range(100 - left):
        limit.wait(0.0)
    world = World(limit, says=says)
    assert in_virtual_time(world.retrieve(60)) < 42 + 60
    assert world.rejected < 30


def test_all_workers_pause_together():
    class Shut:
        def wait(self, now):
            return 10 - now if 1 <= now < 10 else 0.0

    world = World(Shut())
    in_virtual_time(world.retrieve(300, requests_per_minute=0))
    assert world.rejected == 8
    assert not [moment for moment in world.sent if 1.1 < moment < 10]


def test_one_goes_first_to_see_whether_the_server_is_open_again():
    class Shut:
        def wait(self, now):
            return max(0.0, 10 - now)

    world = World(Shut(), says=silently)
    in_virtual_time(world.retrieve(30, requests_per_minute=0))
    later = [moment for moment in world.sent if moment > 0.01]
    scouts = [moment for moment in later if moment < 10]
    assert len(scouts) <= 10
    assert all(later - before > 0.04 for before, later in pairwise(scouts))


def test_few_go_at_first_and_all_after_a_while():
    world = World(None, latency=0.1)
    in_virtual_time(world.retrieve(300, requests_per_minute=0, concurrency=16))
    first = [moment for moment in world.sent if moment < 0.03]
    assert len(first) == 3
    assert world.most_in_flight == 16


@pytest.mark.parametrize(("latency", "least", "most"), [(0.005, 3, 4), (0.1, 12, 16)])
def test_slow_answers_bring_more_requests_in_flight_than_fast_ones(latency, least, most):
    world = World(None, latency=latency)
    in_virtual_time(world.retrieve(40, requests_per_minute=0, concurrency=16))
    assert least <= world.most_in_flight <= most


def test_models_that_are_not_there_are_no_reason_to_stay_slow():
    world = World(None)

    async def missing(_):
        await world.handle(_)
        return httpx.Response(404, json={"reason": "Model not found"})

    async def read():
        server = Server(base_url="https://api.test", credentials=KEY, requests_per_minute=0)
        transport = httpx.MockTransport(missing)
        async with Scenario(server, transport=transport) as scenario:
            return [each async for each in scenario.retrieve_all(map(str, range(100)))]

    assert len(in_virtual_time(read())) == 100
    assert world.most_in_flight == 8


def test_a_pause_is_told_with_the_pace_after_it():
    notices = []
    world = World(Fixed(10, 10))
    in_virtual_time(world.retrieve(110, requests_per_minute=0, observe=notices.append))
    first = notices[0]
    assert isinstance(first, WaitNotice)
    assert first.kind == "rejected"
    assert "the server asked for" in first.reason
    assert "a second" in first.reason


# --- the pace alone ------------------------------------------------------------------------------


def test_there_is_no_pace_before_a_rejection():
    pace = AdaptiveRate()
    for _ in range(1000):
        pace.record_sent(0.0)
    assert pace.seconds_until_next(0.0) <= 0


def test_what_was_in_flight_at_a_rejection_counts_as_one_with_it():
    pace = AdaptiveRate()
    for _ in range(3):
        pace.record_sent(0.0)
    pace.record_accepted(0.1, sent_at=0.0)
    assert pace.record_rejected(0.1, sent_at=0.0, requested_wait=2.0) == 2.0
    rate = pace.rate
    assert pace.record_rejected(0.2, sent_at=0.0, requested_wait=2.5) == 2.5
    assert pace.rate == rate
    pace.record_accepted(0.3, sent_at=0.0)
    assert pace.is_probing


def test_the_pause_grows_while_the_server_stays_shut_and_says_nothing():
    pace, now, pauses = AdaptiveRate(), 0.0, []
    for _ in range(10):
        pace.record_sent(now)
        pauses.append(pace.record_rejected(now + 0.01, sent_at=now, requested_wait=None))
        now += 0.01 + pauses[-1]
    tried = [round(moment) for moment in accumulate(pauses)]
    assert tried == [1, 1, 2, 5, 10, 20, 30, 45, 60, 120]


# --- outages -------------------------------------------------------------------------------------


class Away(World):
    """A server that is away from 0.2 s on, for some seconds."""

    def __init__(self, seconds, fail):
        super().__init__(None)
        self.seconds, self.fail, self.failed = seconds, fail, 0

    async def handle(self, request):
        if 0.2 <= self._now() < 0.2 + self.seconds:
            self.failed += 1
            await self._travel()
            return self.fail()
        return await super().handle(request)


def refuse():
    raise httpx.ConnectError("refused")


def be_unavailable():
    return httpx.Response(503, html="<html>")


@pytest.mark.parametrize("fail", [refuse, be_unavailable])
@pytest.mark.parametrize("seconds", [3, 8, 60, 110])
def test_an_outage_costs_time_and_no_item(seconds, fail):
    world = Away(seconds, fail)
    took = in_virtual_time(world.retrieve(300, requests_per_minute=0, concurrency=16))
    assert seconds < took < seconds + 20
    assert world.failed < 16 * 5 + seconds


def test_a_server_that_is_away_from_the_beginning_is_waited_for_too():
    world = Away(60, be_unavailable)
    world._now = lambda: asyncio.get_running_loop().time() + 0.2
    assert in_virtual_time(world.retrieve(30, requests_per_minute=0)) < 80


def test_an_outage_that_lasts_ends_the_run_within_minutes():
    world = Away(10_000, refuse)

    async def run():
        with pytest.raises(AbortRunError, match="fails again and again"):
            await world.retrieve(300, requests_per_minute=0)
        return world._now()

    assert 60 < in_virtual_time(run()) < 180
