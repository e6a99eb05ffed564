"""End the work on one file after a time, so that no file can make a command hang."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.errors import TimeLimitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

MAX_SECONDS_PER_FILE = 10.0  # of this process: others on the machine do not count


@contextmanager
def limit_time_per_file(seconds: float = MAX_SECONDS_PER_FILE) -> Iterator[None]:
    """Raise TimeLimitError in the context after these seconds.

    Windows has no timer of this kind, and threads other than the main thread get no signal: there
    is no limit for them.
    """
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def raise_error(_: int, __: FrameType | None) -> None:
        raise TimeLimitError(
            f"the file takes more than {seconds:g} seconds to check, so that it was not checked "
            "completely"
        )

    previous = signal.signal(signal.SIGVTALRM, raise_error)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)
