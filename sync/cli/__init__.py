"""The command line: argv, environment, clock, files, wiring, progress and exit codes."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import click

from sync.cli.commands import commands
from sync.cli.exits import INTERRUPTED
from sync.cli.interrupts import others_as_ctrl_c
from sync.cli.log import is_for_people, log, log_as
from sync.cli.output import complain, say
from sync.errors import SyncError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (docs/reference.md lists them)."""
    log_as("text")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal or a log that cannot show a character is shown its number.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with others_as_ctrl_c():
            code = commands.main(
                None if argv is None else list(argv),
                prog_name="description-sync",
                standalone_mode=False,
            )
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except SyncError as error:
        complain(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        say("\nInterrupted.")
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _show(error: click.ClickException) -> None:
    """What is wrong with the command's words, for a person with the way to its help."""
    if is_for_people():
        error.show(sys.stderr)
    else:
        log("error", error.format_message())
