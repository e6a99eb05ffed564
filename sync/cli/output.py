"""Output on stdout and stderr, the use of colours, and report files."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sync.cli.log import is_text_log, log_line
from sync.errors import SyncError, explain_file_error
from sync.reports.formats.sanitize import escape_invisible
from sync.workspace.atomic_write import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.cli.global_options import GlobalOptions

FALLBACK_SIZE = (100, 24)
PART_SIZE = 100_000  # characters of a report that are written at once
DEVICE_FOLDER = Path("/dev")


def print_error(error: SyncError, *, prefix: str = "") -> None:
    """Print an error on stderr: what happened, then what to do next."""
    log_line("error", error.message, prefix=prefix, hint=error.hint)


def print_report(text: str) -> None:
    """Print the report on stdout; nothing else is printed there."""
    with _tell_loss():
        for start in range(0, len(text), PART_SIZE):  # encoded whole, a long one doubles its memory
            sys.stdout.write(text[start : start + PART_SIZE])
        if text and not text.endswith("\n"):
            sys.stdout.write("\n")
        sys.stdout.flush()


def write_text(text: str) -> None:
    """Write a text on stdout to the byte; on a terminal, escape what could control it."""
    if sys.stdout.isatty():
        print_report("\n".join(map(escape_invisible, text.split("\n"))))
        return
    with _tell_loss():
        sys.stdout.flush()
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer:
            buffer.write(text.encode())
            buffer.flush()
        else:
            sys.stdout.write(text)


class StdoutLoss:
    """A flag that output was lost, because stdout is closed or its disk is full."""

    def __init__(self) -> None:
        self.is_lost = False


STDOUT_LOSS = StdoutLoss()


@contextmanager
def _tell_loss() -> Iterator[None]:
    """Log once that stdout cannot be written, and drop all further output."""
    try:
        yield
    except OSError as error:
        if not STDOUT_LOSS.is_lost:
            reason = error.strerror or "it is closed"
            log_line("error", f"The report cannot be written on stdout: {reason}.")
        STDOUT_LOSS.is_lost = True
        drop_stdout()


def drop_stdout() -> None:
    """Redirect stdout to the null device, so that the last flush cannot fail."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class ClosedStream(io.TextIOBase):
    """Stands for a stream that was closed before the program began (`>&-`)."""

    def write(self, text: str) -> int:  # noqa: ARG002 - no text is taken
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def print_on_stderr(text: str) -> None:
    """Print a report on stderr for the person at the terminal while stdout carries a document."""
    sys.stderr.write(text)
    sys.stderr.flush()


def print_info(text: str) -> None:
    """Print a message on stderr, next to the report."""
    log_line("info", text.rstrip())


def print_warning(text: str) -> None:
    """Print a warning on stderr; the run continues."""
    log_line("warning", text)


def is_interactive() -> bool:
    """Return True if a person can be asked: on a terminal, with text logs, outside of CI."""
    return sys.stdin.isatty() and is_watched()


def is_watched() -> bool:
    """Return True if a person reads stderr: on a terminal, with text logs, outside of CI."""
    if not (sys.stderr.isatty() and is_text_log()):
        return False
    from sync.forge.ci_job import is_ci_job  # noqa: PLC0415 - for commands that run, not for help

    return not is_ci_job(os.environ)


def uses_color(global_options: GlobalOptions, stream: TextIO) -> bool:
    """Return True if output to this stream is coloured (https://no-color.org)."""
    match global_options.color:
        case "always":
            return True
        case "never":
            return False
        case "auto":
            plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
            return stream.isatty() and not plain


def get_terminal_width() -> int:
    """Return the terminal's width in columns; without a terminal 100, so that logs are alike."""
    import shutil  # noqa: PLC0415 - for a report only

    return shutil.get_terminal_size(FALLBACK_SIZE).columns


def write_file(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a file completely or not at all; by default only its owner can read it.

    The file holds descriptions of private models, and its folder may be shared with other users:
    a symbolic link at `path` is replaced, never followed. A path in /dev (such as /dev/stdout) is
    written in place. Raises SyncError if the file cannot be written.
    """
    with explain_file_error(path, "written", kind=SyncError, hint="Name another file."):
        if DEVICE_FOLDER in path.absolute().parents:
            path.write_text(text, encoding="utf-8")
        else:
            write_atomically(path, text.encode(), mode=mode)
