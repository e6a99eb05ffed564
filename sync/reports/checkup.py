"""Checkups of targets: as a listing, and for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from sync.checkup import LEVELS, Checkup, Level, Verdict
from sync.reports.inert import defused_json
from sync.reports.listing import Entry, Listing, Table
from sync.reports.rows import counted
from sync.reports.steps import Step

if TYPE_CHECKING:
    from sync.reports.listing import Tone

_TONES: dict[Level, Tone] = {"ok": "good", "warn": "change", "fail": "bad"}


def checkup_listing(checkup: Checkup) -> Listing:
    """A row for each verdict, with what to do about those that ask for it."""
    untried = Step((), ("Not every text was tried.",))
    return Listing(
        kind="doctor",
        title=checkup.target.name,
        subtitle=checkup.target.base_url,
        target=checkup.target,
        blocks=(Table(("Result", "About", "Finding"), tuple(map(_entry, checkup.verdicts))),),
        sum=f"Interrupted: {_sum(checkup)}." if checkup.interrupted else f"{_sum(checkup)}.",
        steps=(untried,) if checkup.interrupted else (),
    )


def _entry(verdict: Verdict) -> Entry:
    return Entry(
        label=verdict.level,
        tone=_TONES[verdict.level],
        cells=(verdict.subject,),
        remark=verdict.message,
        notes=(verdict.advice,) if verdict.advice else (),
    )


def _sum(checkup: Checkup) -> str:
    warnings, failures = checkup.count("warn"), checkup.count("fail")
    counts = (
        f"{checkup.count('ok')} fine",
        counted(warnings, "warning") if warnings else "",
        counted(failures, "failure") if failures else "",
    )
    return ", ".join(filter(None, counts))


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
