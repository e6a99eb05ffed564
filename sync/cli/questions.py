"""Ask the person at the terminal."""

from __future__ import annotations

import click

from sync.cli.output import is_interactive
from sync.cli.signals import raise_on_ctrl_c
from sync.errors import UsageError


def require_terminal(*, hint: str) -> None:
    """Raise UsageError with `hint` if nobody can be asked."""
    if not is_interactive():
        raise UsageError("the command asks a question, and there is no terminal", hint=hint)


def confirm(question: str, *, hint: str) -> bool:
    """Ask on stderr; return True for yes. Raises UsageError with `hint` if nobody can be asked."""
    require_terminal(hint=hint)
    with raise_on_ctrl_c():
        return click.confirm(question, err=True)
