"""Progress in logs: quiet for a quick command, a line now and then for a long one."""

import pytest

from sync.cli.progress import Lines, duration, remaining
from sync.scenario import Notice


class Watch:
    """A clock that stands still until it is set."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def watch():
    return Watch()


def lines(capsys):
    return capsys.readouterr().err.splitlines()


def test_what_is_done_within_two_seconds_is_not_spoken_of(watch, capsys):
    track = Lines(watch).track("production")
    with track.step("production: reading", 3):
        for _ in range(3):
            watch.now += 0.6
            track.advance()
    assert lines(capsys) == []


def test_longer_work_is_told_of_every_ten_seconds(watch, capsys):
    track = Lines(watch).track("production")
    with track.step("production: reading", 100):
        for _ in range(30):
            watch.now += 1
            track.advance()
    assert lines(capsys) == [
        "production: reading: 2 of 100, about 2 min left",
        "production: reading: 12 of 100, about 88 s left",
        "production: reading: 22 of 100, about 78 s left",
    ]


def test_a_line_says_what_is_waited_for(watch, capsys):
    track = Lines(watch).track("production")
    with track.step("production: writing", 5):
        watch.now += 3
        track.notice(Notice("retry", 8, "hero: 503 Service Unavailable"))
    assert lines(capsys) == ["production: writing: 0 of 5; hero: 503 Service Unavailable"]


def test_each_step_begins_anew(watch, capsys):
    track = Lines(watch).track("production")
    for label in ("reading", "writing"):
        with track.step(label, 1):
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
    assert remaining(done, total, elapsed=60) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.1, "1 s"), (89.4, "89 s"), (90, "2 min"), (3600, "60 min")]
)
def test_a_time_is_told_as_people_say_it(seconds, words):
    assert duration(seconds) == words
