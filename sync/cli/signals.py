"""Treat SIGTERM, SIGHUP and SIGBREAK like Ctrl-C: cancel, but finish writes that have begun."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.abandonment import abandonable_network_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType

# Schedulers send SIGTERM, and closed terminals SIGHUP. On Windows, Ctrl-Break and a closed console
# are SIGBREAK.
_NAMES_LIKE_CTRL_C = ("SIGTERM", "SIGHUP", "SIGBREAK")
_AS_CTRL_C = [getattr(signal, name) for name in _NAMES_LIKE_CTRL_C if hasattr(signal, name)]


@contextmanager
def treat_signals_as_ctrl_c() -> Iterator[None]:
    """Let the other signals that end a program do what Ctrl-C does.

    A signal that is ignored stays ignored: with `nohup`, a run outlives its terminal. Git that uses
    the network is ended, as Ctrl-C on a terminal does it.
    """
    with abandonable_network_commands() as abandon_git:

        def act_like_ctrl_c(number: int, frame: FrameType | None) -> None:
            abandon_git()
            _act_like_ctrl_c(number, frame)

        with _replace_handlers(_AS_CTRL_C, act_like_ctrl_c):
            yield


@contextmanager
def handle_all(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle Ctrl-C and the signals that are like it, except those that are ignored."""
    with _replace_handlers([signal.SIGINT, *_AS_CTRL_C], handler):
        yield


def _act_like_ctrl_c(number: int, frame: FrameType | None) -> None:
    """Do what Ctrl-C does now; in a job that a script started with `&`, Ctrl-C is ignored."""
    if callable(signal.getsignal(signal.SIGINT)):
        signal.raise_signal(signal.SIGINT)
    else:
        signal.default_int_handler(number, frame)


@contextmanager
def _replace_handlers(
    numbers: Iterable[int], handler: Callable[[int, FrameType | None], None]
) -> Iterator[None]:
    """Handle these signals during the context, except those that are ignored."""
    previous = {number: signal.getsignal(number) for number in numbers}
    heard = {number: was for number, was in previous.items() if was not in {signal.SIG_IGN, None}}
    for number in heard:
        signal.signal(number, handler)
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
