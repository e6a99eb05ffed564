"""Messages, progress and stop requests of an operation, which prints nothing itself."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from sync.errors import SyncError
    from sync.scenario import Notice


class Track:
    """The progress of one target through its steps; this base class shows nothing."""

    @contextmanager
    def start_step(self, label: str, total: int) -> Iterator[None]:  # noqa: ARG002 - for the subclasses
        """Start a step of `total` items; the step ends with the context."""
        yield

    def advance(self) -> None:
        """Count one more item as done."""

    def handle_notice(self, notice: Notice) -> None:
        """Handle a notice of the client: a wait with its reason, or a remark on an answer."""

    def add_requests(self, requests: int) -> None:
        """Add this number to the requests of the target."""


class Events:
    """The progress and the messages of an operation; this base class ignores all of them."""

    def add_track(self, name: str) -> Track:  # noqa: ARG002 - for the subclasses
        """Add the track of one more target, by the target's name."""
        return Track()

    def inform(self, message: str) -> None:
        """Handle a message that is not about a problem, such as a wait for a lock."""

    def warn(self, message: str) -> None:
        """Handle the message of a problem that does not end the operation."""

    def report_failure(self, target: str, error: SyncError) -> None:
        """Handle the failure of one of several targets; the others continue."""


class Stop:
    """A request to end an operation in order: no item is started, the current ones are finished.

    A second request cancels what is still in progress. The outcome of a cancelled write is unknown.
    """

    def __init__(self) -> None:
        self._is_requested = False
        self._tasks: set[asyncio.Task[object]] = set()

    def is_set(self) -> bool:
        return self._is_requested

    def request(self) -> None:
        """Request the end; if it was requested before, cancel the current items."""
        if self._is_requested:
            for task in self._tasks:
                task.cancel()
        self._is_requested = True

    @contextmanager
    def accept_requests(self) -> Iterator[None]:
        """Mark the part of an operation that ends in order; before it, an operation is cancelled.

        For subclasses, which may listen to signals meanwhile.
        """
        yield

    @contextmanager
    def cancel_on_second_request(self, task: asyncio.Task[object] | None) -> Iterator[None]:
        """Cancel the task if a second request comes during the context."""
        if task is not None:
            self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks -= {task}
