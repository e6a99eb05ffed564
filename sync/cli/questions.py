"""Ask the person at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sync.cli.output import is_interactive
from sync.cli.signals import raise_on_ctrl_c
from sync.errors import UsageError
from sync.reports.apply_question import format_question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.operations.apply import PlannedRun


def require_terminal(*, hint: str) -> None:
    """Raise UsageError with `hint` if nobody can be asked."""
    if not is_interactive():
        raise UsageError("the command asks a question, and there is no terminal", hint=hint)


def confirm(question: str, *, hint: str) -> bool:
    """Ask on stderr; return True for yes. Raises UsageError with `hint` if nobody can be asked."""
    require_terminal(hint=hint)
    with raise_on_ctrl_c():
        return click.confirm(question, err=True)


async def confirm_writes(planned: Sequence[PlannedRun]) -> bool:
    """Ask for confirmation of the planned writes. Raises UsageError without a terminal."""
    question = format_question([(each.plan, each.writes) for each in planned])
    return confirm(question, hint="Pass --yes to apply without being asked.")
