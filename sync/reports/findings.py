"""Reports of a check: in lines or as a listing, for programs, GitHub's annotations, and SARIF."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sync import __version__
from sync.lint.rules import RULES
from sync.reports.inert import defused, defused_json, visible
from sync.reports.listing import Entry, Listing, Table
from sync.reports.steps import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.lint.finding import Finding
    from sync.lint.rules import Level, Severity
    from sync.reports.listing import Tone

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
HOME = "https://github.com/scenario-labs/description-sync"

_SGR: dict[Severity, str] = {"error": "31", "warning": "33", "info": "2"}
_ANNOTATIONS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}
_TONES: dict[Severity, Tone] = {"error": "bad", "warning": "change", "info": "quiet"}
_SARIF_LEVELS: dict[Level, str] = {
    "error": "error",
    "warning": "warning",
    "info": "note",
    "off": "none",
}


def summary(findings: Sequence[Finding]) -> dict[Severity, int]:
    """How many there are of each severity, of none too."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in SEVERITIES}


# --- for a person --------------------------------------------------------------------------------


def findings_as_text(findings: Sequence[Finding], count: str, *, color: bool) -> str:
    """A line for each, and one that counts them; what is no error says so."""
    lines = [*(_line(finding, color=color) for finding in findings), count]
    return defused("\n".join(lines) + "\n")


def _line(finding: Finding, *, color: bool) -> str:
    place = visible(f"{finding.path}:{finding.line}:{finding.column}:")
    rule = f"\x1b[{_SGR[finding.severity]}m{finding.rule}\x1b[0m" if color else finding.rule
    remark = "" if finding.severity == "error" else f" ({finding.severity})"
    return f"{place} {rule}: {visible(finding.message)}{remark}"


def counted(findings: Sequence[Finding], *, files: int, is_complete: bool) -> str:
    """How many there are; incomplete is a check whose server could not be asked for all of it."""
    found = f"{_number(files, 'file')} checked: {_sum(findings)}"
    return f"{found}." if is_complete else f"{found} offline; the online part is missing."


def findings_listing(findings: Sequence[Finding], *, files: int, is_complete: bool) -> Listing:
    """A row for each; incomplete is a check whose server could not be asked for all of it."""
    head = ("Severity", "Place", "Rule", "Message")
    return Listing(
        kind="check",
        title="check",
        subtitle=f"{_number(files, 'file')} checked",
        blocks=(Table(head, tuple(map(_entry, findings))),) if findings else (),
        notes=() if is_complete else ("This was checked offline; the online part is missing.",),
        sum=f"{_sum(findings)}.".capitalize(),
    )


def _entry(finding: Finding) -> Entry:
    place = Code(f"{finding.path}:{finding.line}:{finding.column}")
    tone = _TONES[finding.severity]
    return Entry(finding.severity, tone, (place, Code(finding.rule)), finding.message)


def _sum(findings: Sequence[Finding]) -> str:
    counts = [
        _number(count, "note" if severity == "info" else severity)
        for severity, count in summary(findings).items()
        if count
    ]
    return ", ".join(counts) or "no faults"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


# --- for programs --------------------------------------------------------------------------------


def findings_as_json(findings: Sequence[Finding]) -> str:
    """One document with all of them."""
    return _document(
        {
            "version": 1,
            "kind": "check",
            "summary": summary(findings),
            "findings": [
                {
                    "path": finding.path,
                    "line": finding.line,
                    "column": finding.column,
                    "rule": finding.rule,
                    "severity": finding.severity,
                    "message": finding.message,
                }
                for finding in findings
            ],
        }
    )


def _document(content: dict[str, Any]) -> str:
    return defused_json(json.dumps(content, indent=2)) + "\n"


# --- for GitHub ----------------------------------------------------------------------------------


def findings_as_github(findings: Sequence[Finding]) -> str:
    """A workflow command for each, worst first: GitHub shows ten of a kind for each step.

    Source: GitHub's page "Workflow commands for GitHub Actions".
    """
    worst_first = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
    return "".join(f"{_annotation(finding)}\n" for finding in worst_first)


def _annotation(finding: Finding) -> str:
    properties = {
        "file": finding.path,
        "line": finding.line,
        "col": finding.column,
        "title": finding.rule,
    }
    words = ",".join(f"{key}={_property(visible(str(value)))}" for key, value in properties.items())
    return f"::{_ANNOTATIONS[finding.severity]} {words}::{_data(visible(finding.message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# --- SARIF ---------------------------------------------------------------------------------------


def findings_as_sarif(findings: Sequence[Finding]) -> str:
    """A log of one run, in SARIF 2.1.0 (OASIS), with columns in characters as everywhere here."""
    driver = {
        "name": "description-sync",
        "version": __version__,
        "informationUri": HOME,
        "rules": [
            {
                "id": rule.name,
                "shortDescription": {"text": _literal(rule.about)},
                "helpUri": f"{HOME}/blob/main/docs/rules.md#{rule.name}",
                "defaultConfiguration": {"level": _SARIF_LEVELS[rule.level]},
            }
            for rule in RULES
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding) for finding in findings],
    }
    return _document(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [run],
        }
    )


def _result(finding: Finding) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": _RULE_INDEX[finding.rule],
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": _literal(finding.message)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(finding.path)},
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                }
            }
        ],
    }


def _literal(text: str) -> str:
    """The text as a message, in which braces hold what is filled in, and brackets make links.

    Source: SARIF 2.1.0, 3.11.5 (placeholders) and 3.11.6 (embedded links).
    """
    return text.translate({ord("{"): "{{", ord("}"): "}}", ord("["): r"\[", ord("]"): r"\]"})


_RULE_INDEX = {rule.name: index for index, rule in enumerate(RULES)}
