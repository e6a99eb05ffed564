"""Write numbers with what they count, lists that do not grow, and short commit ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

MAX_NAMED = 3  # if there are more names, the rest is counted
BYTES_PER_KILOBYTE = 1000
_MAX_NAME_SIZE = 120  # characters


def format_count(number: int, noun: str, plural: str = "") -> str:
    """Format the number and its noun, in the plural (by default with an "s") unless it is 1.

    >>> format_count(1, "text"), format_count(1200, "text"), format_count(2, "file is", "files are")
    ('1 text', '1,200 texts', '2 files are')
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60))


def format_age(age: timedelta) -> str:
    """Format a time span in its largest whole unit, without its sign.

    >>> from datetime import timedelta
    >>> format_age(timedelta(hours=30)), format_age(timedelta(seconds=59))
    ('1 day', '59 seconds')
    """
    seconds = int(abs(age.total_seconds()))
    for unit, size in _UNITS:
        if seconds >= size:
            return format_count(seconds // size, unit)
    return format_count(seconds, "second")


def shorten_list(names: Iterable[str], limit: int = MAX_NAMED) -> str:
    """List the first names and the number of the others, because a message does not grow.

    >>> shorten_list(["a", "b"]), shorten_list("abcde")
    ('a, b', 'a, b, c and 2 more')
    """
    several = list(dict.fromkeys(filter(None, names)))
    shown = [
        name if len(name) <= _MAX_NAME_SIZE else f"{name[:_MAX_NAME_SIZE]}…"
        for name in several[:limit]
    ]
    rest = len(several) - len(shown)
    return f"{', '.join(shown)} and {rest:,} more" if rest else ", ".join(shown)


def format_size(size: int) -> str:
    """Format a number of bytes in the largest unit of which there is at least one."""
    amount, unit = float(size), "B"
    for larger in ("KB", "MB", "GB"):
        if amount < BYTES_PER_KILOBYTE:
            break
        amount, unit = amount / BYTES_PER_KILOBYTE, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def shorten_commit(commit: str) -> str:
    """Shorten a commit id to 7 digits."""
    return commit[:7]
