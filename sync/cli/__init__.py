"""The command line: options, questions, progress, output and exit codes."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import click

from sync.cli.commands import commands
from sync.cli.exit_codes import INTERRUPTED
from sync.cli.log import is_text_log, log_line, set_log_format
from sync.cli.output import print_error, print_info
from sync.cli.signals import treat_signals_as_ctrl_c
from sync.errors import SyncError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (docs/reference.md lists them)."""
    set_log_format("text")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal or log whose encoding lacks a character gets its escape (\xe9), not a crash.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with treat_signals_as_ctrl_c():
            code = commands.main(
                None if argv is None else list(argv),
                prog_name="description-sync",
                standalone_mode=False,
            )
    except click.ClickException as error:
        _print_usage_error(error)
        return error.exit_code
    except SyncError as error:
        print_error(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        print_info("\nInterrupted.")
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _print_usage_error(error: click.ClickException) -> None:
    """Print a usage error: as text with a pointer to --help, or as one JSON log line."""
    if is_text_log():
        error.show(sys.stderr)
    else:
        log_line("error", error.format_message())
