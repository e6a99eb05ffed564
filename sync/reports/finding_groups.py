"""Group findings that repeat, so that 215 warnings of one kind need one row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.counts import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.lint.finding import Finding

# Of more warnings than these by one rule in one file that differ in their words, three are shown.
_MAX_WARNINGS_PER_RULE = 5
_SHOWN_WARNINGS_PER_RULE = 3
_MAX_FINDINGS_WITHOUT_SUM = 5


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings that say the same: the first one, and their number."""

    first: Finding
    count: int = 1
    files: int = 1

    @property
    def extent(self) -> str:
        """Return the places of the other findings; empty if there is only one finding."""
        if self.files > 1:
            return f"in {format_count(self.files, 'file')}"
        return f"at {format_count(self.count, 'place')}" if self.count > 1 else ""


def group_repeated_findings(findings: Sequence[Finding]) -> list[FindingGroup]:
    """Group findings of one rule in one file with the same message, in order of their first.

    All files for one model are one group. Errors that differ are never grouped.
    """
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        path = "" if finding.rule == "duplicate-model" else finding.path
        key = path, finding.rule, finding.severity, finding.message
        groups.setdefault(key, []).append(finding)
    folded = [
        FindingGroup(several[0], len(several), len({each.path for each in several}))
        for several in groups.values()
    ]
    return _shorten_long_lists(folded)


def _shorten_long_lists(groups: Sequence[FindingGroup]) -> list[FindingGroup]:
    """Show the first warnings of a long list by one rule in one file, and count the others."""
    sizes = Counter(_get_list(group) for group in groups)
    seen: Counter[tuple[str, str]] = Counter()
    shown: list[FindingGroup] = []
    rest: dict[tuple[str, str], int] = {}
    for group in groups:
        key = _get_list(group)
        seen[key] += 1
        is_long = sizes[key] > _MAX_WARNINGS_PER_RULE and group.first.severity != "error"
        if not is_long or seen[key] <= _SHOWN_WARNINGS_PER_RULE:
            shown.append(group)
        elif key in rest:
            other = shown[rest[key]]
            shown[rest[key]] = replace(other, count=other.count + group.count)
        else:
            rest[key] = len(shown)
            message = "more findings of this rule; `check --verbose` lists each of them"
            shown.append(FindingGroup(replace(group.first, message=message), group.count))
    return shown


def _get_list(group: FindingGroup) -> tuple[str, str]:
    return group.first.path, group.first.rule


def summarize_rules(findings: Sequence[Finding]) -> str:
    """Sum the findings up by rule, the most frequent first; empty if there are only a few."""
    counts = Counter(finding.rule for finding in findings)
    if len(findings) <= _MAX_FINDINGS_WITHOUT_SUM:
        return ""
    return "By rule: " + ", ".join(
        f"{rule} {count:,}"
        for rule, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    )
