"""Progress and interruption of an operation, as its caller sees them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.cli.output import print_info

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator


from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.scenario import Notice


class Stop:
    """Set by the first signal; the second one cancels what is still under way."""

    def __init__(self) -> None:
        self._set = False
        self._tasks: set[asyncio.Task[object]] = set()

    def is_set(self) -> bool:
        return self._set

    @contextmanager
    def may_cancel(self, task: asyncio.Task[object] | None) -> Iterator[None]:
        """The task may be cancelled meanwhile."""
        if task is not None:
            self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks -= {task}

    def request(self) -> None:
        if self._set:
            for task in self._tasks:
                task.cancel()
            return
        self._set = True
        print_info("\nStopping: what is under way is finished. Once more to abandon it.")


class Track:
    """The progress of one target through its steps; this base class shows nothing."""

    @contextmanager
    def start_step(self, label: str, total: int) -> Iterator[None]:  # noqa: ARG002 - for the subclasses
        """Start a step of `total` items; the step ends with the context."""
        yield

    def advance(self) -> None:
        """Count one more item as done."""

    def handle_notice(self, notice: Notice) -> None:
        """Take note that the client waits, and why, or of a remark on the server's answers."""

    def add_requests(self, requests: int) -> None:
        """Add this number of requests to the target's account."""


class Progress:
    """The progress of a command; this base class shows nothing."""

    def add_track(self, name: str) -> Track:  # noqa: ARG002 - for the subclasses
        """Add the track of one more target, by the target's name."""
        return Track()
