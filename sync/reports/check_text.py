"""The report of a check as text: a line per finding, with the code on a terminal."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sync.reports.check import summarize_check
from sync.reports.finding_groups import FindingGroup, group_repeated_findings, summarize_rules
from sync.reports.formats.sanitize import escape_invisible, neutralize_commands
from sync.reports.formats.text import measure_width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sync.config.rules import Severity
    from sync.lint.finding import Finding
    from sync.lint.fixes import FixedFile
    from sync.reports.check import CheckResult

_SGR_CODES: dict[Severity, str] = {"error": "31", "warning": "33", "info": "2"}
_MIN_WIDTH = 40
_MAX_LINE_SIZE = 2_000  # characters of a line that are looked at before and after a place


def render_check_text(
    result: CheckResult,
    *,
    color: bool,
    verbose: bool = False,
    sources: Mapping[str, bytes] | None = None,
    width: int = 100,
) -> str:
    """Render the fixes, one line per finding, and the summary.

    Findings that repeat are folded unless `verbose`. `sources` are the files by their path in
    findings: where they are given, the line is shown below each finding, clipped to `width`.
    """
    groups = (
        map(FindingGroup, result.findings) if verbose else group_repeated_findings(result.findings)
    )
    frames = _CodeFrames(sources or {}, max(width, _MIN_WIDTH))
    lines = [line for file in result.fixes or () for line in _format_fixes(file)]
    for group in groups:
        lines += [_format_group(group, color=color), *frames.render(group.first)]
    lines += filter(None, [summarize_rules(result.findings), summarize_check(result)])
    return neutralize_commands("\n".join(lines) + "\n")


def _format_fixes(file: FixedFile) -> Iterator[str]:
    path = escape_invisible(file.path)
    if file.reason:
        yield f"{path}: cannot be fixed: {escape_invisible(file.reason)}"
        return
    yield f"{path}: fixed"
    for fix in file.fixes:
        yield f"    line {fix.line}: {escape_invisible(fix.change)}"


def _format_group(group: FindingGroup, *, color: bool) -> str:
    finding = group.first
    place = escape_invisible(f"{finding.path}:{finding.line}:{finding.column}:")
    rule = f"\x1b[{_SGR_CODES[finding.severity]}m{finding.rule}\x1b[0m" if color else finding.rule
    severity = "" if finding.severity == "error" else finding.severity
    remark = ", ".join(filter(None, (severity, group.extent)))
    message = escape_invisible(finding.message)
    return f"{place} {rule}: {message}{f' ({remark})' if remark else ''}"


class _CodeFrames:
    """The lines of files, each with a mark below the place of a finding."""

    def __init__(self, sources: Mapping[str, bytes], width: int) -> None:
        self._width = width
        self._read_lines: Callable[[str], list[str]] = cache(
            lambda path: _split_lines(sources.get(path, b""))
        )

    def render(self, finding: Finding) -> Iterator[str]:
        """Render the line of a finding and the mark; nothing if the line is empty or unknown."""
        lines = self._read_lines(finding.path)
        line = lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""
        if not line.strip():
            return
        margin = f"{finding.line:>5} │ "
        before, after = self._clip(line, finding.column - 1, room=self._width - len(margin))
        yield f"{margin}{before}{after}"
        yield f"{' ' * (len(margin) - 2)}│ {' ' * measure_width(before)}^"

    def _clip(self, line: str, at: int, *, room: int) -> tuple[str, str]:
        """Return the visible text before and after a place, in at most `room` columns."""
        before = _show(line[max(at - _MAX_LINE_SIZE, 0) : at])
        after = _show(line[at : at + _MAX_LINE_SIZE])
        if measure_width(before + after) <= room and len(line) <= at + _MAX_LINE_SIZE:
            return before, after
        limit = room * 2 // 3
        if measure_width(before) > limit or at > _MAX_LINE_SIZE:
            while measure_width(before) >= limit:
                before = before[max((measure_width(before) - limit) // 2, 1) :]
            before = f"…{before}"
        limit = room - measure_width(before)
        if measure_width(after) > limit:
            while measure_width(after) >= limit:
                after = after[: -max((measure_width(after) - limit) // 2, 1)]
            after = f"{after}…"
        return before, after


def _show(text: str) -> str:
    return escape_invisible(text.replace("\t", "    "))


def _split_lines(data: bytes) -> list[str]:
    text = data.decode(errors="replace").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
