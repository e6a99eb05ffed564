"""Let a signal end the commands of git that use the network; they may wait for minutes."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_abandoned = Event()


@contextmanager
def may_abandon_network_commands() -> Iterator[Callable[[], None]]:
    """Yield a function that ends the commands that use the network, now and during the context."""
    try:
        yield _abandoned.set
    finally:
        _abandoned.clear()


def is_network_abandoned() -> bool:
    """Return True if commands that use the network are to end."""
    return _abandoned.is_set()
