"""The command line: argv, environment, clock, files, wiring, progress and exit codes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from sync.cli.commands import commands
from sync.cli.output import complain
from sync.errors import SyncError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (docs/reference.md lists them)."""
    try:
        code = commands.main(
            None if argv is None else list(argv),
            prog_name="description-sync",
            standalone_mode=False,
        )
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except SyncError as error:
        complain(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("\nInterrupted.\n")
        return INTERRUPTED
    return code if isinstance(code, int) else 0
