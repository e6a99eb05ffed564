"""Phrases that several reports use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.model.plan import Source

BYTES_PER_KILOBYTE = 1000


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


def describe_source(source: Source) -> str:
    """Describe where the desired texts come from."""
    at = shorten_commit(source.commit) if source.commit else "no commit yet"
    match source.kind:
        case "worktree":
            return f"at {at}, with uncommitted changes" if source.dirty else f"at {at}"
        case "commit":
            return f"at {at}"
        case "target":
            return f"from {source.label}, at {at}"
        case "snapshot":
            return f"as before run {source.label}"
