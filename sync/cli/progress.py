"""Progress on stderr: bars on a terminal, otherwise a plain line every ten seconds."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.cli.log import log_line
from sync.cli.output import is_watched, print_error, print_info, print_warning
from sync.reports.formats.sanitize import escape_invisible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as RichProgress
    from rich.progress import ProgressColumn, Task, TaskID

    from sync.errors import SyncError
    from sync.scenario import Notice, WaitNotice
from sync.operations.events import Events, Track

# Seconds. A step that ends sooner prints nothing, so that a quick command stays quiet.
QUIET_SECONDS = 2.0
LINE_INTERVAL = 10.0
MIN_SAMPLE = 10  # items from which a recent rate can be computed


class TerminalEvents(Events):
    """The messages of an operation on stderr, without progress (`--quiet`)."""

    def inform(self, message: str) -> None:
        print_info(message)

    def warn(self, message: str) -> None:
        print_warning(message)

    def report_failure(self, target: str, error: SyncError) -> None:
        print_error(error, prefix=f"{target}: ")


class LineProgress(TerminalEvents):
    """Progress as lines for a log."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    def add_track(self, name: str) -> Track:  # noqa: ARG002
        return LineTrack(self._clock)


class Eta:
    """An estimate of the time that is left for a step.

    It is based on the rate since the last wait, without the wait itself. Until MIN_SAMPLE items
    were done since then, the average rate counts, waits included. Waits caused by our own request
    limit will come again: after one of them only the average counts.
    """

    def __init__(self, total: int, *, now: float) -> None:
        self.total, self.done = total, 0
        self._started = self._resumed = now
        self._done_at_resume = 0
        self._average: float | None = None  # items per second, waits included
        self._will_recur = False

    def record_wait(self, notice: WaitNotice, *, now: float) -> None:
        """Record a wait that holds up all items; a `retry` is ignored: it delays one item only."""
        if notice.kind == "retry":
            return
        until = now + notice.seconds
        self._average = self._get_recent_rate(until) or self.done / max(until - self._started, 1e-9)
        self._resumed, self._done_at_resume = until, self.done
        self._will_recur = notice.kind == "limit"

    def format_remaining(self, *, now: float) -> str:
        """Return text such as `, about 40 s left`; empty if the rate is not known yet."""
        speed = self._get_recent_rate(now) or self._average
        if speed is None:
            speed = self.done / max(now - self._started, 1e-9)
        left = self.total - self.done
        if not (left and speed):
            return ""
        seconds = max(left / speed, self._resumed - now)  # not before the wait is over
        return f", about {format_duration(seconds)} left"

    def _get_recent_rate(self, until: float) -> float | None:
        """Return the items per second since the last wait; None if too few items were done."""
        count = self.done - self._done_at_resume
        if self._will_recur or self._average is None or count < MIN_SAMPLE:
            return None
        return count / max(until - self._resumed, 1e-9)


class LineTrack(Track):
    """The progress of one target as a line every ten seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._label, self._next_line_at = "", 0.0
        self._eta = Eta(0, now=0.0)

    @contextmanager
    def start_step(self, label: str, total: int) -> Iterator[None]:
        now = self._clock()
        self._label, self._next_line_at = label, now + QUIET_SECONDS
        self._eta = Eta(total, now=now)
        yield

    def advance(self) -> None:
        self._eta.done += 1
        self._log_progress("")

    def handle_notice(self, notice: Notice) -> None:
        if notice.kind == "remark":
            log_line("warning", notice.text)
            return
        self._eta.record_wait(notice, now=self._clock())
        self._log_progress(f"; {format_wait(notice)}")

    def _log_progress(self, remark: str) -> None:
        now = self._clock()
        if now < self._next_line_at:
            return
        self._next_line_at = now + LINE_INTERVAL
        rest = self._eta
        left = rest.format_remaining(now=now)
        log_line("info", f"{self._label}: {rest.done} of {rest.total}{left}{remark}")


def format_wait(notice: WaitNotice) -> str:
    """Format a wait as `waits 40 s: REASON`."""
    return f"waits {format_duration(notice.seconds)}: {notice.reason}"


def format_countdown(reason: str, seconds: float) -> str:
    """Format a wait of which these seconds are left; empty once it is over.

    >>> format_countdown("limit 100/min", 17.2)
    'limit 100/min, next in 17 s'
    """
    return escape_invisible(f"{reason}, next in {format_duration(seconds)}") if seconds > 0 else ""


def format_duration(seconds: float) -> str:
    """Format a number of seconds as `40 s` or `5 min`."""
    if seconds < 90:  # noqa: PLR2004 - up to a minute and a half, seconds are more precise
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


class BarProgress(TerminalEvents):
    """Progress for a terminal: one bar per target, visible only during a step."""

    def __init__(self) -> None:
        self._bars: RichProgress | None = None

    def add_track(self, name: str) -> Track:  # noqa: ARG002
        self._bars = self._bars or _make_bars()
        return BarTrack(self._bars)


class BarTrack(Track):
    """The bar of one target, followed by the client's last notice."""

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars
        self._task: TaskID | None = None
        self._eta = Eta(0, now=0.0)
        self._wait = ("", 0.0)  # its reason, and when it is over

    @contextmanager
    def start_step(self, label: str, total: int) -> Iterator[None]:
        self._task = task = self._bars.add_task(
            label, total=total, left="", notice=self._format_wait
        )
        self._eta = Eta(total, now=time.monotonic())
        self._bars.start()
        try:
            yield
        finally:
            self._task = None
            self._bars.remove_task(task)
            if not self._bars.tasks:
                self._bars.stop()

    def advance(self) -> None:
        self._eta.done += 1
        self._update_bar(advance=1)

    def handle_notice(self, notice: Notice) -> None:
        if notice.kind == "remark":
            log_line("warning", notice.text)
            return
        now = time.monotonic()
        self._eta.record_wait(notice, now=now)
        self._wait = (notice.reason, now + notice.seconds)
        self._update_bar()

    def _format_wait(self) -> str:
        """Format the wait that is not over yet, as of now: the bar is drawn many times."""
        reason, until = self._wait
        return format_countdown(reason, until - time.monotonic())

    def _update_bar(self, *, advance: int = 0) -> None:
        if self._task is not None:
            left = self._eta.format_remaining(now=time.monotonic()).removeprefix(", ")
            self._bars.update(self._task, advance=advance, left=left)


def _make_bars() -> RichProgress:
    from rich import progress as rich  # noqa: PLC0415 - takes 40 ms, and only a terminal needs it
    from rich.console import Console  # noqa: PLC0415

    return rich.Progress(
        rich.TextColumn("{task.description}", markup=False),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TextColumn("{task.fields[left]}", markup=False),
        _make_wait_column(),
        console=Console(stderr=True),
        transient=True,
    )


def _make_wait_column() -> ProgressColumn:
    """Make the column that asks for the wait each time it is drawn, so that it counts down."""
    from rich.progress import ProgressColumn  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415

    class WaitColumn(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(task.fields["notice"]())

    return WaitColumn()


def choose_events(*, quiet: bool) -> Events:
    """Choose how to show events by where stderr goes: with bars on a terminal, or else lines."""
    if quiet:
        return TerminalEvents()
    if is_watched():
        return BarProgress()
    return LineProgress()
