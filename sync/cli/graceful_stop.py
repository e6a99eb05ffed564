"""Let Ctrl-C request the end of an operation, which then ends in order."""

from __future__ import annotations

from asyncio import get_running_loop
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.abandonment import abandonable_network_commands
from sync.cli.output import print_info
from sync.cli.signals import handle_all
from sync.operations.events import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class SignalStop(Stop):
    """A stop that Ctrl-C requests, while an operation can end in order; before, Ctrl-C cancels."""

    @contextmanager
    def accept_requests(self) -> Iterator[None]:
        loop = get_running_loop()

        def request_soon(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as signals want it
            loop.call_soon_threadsafe(self.request)

        with (
            abandonable_network_commands() as self._abandon_git,
            handle_all(request_soon),  # not add_signal_handler, which Windows does not have
        ):
            yield

    def request(self) -> None:
        is_first = not self.is_set()
        if not is_first:
            self._abandon_git()
        super().request()  # before the message: a terminal that was closed raises an error
        if is_first:
            print_info("\nStopping after the current requests. Press Ctrl-C again to abandon them.")
