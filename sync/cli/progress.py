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
ENOUGH = 10  # items to judge by


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


class Rest:
    """How long the rest of a step will take, judged by what was done since it last had to wait.

    A wait that was told of is no part of that, but of the average until enough was done after it.
    Where our own limit is what makes it wait, it will again: then only the average counts.
    """

    def __init__(self, total: int, *, now: float) -> None:
        self.total, self.done = total, 0
        self._started = self._resumed = now
        self._done_then = 0
        self._average: float | None = None  # items a second, waits included
        self._recurs = False

    def wait(self, notice: Notice, *, now: float) -> None:
        """All have to wait; of a `retry`, which is one item's, nothing follows for the others."""
        if notice.kind == "retry":
            return
        until = now + notice.seconds
        self._average = self._recent(until) or self.done / max(until - self._started, 1e-9)
        self._resumed, self._done_then = until, self.done
        self._recurs = notice.kind == "limit"

    def words(self, *, now: float) -> str:
        """`, about 40 s left`, once there is something to judge by."""
        speed = self._recent(now) or self._average
        if speed is None:
            speed = self.done / max(now - self._started, 1e-9)
        left = self.total - self.done
        return f", about {duration(left / speed)} left" if left and speed else ""

    def _recent(self, until: float) -> float | None:
        """Items a second since the last wait, unless there were too few to tell."""
        count = self.done - self._done_then
        if self._recurs or self._average is None or count < ENOUGH:
            return None
        return count / max(until - self._resumed, 1e-9)


class LineTrack(Track):
    """A line every ten seconds by the clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._label, self._next = "", 0.0
        self._rest = Rest(0, now=0.0)

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[None]:
        now = self._clock()
        self._label, self._next = label, now + PATIENCE
        self._rest = Rest(total, now=now)
        yield

    def advance(self) -> None:
        self._rest.done += 1
        self._say("")

    def notice(self, notice: Notice) -> None:
        self._rest.wait(notice, now=self._clock())
        self._say(f"; {waiting(notice)}")

    def _say(self, remark: str) -> None:
        now = self._clock()
        if now < self._next:
            return
        self._next = now + INTERVAL
        rest = self._rest
        left = rest.words(now=now)
        log("info", f"{self._label}: {rest.done} of {rest.total}{left}{remark}")


def waiting(notice: Notice) -> str:
    """`waits 40 s: …`, with the reason."""
    return f"waits {duration(notice.seconds)}: {notice.reason}"


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
        self._rest = Rest(0, now=0.0)

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[None]:
        self._task = task = self._bars.add_task(label, total=total, left="", notice="")
        self._rest = Rest(total, now=time.monotonic())
        self._bars.start()
        try:
            yield
        finally:
            self._task = None
            self._bars.remove_task(task)
            if not self._bars.tasks:
                self._bars.stop()

    def advance(self) -> None:
        self._rest.done += 1
        self._show("", advance=1)

    def notice(self, notice: Notice) -> None:
        self._rest.wait(notice, now=time.monotonic())
        self._show(visible(waiting(notice)))

    def _show(self, notice: str, *, advance: int = 0) -> None:
        if self._task is not None:
            left = self._rest.words(now=time.monotonic()).removeprefix(", ")
            self._bars.update(self._task, advance=advance, left=left, notice=notice)


def _bars() -> RichProgress:
    from rich import progress as rich  # noqa: PLC0415 - 40 ms that only a terminal needs
    from rich.console import Console  # noqa: PLC0415

    return rich.Progress(
        rich.TextColumn("{task.description}", markup=False),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TextColumn("{task.fields[left]}", markup=False),
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
