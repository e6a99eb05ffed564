"""Connect a run of apply or rollback with the terminal: options, messages, Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.cli.graceful_stop import SignalStop
from sync.cli.options import build_options
from sync.cli.questions import confirm_writes
from sync.decisions.limits import Overrides
from sync.operations.apply import ApplyOptions, RunCallbacks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.cli.report_output import ReportOutput
    from sync.operations.events import Events


def build_apply_options(given: Mapping[str, object]) -> ApplyOptions:
    """Build the options of a run from the parameters of `writing_options`."""
    return build_options(ApplyOptions, {**given, "overrides": build_options(Overrides, given)})


def build_run_callbacks(
    given: Mapping[str, object], *, events: Events, reports: ReportOutput
) -> RunCallbacks:
    """Build the callbacks of a run on the terminal.

    `--yes` skips the question; with `--quiet` as well, the plan is not shown before the run.
    """
    return RunCallbacks(
        events=events,
        stop=SignalStop(),
        on_plan=None if given["yes"] and reports.is_quiet else reports.show_plan_before_apply,
        on_run=reports.load_run_media,
        confirm=None if given["yes"] else confirm_writes,
    )
