"""End the commands of git that use the network, which may wait for minutes."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
ResultT = TypeVar("ResultT")

_abandoned = Event()
_caller_left: ContextVar[Event | None] = ContextVar("caller_left", default=None)


@contextmanager
def abandonable_network_commands() -> Iterator[Callable[[], None]]:
    """Yield a function that ends the commands that use the network, now and during the context."""
    try:
        yield _abandoned.set
    finally:
        _abandoned.clear()


def is_network_abandoned() -> bool:
    """Return True if commands that use the network are to end."""
    caller_left = _caller_left.get()
    return _abandoned.is_set() or (caller_left is not None and caller_left.is_set())


async def run_in_thread(
    function: Callable[P, ResultT], *arguments: P.args, **options: P.kwargs
) -> ResultT:
    """Call a function in a thread; if the caller is cancelled, end its commands of git.

    Otherwise Ctrl-C, which cancels the caller, would wait until the network answers.
    """
    from asyncio import CancelledError, to_thread  # noqa: PLC0415 - a completion does without it

    caller_left = Event()
    place = _caller_left.set(caller_left)  # the thread gets a copy of this context
    try:
        return await to_thread(function, *arguments, **options)
    except CancelledError:
        caller_left.set()
        raise
    finally:
        _caller_left.reset(place)
