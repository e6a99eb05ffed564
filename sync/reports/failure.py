"""The report of a command that failed as a whole; it takes the place of an older report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.reports.report import Report

if TYPE_CHECKING:
    from sync.errors import SyncError
    from sync.model.target_identity import TargetIdentity
    from sync.reports.report import ReportKind


def build_failure_report(
    kind: ReportKind,
    error: SyncError,
    *,
    target: TargetIdentity | None,
    name: str,
    config: str = "",
) -> Report:
    """Build the report of a failure; `target` is None if the command failed before it knew it."""
    first, *more = error.message.splitlines() or [""]
    summary = f"failed: {first.removesuffix('.')}"
    unknown = "Nothing is known about the descriptions at this commit."
    return Report(
        kind=kind,
        title=name or "description-sync",
        subtitle="the command failed as a whole, so this report is about no description",
        target=target,
        config=config,
        summary=f"{summary}.",
        alert=f"{summary}.",
        notes=(*more, error.hint or unknown),
    )
