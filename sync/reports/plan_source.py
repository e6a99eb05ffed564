"""Describe in a report the source of the desired texts of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.counts import shorten_commit

if TYPE_CHECKING:
    from sync.model.plan import Source


def describe_source(source: Source) -> str:
    """Return the source of the desired texts in a few words."""
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
