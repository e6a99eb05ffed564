"""The command line: options, questions, progress, output and exit codes."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from sync.cli.commands import commands
from sync.cli.exit_codes import DONE, FAILED, INTERRUPTED
from sync.cli.log import is_text_log, log_line, set_log_format
from sync.cli.output import (
    STDOUT_LOSS,
    ClosedStream,
    drop_stdout,
    print_error,
    print_info,
)
from sync.cli.signals import treat_signals_as_ctrl_c
from sync.errors import SyncError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (docs/reference.md lists them)."""
    set_log_format("text")
    STDOUT_LOSS.is_lost = False
    sys.stdout, sys.stderr = sys.stdout or ClosedStream(), sys.stderr or ClosedStream()
    _choose_encoding(sys.stdout)
    try:
        _check_working_directory()
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
    except OSError as error:  # too few file descriptors, a full disk, a disk that fails
        print_error(_explain_os_error(error))
        drop_stdout()
        return FAILED
    exit_code = code if isinstance(code, int) else DONE
    return FAILED if exit_code == DONE and STDOUT_LOSS.is_lost else exit_code


def _choose_encoding(stdout: TextIO | ClosedStream) -> None:
    """Write UTF-8 to files and pipes, as reports are; a terminal's encoding stays.

    Without this, Windows uses the code page of its language. If PYTHONIOENCODING is set, it takes
    precedence. A character that the encoding lacks is written as its escape (`\\xe9`).
    """
    if isinstance(stdout, io.TextIOWrapper):
        keep = stdout.isatty() or os.environ.get("PYTHONIOENCODING")
        stdout.reconfigure(encoding=None if keep else "utf-8", errors="backslashreplace")


def _check_working_directory() -> None:
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError(
            f"the working directory cannot be used: {error.strerror}",
            hint="It was deleted or renamed. Change to another one, with `cd`.",
        ) from error


def _explain_os_error(error: OSError) -> SyncError:
    reason = error.strerror or type(error).__name__
    name = f"{error.filename}: " if isinstance(error.filename, str) else ""
    hint = "Raise the limit with `ulimit -n`." if error.errno == errno.EMFILE else ""
    return SyncError(f"{name}{reason}", hint=hint)


def _print_usage_error(error: click.ClickException) -> None:
    """Print a usage error: as text with a pointer to --help, or as one JSON log line."""
    if is_text_log():
        with suppress(OSError):  # stderr is closed, or its disk is full
            error.show(sys.stderr)
    else:
        log_line("error", error.format_message())
