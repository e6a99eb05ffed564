"""Checkups of targets: for a person, and for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from sync.checkup import LEVELS, Checkup, Level, Verdict
from sync.reports.inert import defused, defused_json, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

_SGR: dict[Level, str] = {"ok": "32", "warn": "33", "fail": "31"}
_WORDS: dict[Level, tuple[str, str]] = {
    "ok": ("fine", "fine"),
    "warn": ("warning", "warnings"),
    "fail": ("failure", "failures"),
}


def checkup_as_text(checkup: Checkup, *, color: bool) -> str:
    """A line for each verdict, with what to do below those that ask for it."""
    target = checkup.target
    width = max(len(verdict.subject) for verdict in checkup.verdicts)
    lines = [f"{target.name} · {target.base_url} · {_sum(checkup)}", ""]
    for verdict in checkup.verdicts:
        lines += _lines(verdict, width, color=color)
    if checkup.interrupted:
        lines += ["", "Interrupted: not every text was tried."]
    return defused("\n".join(lines) + "\n")


def _sum(checkup: Checkup) -> str:
    counts = {level: checkup.count(level) for level in LEVELS}
    return ", ".join(
        f"{count} {_WORDS[level][count != 1]}" for level, count in counts.items() if count
    )


def _lines(verdict: Verdict, width: int, *, color: bool) -> Iterator[str]:
    level = f"{verdict.level:<4}"
    mark = f"\x1b[{_SGR[verdict.level]}m{level}\x1b[0m" if color else level
    yield f"  {mark}  {verdict.subject:<{width}}  {visible(verdict.message)}"
    if verdict.advice:
        yield f"  {'':4}  {'':{width}}  {visible(verdict.advice)}"


def checkup_as_json(checkup: Checkup) -> str:
    """One document; `checks` has a verdict each, in the order in which they were looked at."""
    document = {
        "version": 1,
        "kind": "doctor",
        "target": asdict(checkup.target),
        "summary": {level: checkup.count(level) for level in LEVELS},
        "interrupted": checkup.interrupted,
        "checks": [asdict(verdict) for verdict in checkup.verdicts],
    }
    return defused_json(json.dumps(document, indent=2)) + "\n"
