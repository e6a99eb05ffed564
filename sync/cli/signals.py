"""Treat SIGTERM and SIGHUP like Ctrl-C: cancel at once, or end in order during writing."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.cli.output import print_info
from sync.operations.events import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

# Schedulers send SIGTERM, closed terminals SIGHUP. Windows has no SIGHUP.
_AS_CTRL_C = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def treat_signals_as_ctrl_c() -> Iterator[None]:
    """Let the other signals that ask for an end do what Ctrl-C does.

    A signal that is ignored stays ignored: with `nohup`, a run outlives its terminal.
    """
    previous = {number: signal.getsignal(number) for number in _AS_CTRL_C}
    heard = {number: was for number, was in previous.items() if was not in {signal.SIG_IGN, None}}
    for number in heard:
        signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        for number, was in heard.items():
            signal.signal(number, was)


@contextmanager
def raise_on_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt at once; asyncio would wait for a second Ctrl-C."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


class SignalStop(Stop):
    """A stop that Ctrl-C requests, while an operation can end in order; before, Ctrl-C cancels."""

    @contextmanager
    def accept_requests(self) -> Iterator[None]:
        from asyncio import get_running_loop  # noqa: PLC0415 - most commands need none

        loop = get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.request)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    def request(self) -> None:
        is_first = not self.is_set()
        super().request()  # before the message: a terminal that was closed raises an error
        if is_first:
            print_info("\nStopping: what is under way is finished. Once more to abandon it.")
