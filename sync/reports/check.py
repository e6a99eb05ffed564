"""Reports of a check: as text, table, GitHub annotations and SARIF."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sync import __version__
from sync.config.rules import list_rules
from sync.counts import format_count
from sync.reports.formats.sanitize import (
    escape_invisible,
    neutralize_commands,
    neutralize_json_commands,
)
from sync.reports.report import CodeSpan, Report, Row, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.config.rules import Level, Severity
    from sync.lint.finding import Finding
    from sync.reports.report import Tone


SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
PROJECT_URL = "https://github.com/scenario-labs/description-sync"

_SGR_CODES: dict[Severity, str] = {"error": "31", "warning": "33", "info": "2"}
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

    `is_complete` is False if Scenario could not be asked about everything.
    """

    findings: Sequence[Finding]
    files: int
    is_complete: bool = True


def count_by_severity(findings: Sequence[Finding]) -> dict[Severity, int]:
    """Count the findings per severity; the count is 0 if a severity has no finding."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in SEVERITIES}


# --- for people ----------------------------------------------------------------------------------


def render_check_text(result: CheckResult, *, color: bool) -> str:
    """Render one line per finding, with its severity unless it is an error, and the summary."""
    findings = (_format_finding(finding, color=color) for finding in result.findings)
    lines = [*findings, summarize_check(result)]
    return neutralize_commands("\n".join(lines) + "\n")


def _format_finding(finding: Finding, *, color: bool) -> str:
    place = escape_invisible(f"{finding.path}:{finding.line}:{finding.column}:")
    rule = f"\x1b[{_SGR_CODES[finding.severity]}m{finding.rule}\x1b[0m" if color else finding.rule
    remark = "" if finding.severity == "error" else f" ({finding.severity})"
    return f"{place} {rule}: {escape_invisible(finding.message)}{remark}"


def summarize_check(result: CheckResult) -> str:
    """Summarize a check in one sentence."""
    counts = _format_severity_counts(result.findings)
    found = f"{format_count(result.files, 'file')} checked: {counts}"
    return f"{found}." if result.is_complete else f"{found} offline; the online part is missing."


def build_check_report(result: CheckResult) -> Report:
    """Build the report: one row per finding."""
    findings = result.findings
    head = ("Severity", "Place", "Rule", "Message")
    return Report(
        kind="check",
        title="check",
        subtitle=f"{format_count(result.files, 'file')} checked",
        blocks=(Table(head, tuple(map(_make_row, findings))),) if findings else (),
        notes=()
        if result.is_complete
        else ("This was checked offline; the online part is missing.",),
        summary=f"{_format_severity_counts(findings)}.".capitalize(),
    )


def _make_row(finding: Finding) -> Row:
    place = CodeSpan(f"{finding.path}:{finding.line}:{finding.column}")
    tone = _SEVERITY_TONES[finding.severity]
    return Row(finding.severity, tone, (place, CodeSpan(finding.rule)), finding.message)


def _format_severity_counts(findings: Sequence[Finding]) -> str:
    counts = [
        format_count(count, "note" if severity == "info" else severity)
        for severity, count in count_by_severity(findings).items()
        if count
    ]
    return ", ".join(counts) or "no faults"


# --- for GitHub ----------------------------------------------------------------------------------


def render_check_annotations(findings: Sequence[Finding]) -> str:
    """Render one workflow command per finding, worst first: GitHub shows ten per kind and step.

    Source: GitHub's page "Workflow commands for GitHub Actions".
    """
    worst_first = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
    return "".join(f"{_format_annotation(finding)}\n" for finding in worst_first)


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
        "informationUri": PROJECT_URL,
        "rules": [
            {
                "id": rule.name,
                "shortDescription": {"text": _escape_sarif_message(rule.about)},
                "helpUri": f"{PROJECT_URL}/blob/main/docs/rules.md#{rule.name}",
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
