"""The plans and runs of a command in the format that was asked for."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

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
    return "\n".join(plan_text(plan, settings) for plan in plans)


def plan_text(plan: Plan, settings: Settings) -> str:
    """One plan as a person reads it."""
    color = in_color(settings, sys.stdout)
    return plan_as_text(plan, color=color, width=width(), verbose=settings.verbose)


def statuses_as(report_format: str, plans: Sequence[Plan], settings: Settings) -> str:
    """The same plans, a line for each model."""
    if report_format == "json":
        return _one_document([plan_as_json(plan) for plan in plans], kind="plans")
    color = in_color(settings, sys.stdout)
    return "\n".join(status_as_text(plan, color=color, width=width()) for plan in plans)


def shown_first(report_format: str, settings: Settings) -> Show:
    """Shows a plan before it is applied: on stderr where stdout is for a document alone."""
    if report_format == "text":
        return lambda plan: report(plan_text(plan, settings))
    return lambda plan: say(plan_text(plan, settings)) if is_interactive() else None


def runs_as(report_format: str, runs: Sequence[Run], settings: Settings) -> str:
    """What became of the plans of one command."""
    if report_format == "json":
        return _one_document([run_as_json(run) for run in runs], kind="runs")
    color = in_color(settings, sys.stdout)
    return "\n".join(
        run_as_text(run, color=color, width=width(), verbose=settings.verbose) for run in runs
    )


def _one_document(documents: Sequence[str], *, kind: str) -> str:
    if len(documents) == 1:
        return documents[0]
    values = [json.loads(document) for document in documents]
    return defused_json(json.dumps({"version": 1, "kind": kind, kind: values}, indent=2)) + "\n"
