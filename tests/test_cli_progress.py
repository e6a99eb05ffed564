"""Progress in logs: quiet for a quick command, a line now and then for a long one."""

import pytest

from sync.cli.log import set_log_format
from sync.cli.progress import BarProgress, Eta, LineProgress, format_countdown, format_duration
from sync.scenario import WaitNotice


class Watch:
    """A clock that stands still until it is set."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def watch():
    set_log_format("text")  # as a command does it
    return Watch()


def lines(capsys):
    return capsys.readouterr().err.splitlines()


def test_what_is_done_within_two_seconds_is_not_spoken_of(watch, capsys):
    track = LineProgress(watch).add_track("production")
    with track.start_step("production: reading", 3):
        for _ in range(3):
            watch.now += 0.6
            track.advance()
    assert lines(capsys) == []


def test_longer_work_is_told_of_every_ten_seconds(watch, capsys):
    track = LineProgress(watch).add_track("production")
    with track.start_step("production: reading", 100):
        for _ in range(30):
            watch.now += 1
            track.advance()
    assert lines(capsys) == [
        "production: reading: 2 of 100, about 2 min left",
        "production: reading: 12 of 100, about 88 s left",
        "production: reading: 22 of 100, about 78 s left",
    ]


def test_a_line_says_what_is_waited_for(watch, capsys):
    track = LineProgress(watch).add_track("production")
    with track.start_step("production: writing", 5):
        watch.now += 3
        track.handle_notice(WaitNotice("retry", 8, "hero: 503 Service Unavailable"))
    assert lines(capsys) == [
        "production: writing: 0 of 5; waits 8 s: hero: 503 Service Unavailable"
    ]


def test_each_step_begins_anew(watch, capsys):
    track = LineProgress(watch).add_track("production")
    for label in ("reading", "writing"):
        with track.start_step(label, 1):
            watch.now += 3
            track.advance()
    assert lines(capsys) == ["reading: 1 of 1", "writing: 1 of 1"]


@pytest.mark.parametrize(
    ("done", "total", "words"),
    [
        pytest.param(0, 10, "", id="nothing to judge by"),
        pytest.param(10, 10, "", id="nothing left"),
        pytest.param(5, 10, ", about 60 s left", id="half"),
    ],
)
def test_what_is_left_is_judged_by_what_was_done(done, total, words):
    rest = Eta(total, now=0.0)
    rest.done = done
    assert rest.format_remaining(now=60.0) == words


def test_a_limit_a_minute_is_known_from_its_first_wait():
    rest = Eta(1000, now=0.0)
    rest.done = 100
    rest.record_wait(WaitNotice("limit", 59.0, "our own limit"), now=1.0)
    assert rest.format_remaining(now=1.0) == ", about 9 min left"
    rest.done = 190  # most of the next hundred, at once
    assert rest.format_remaining(now=60.5) == ", about 8 min left"


def test_a_pause_of_the_server_is_no_part_of_the_speed_after_it():
    rest = Eta(100, now=0.0)
    rest.done = 10
    rest.record_wait(WaitNotice("rejected", 40.0, "the server asked for it"), now=1.0)
    rest.done = 30
    assert rest.format_remaining(now=61.0) == ", about 70 s left"


def test_what_is_left_is_not_less_than_the_wait():
    rest = Eta(9, now=0.0)
    rest.done = 6
    rest.record_wait(WaitNotice("rejected", 60, "the server asked for it"), now=1.0)
    assert rest.format_remaining(now=1.0) == ", about 60 s left"


def test_an_item_that_is_tried_again_says_nothing_of_the_others():
    rest = Eta(100, now=0.0)
    rest.done = 50
    rest.record_wait(WaitNotice("retry", 8.0, "hero: 503"), now=10.0)
    assert rest.format_remaining(now=10.0) == ", about 10 s left"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.1, "1 s"), (89.4, "89 s"), (90, "2 min"), (3600, "60 min")]
)
def test_a_time_is_told_as_people_say_it(seconds, words):
    assert format_duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(17.2, "limit 100/min, next in 17 s"), (0.4, "limit 100/min, next in 1 s"), (0.0, "")],
)
def test_a_wait_is_counted_down_until_it_is_over(seconds, words):
    assert format_countdown("limit 100/min", seconds) == words


def test_the_bar_keeps_the_wait_while_items_are_done():
    bars = BarProgress()
    track = bars.add_track("production")
    with track.start_step("production: reading", 3):
        track.handle_notice(WaitNotice("limit", 40.0, "limit 100/min"))
        track.advance()
        (task,) = track._bars.tasks
        assert task.fields["notice"]().startswith("limit 100/min, next in ")
        track.handle_notice(WaitNotice("limit", 0.0, "limit 100/min"))
        assert task.fields["notice"]() == ""
