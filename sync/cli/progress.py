"""Progress on stderr: bars on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.cli.log import is_for_people, log
from sync.reports.inert import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from sync.scenario import Notice

# Seconds. Work that is done sooner says nothing, so that a quick command stays quiet.
PATIENCE = 2.0
INTERVAL = 10.0


class Track:
    """The steps of one target's work, one after the other; this one says nothing of them."""

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[None]:  # noqa: ARG002 - for those that speak
        """Be at a step of `total` items meanwhile."""
        yield

    def advance(self) -> None:
        """One more item is done."""

    def notice(self, notice: Notice) -> None:
        """The client waits, and says why."""

    def spent(self, requests: int) -> None:
        """So many requests were made in all."""


class Progress:
    """Shows what a command is at; this one shows nothing."""

    def track(self, name: str) -> Track:  # noqa: ARG002 - for those that keep account
        """One more target's work."""
        return Track()


class Lines(Progress):
    """Progress for logs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    def track(self, name: str) -> Track:  # noqa: ARG002
        return LineTrack(self._clock)


class LineTrack(Track):
    """A line every ten seconds by the clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._label, self._total, self._done = "", 0, 0
        self._started = self._next = 0.0

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[None]:
        self._label, self._total, self._done = label, total, 0
        self._started = self._clock()
        self._next = self._started + PATIENCE
        yield

    def advance(self) -> None:
        self._done += 1
        self._say("")

    def notice(self, notice: Notice) -> None:
        self._say(f"; {notice.reason}")

    def _say(self, remark: str) -> None:
        now = self._clock()
        if now < self._next:
            return
        self._next = now + INTERVAL
        left = remaining(self._done, self._total, elapsed=now - self._started)
        log("info", f"{self._label}: {self._done} of {self._total}{left}{remark}")


def remaining(done: int, total: int, *, elapsed: float) -> str:
    """`, about 40 s left`, once there is something to judge by."""
    if not done or done >= total:
        return ""
    return f", about {duration(elapsed / done * (total - done))} left"


def duration(seconds: float) -> str:
    """A time span as people say it."""
    if seconds < 90:  # noqa: PLR2004 - up to a minute and a half, seconds say more
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


class Bars(Progress):
    """Progress for a terminal: a bar a target, there only while it is at a step."""

    def __init__(self) -> None:
        self._bars: RichProgress | None = None

    def track(self, name: str) -> Track:  # noqa: ARG002
        self._bars = self._bars or _bars()
        return BarTrack(self._bars)


class BarTrack(Track):
    """One bar, with the client's last notice behind it."""

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[None]:
        self._task = task = self._bars.add_task(label, total=total, notice="")
        self._bars.start()
        try:
            yield
        finally:
            self._task = None
            self._bars.remove_task(task)
            if not self._bars.tasks:
                self._bars.stop()

    def advance(self) -> None:
        if self._task is not None:
            self._bars.update(self._task, advance=1, notice="")

    def notice(self, notice: Notice) -> None:
        if self._task is not None:
            self._bars.update(self._task, notice=visible(notice.reason))


def _bars() -> RichProgress:
    from rich import progress as rich  # noqa: PLC0415 - 40 ms that only a terminal needs
    from rich.console import Console  # noqa: PLC0415

    return rich.Progress(
        rich.TextColumn("{task.description}", markup=False),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TimeRemainingColumn(),
        rich.TextColumn("{task.fields[notice]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )


def progress(*, quiet: bool) -> Progress:
    """The progress that fits where stderr goes."""
    if quiet:
        return Progress()
    if sys.stderr.isatty() and is_for_people() and not os.environ.get("CI"):
        return Bars()
    return Lines()
