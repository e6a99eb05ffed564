"""Tell whether the time of an act grows no faster than its input, on a machine that others use."""

import sys
import time
from collections.abc import Callable
from typing import Final

FACTOR: Final = 8  # how much longer the long input is: linear takes 8 times as long, quadratic 64
LIMIT: Final = 24  # between the two
TRIES: Final = 8
FLOOR: Final = 0.005  # seconds; below it, the clock and the interpreter are what is measured


def grows_with_its_input(
    act: Callable[[str], object], make: Callable[[int], str], size: int
) -> bool:
    """Return True if *act* takes a time in proportion to `make(n)`, for n = *size* and 8 times it.

    The time is that of this process's processor, and the least of several tries counts: whoever
    shares the machine can only add to it.
    """
    short = long = float("inf")
    short_input, long_input = make(size), make(FACTOR * size)
    for _ in range(TRIES):
        short = min(short, *(measure(act, short_input) for _ in range(3)))  # it is cheap
        long = min(long, measure(act, long_input))
        if long < LIMIT * max(short, FLOOR):
            return True
    return False


def measure(act: Callable[[str], object], text: str) -> float:
    """Return the seconds of processor time that *act* takes for *text*, without coverage."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        start = time.process_time()
        act(text)
        return time.process_time() - start
    finally:
        sys.settrace(tracer)
