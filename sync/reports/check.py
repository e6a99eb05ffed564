"""Reports of a check: as table, GitHub annotations and SARIF."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sync import __version__
from sync.config.rules import list_rules
from sync.counts import format_count
from sync.reports.finding_groups import FindingGroup, group_repeated_findings, summarize_rules
from sync.reports.formats.sanitize import (
    escape_invisible,
    neutralize_json_commands,
)
from sync.reports.report import CodeSpan, Report, Row, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.config.rules import Level, Severity
    from sync.lint.finding import Finding
    from sync.lint.fixes import FixedFile
    from sync.reports.report import Tone


SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

_ANNOTATIONS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}
_SEVERITY_TONES: dict[Severity, Tone] = {"error": "bad", "warning": "change", "info": "quiet"}
_SARIF_LEVELS: dict[Level, str] = {
    "error": "error",
    "warning": "warning",
    "info": "note",
    "off": "none",
}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The findings of a check of some number of files.

    `is_complete` is False if a lookup in Scenario failed. `fixes` are the corrected files; None
    without `--fix`.
    """

    findings: Sequence[Finding]
    files: int
    is_complete: bool = True
    fixes: Sequence[FixedFile] | None = None


def count_by_severity(findings: Sequence[Finding]) -> dict[Severity, int]:
    """Count the findings per severity; the count is 0 if a severity has no finding."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in SEVERITIES}


# --- for people ----------------------------------------------------------------------------------


def summarize_check(result: CheckResult) -> str:
    """Summarize a check in one sentence."""
    counts = ", ".join(filter(None, (_count_fixes(result), _format_severity_counts(result))))
    found = f"{format_count(result.files, 'file')} checked: {counts}"
    return f"{found}." if result.is_complete else f"{found} offline; the online part is missing."


def build_check_report(result: CheckResult) -> Report:
    """Build the report: one row per finding; findings that repeat are one row."""
    groups = group_repeated_findings(result.findings)
    head = ("Severity", "Place", "Rule", "Message")
    notes = () if result.is_complete else ("This was checked offline; the online part is missing.",)
    fixes = tuple(_describe_fixes(file) for file in result.fixes or ())
    rules = summarize_rules(result.findings)
    return Report(
        kind="check",
        title="check",
        subtitle=f"{format_count(result.files, 'file')} checked",
        blocks=(Table(head, tuple(map(_make_row, groups))),) if groups else (),
        notes=(*fixes, *((f"{rules}.",) if rules else ()), *notes),
        summary=f"{_format_severity_counts(result)}.".capitalize(),
    )


def _make_row(group: FindingGroup) -> Row:
    finding = group.first
    place = CodeSpan(f"{finding.path}:{finding.line}:{finding.column}")
    tone = _SEVERITY_TONES[finding.severity]
    message = f"{finding.message} ({group.extent})" if group.extent else finding.message
    return Row(finding.severity, tone, (place, CodeSpan(finding.rule)), message)


def _describe_fixes(file: FixedFile) -> str:
    if file.reason:
        return f"{file.path} cannot be fixed: {file.reason}."
    return f"{file.path} fixed: {'; '.join(fix.change for fix in file.fixes)}."


def _count_fixes(result: CheckResult) -> str:
    """Count the corrections; empty without `--fix`."""
    if result.fixes is None:
        return ""
    fixed = sum(len(file.fixes) for file in result.fixes if not file.reason)
    return f"{fixed:,} fixed"


def _format_severity_counts(result: CheckResult) -> str:
    counts = [
        format_count(count, "note" if severity == "info" else severity)
        for severity, count in count_by_severity(result.findings).items()
        if count
    ]
    return ", ".join(counts) or "no errors"


# --- for GitHub ----------------------------------------------------------------------------------


def render_check_annotations(findings: Sequence[Finding]) -> str:
    """Render one workflow command per group, worst first: GitHub shows ten per kind and step.

    Source: GitHub's page "Workflow commands for GitHub Actions".
    """
    groups = [_append_extent(group) for group in group_repeated_findings(findings)]
    worst_first = sorted(groups, key=lambda finding: SEVERITIES.index(finding.severity))
    return "".join(f"{_format_annotation(finding)}\n" for finding in worst_first)


def _append_extent(group: FindingGroup) -> Finding:
    if not group.extent:
        return group.first
    return replace(group.first, message=f"{group.first.message} ({group.extent})")


def _format_annotation(finding: Finding) -> str:
    properties = {
        "file": finding.path,
        "line": finding.line,
        "col": finding.column,
        "title": finding.rule,
    }
    words = ",".join(
        f"{key}={_escape_property(escape_invisible(str(value)))}"
        for key, value in properties.items()
    )
    message = _escape_data(escape_invisible(finding.message))
    return f"::{_ANNOTATIONS[finding.severity]} {words}::{message}"


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")


# --- SARIF ---------------------------------------------------------------------------------------


def render_check_sarif(findings: Sequence[Finding]) -> str:
    """Render a SARIF 2.1.0 (OASIS) log of one run; columns count characters (code points)."""
    driver = {
        "name": "description-sync",
        "version": __version__,
        "rules": [
            {
                "id": rule.name,
                "shortDescription": {"text": _escape_sarif_message(rule.about)},
                "defaultConfiguration": {"level": _SARIF_LEVELS[rule.level]},
            }
            for rule in list_rules()
        ],
    }
    indexes = {rule.name: index for index, rule in enumerate(list_rules())}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _make_sarif_result(finding, rule_index=indexes[finding.rule]) for finding in findings
        ],
    }
    return _dump_log(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [run],
        }
    )


def _dump_log(content: dict[str, Any]) -> str:
    return neutralize_json_commands(json.dumps(content, indent=2)) + "\n"


def _make_sarif_result(finding: Finding, *, rule_index: int) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": _escape_sarif_message(finding.message)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(finding.path)},
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                }
            }
        ],
    }


def _escape_sarif_message(text: str) -> str:
    """Escape the text for a message, where braces mark placeholders and brackets make links.

    Source: SARIF 2.1.0, 3.11.5 (placeholders) and 3.11.6 (embedded links).
    """
    return text.translate({ord("{"): "{{", ord("}"): "}}", ord("["): r"\[", ord("]"): r"\]"})
