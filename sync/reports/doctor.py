"""The report of `doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.counts import format_count
from sync.reports.report import Advice, Report, Row, Table

if TYPE_CHECKING:
    from sync.decisions.doctor import Checkup
    from sync.decisions.doctor_verdict import Verdict, VerdictLevel
    from sync.reports.report import Tone


_LEVEL_TONES: dict[VerdictLevel, Tone] = {"ok": "good", "warn": "change", "fail": "bad"}


def build_doctor_report(checkup: Checkup) -> Report:
    """Build the report: one row per verdict, with its advice if there is any."""
    untried = Advice((), ("Not every test text was sent.",))
    return Report(
        kind="doctor",
        title=checkup.target.name,
        subtitle=checkup.target.base_url,
        target=checkup.target,
        blocks=(Table(("Result", "About", "Finding"), tuple(map(_make_row, checkup.verdicts))),),
        summary=f"Interrupted: {_summarize_checkup(checkup)}."
        if checkup.interrupted
        else f"{_summarize_checkup(checkup)}.",
        next_steps=(untried,) if checkup.interrupted else (),
    )


def _make_row(verdict: Verdict) -> Row:
    return Row(
        label=verdict.level,
        tone=_LEVEL_TONES[verdict.level],
        cells=(verdict.subject,),
        remark=verdict.message,
        notes=(verdict.advice,) if verdict.advice else (),
    )


def _summarize_checkup(checkup: Checkup) -> str:
    warnings, failures = checkup.count("warn"), checkup.count("fail")
    counts = (
        f"{checkup.count('ok')} ok",
        format_count(warnings, "warning") if warnings else "",
        format_count(failures, "failure") if failures else "",
    )
    return ", ".join(filter(None, counts))
