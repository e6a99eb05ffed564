"""The plans and runs of a command in the format that was asked for."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from sync.cli.exits import is_settled
from sync.cli.output import in_color, is_interactive, report, say, width
from sync.reports.inert import defused_json
from sync.reports.json import plan_as_json, run_as_json
from sync.reports.text import plan_as_text, run_as_text, status_as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.cli.options import Settings
    from sync.model import Plan, Run

    Show = Callable[[Plan], None]


def plans_as(report_format: str, plans: Sequence[Plan], settings: Settings) -> str:
    """The plans of one command; JSON is one document, whatever their number."""
    if report_format == "json":
        return _one_document([plan_as_json(plan) for plan in plans], kind="plans")
    shown = [plan for plan in plans if not (settings.quiet and is_settled(plan))]
    return "\n".join(_plan_text(plan, settings) for plan in shown)


def statuses_as(report_format: str, plans: Sequence[Plan], settings: Settings) -> str:
    """The same plans, a line for each model."""
    if report_format == "json":
        return _one_document([plan_as_json(plan) for plan in plans], kind="plans")
    color = in_color(settings, sys.stdout)
    return "\n".join(status_as_text(plan, color=color, width=width()) for plan in plans)


def shown_first(report_format: str, settings: Settings) -> Show:
    """Shows a plan that is about to be applied, where stdout is not for a document alone."""

    def show(plan: Plan) -> None:
        if report_format == "text" and plan.writes and not settings.quiet:
            report(_plan_text(plan, settings, advice=False))
        elif plan.writes and is_interactive():
            say(_plan_text(plan, settings, advice=False))

    return show


def runs_as(report_format: str, runs: Sequence[Run], settings: Settings) -> str:
    """What became of the plans of one command; where nothing was to be written, the plans."""
    if report_format == "json":
        return _one_document([run_as_json(run) for run in runs], kind="runs")
    shown = [run for run in runs if not (settings.quiet and is_settled(run.plan))]
    return "\n".join(_run_text(run, settings) for run in shown)


def _plan_text(plan: Plan, settings: Settings, *, advice: bool = True) -> str:
    return plan_as_text(
        plan,
        color=in_color(settings, sys.stdout),
        width=width(),
        verbose=settings.verbose,
        advice=advice,
    )


def _run_text(run: Run, settings: Settings) -> str:
    if not run.plan.writes:
        return _plan_text(run.plan, settings)
    color = in_color(settings, sys.stdout)
    return run_as_text(run, color=color, width=width(), verbose=settings.verbose)


def _one_document(documents: Sequence[str], *, kind: str) -> str:
    if len(documents) == 1:
        return documents[0]
    values = [json.loads(document) for document in documents]
    return defused_json(json.dumps({"version": 1, "kind": kind, kind: values}, indent=2)) + "\n"
