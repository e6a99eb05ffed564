"""Ctrl-C, SIGTERM and SIGHUP mean the same: an end at once, or an orderly one amid writing."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
from sync.operations.events import Stop

# With which schedulers end a job, and terminals that are closed; Windows has no SIGHUP.
_AS_CTRL_C = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def others_as_ctrl_c() -> Iterator[None]:
    """Meanwhile the other signals that ask for an end do whatever Ctrl-C would do.

    One that is ignored stays so: with `nohup` a run outlives its terminal.
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
def interruptible() -> Iterator[None]:
    """Meanwhile Ctrl-C raises KeyboardInterrupt at once; asyncio would wait for a second one."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def stop_on_signal() -> Iterator[Stop]:
    """Meanwhile Ctrl-C stops the run instead of breaking it off."""
    from asyncio import get_running_loop  # noqa: PLC0415 - most commands need none

    loop, stop = get_running_loop(), Stop()
    loop.add_signal_handler(signal.SIGINT, stop.request)
    try:
        yield stop
    finally:
        loop.remove_signal_handler(signal.SIGINT)
