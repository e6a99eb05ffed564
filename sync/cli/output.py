"""What goes to stdout and what to stderr, in colour or not."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sync.cli.log import is_for_people, log
from sync.errors import SyncError

if TYPE_CHECKING:
    from sync.cli.options import Settings

FALLBACK_SIZE = (100, 24)
DEVICES = Path("/dev")


def complain(error: SyncError, *, prefix: str = "") -> None:
    """One error on stderr: what happened, then what to do next."""
    log("error", error.message, prefix=prefix, hint=error.hint)


def report(text: str) -> None:
    """The report, alone on stdout."""
    sys.stdout.write(text if text.endswith("\n") or not text else f"{text}\n")
    sys.stdout.flush()


def show(text: str) -> None:
    """A report for the person at the terminal, where stdout is for a document."""
    sys.stderr.write(text)
    sys.stderr.flush()


def say(text: str) -> None:
    """What a person should know, beside the report."""
    log("info", text.rstrip())


def warn(text: str) -> None:
    """What a person should look at, though the run goes on."""
    log("warning", text)


def is_interactive() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty() and _may_ask()


def _may_ask() -> bool:
    return is_for_people() and not os.environ.get("CI")


def in_color(settings: Settings, stream: TextIO) -> bool:
    """Whether to colour what goes to the stream (https://no-color.org)."""
    match settings.color:
        case "always":
            return True
        case "never":
            return False
        case "auto":
            plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
            return stream.isatty() and not plain


def width() -> int:
    """Columns of the terminal; a fixed number where there is none, so that logs are alike."""
    return shutil.get_terminal_size(FALLBACK_SIZE).columns


def write_file(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a file whole or not at all, by default one that only its owner may read.

    The descriptions of private models stand in it, and the folder may be shared: a link that
    somebody put at `path` is replaced, never followed. What the system itself has in /dev is
    written to. Raises SyncError.
    """
    try:
        if DEVICES in path.absolute().parents:
            path.write_text(text, encoding="utf-8")
        else:
            _write(path, text, mode=mode)
    except OSError as error:
        raise SyncError(
            f"{path} cannot be written: {error.strerror}", hint="Name another file."
        ) from error


def _write(path: Path, text: str, *, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            os.fchmod(handle, mode)
            file.write(text)
        os.replace(name, path)  # noqa: PTH105 - atomic
    except BaseException:
        os.unlink(name)  # noqa: PTH108
        raise
