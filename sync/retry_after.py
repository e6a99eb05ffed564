"""Read from the headers of a response how long a server asks to wait."""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse_retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """Return the seconds of `retry-after`, which may be a date; None if there is nothing to wait.

    `now` is in seconds since 1970. The server's clock counts if it sends one: ours may be wrong.
    """
    value = headers.get("retry-after")
    wait = parse_seconds(value)
    if (date := parse_http_date(value)) is not None:
        ours = parse_http_date(headers.get("date"))
        wait = date - (now if ours is None else ours)
    return wait if math.isfinite(wait) and wait > 0 else None


def parse_seconds(value: object) -> float:
    """Parse a number; return NaN for anything else."""
    try:
        return float(value)  # type: ignore[arg-type]  # a value that is not a number is caught
    except (TypeError, ValueError, OverflowError):
        return math.nan


def parse_http_date(value: str | None) -> float | None:
    """Parse the date of a header into seconds since 1970; return None if there is no date."""
    try:
        return parsedate_to_datetime(value or "").timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
