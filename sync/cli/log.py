"""Log lines on stderr: text for a person, or JSON for a log collector.

Quoted text is sanitized: it cannot send control codes to a terminal or commands to a CI runner.
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from sync.reports.formats.sanitize import (
    escape_invisible,
    neutralize_commands,
    neutralize_json_commands,
)

LogFormat: TypeAlias = Literal["text", "json"]

_LOG = logging.getLogger("description-sync")


class _TextFormatter(logging.Formatter):
    """The format `LEVEL: MESSAGE`, without the level for infos; the hint is on its own line."""

    def format(self, record: logging.LogRecord) -> str:
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        hint = f"\n{record.hint}" if record.hint else ""  # type: ignore[attr-defined] # our extra
        text = f"{record.prefix}{level}{record.getMessage()}{hint}"  # type: ignore[attr-defined]
        return neutralize_commands("\n".join(map(escape_invisible, text.split("\n"))))


class _JsonFormatter(logging.Formatter):
    """One JSON object per line: `time` (ISO 8601, UTC), `level`, `message`, `hint` if any."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = f"{record.prefix}{record.getMessage()}".strip()  # type: ignore[attr-defined] # our extra
        content = {"time": time, "level": record.levelname.lower(), "message": message}
        if record.hint:  # type: ignore[attr-defined]
            content["hint"] = record.hint  # type: ignore[attr-defined]
        return neutralize_json_commands(json.dumps(content))


class _StderrHandler(logging.Handler):
    """A handler that looks up sys.stderr for each line, because it can be replaced."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # stderr is closed, or its disk is full: nobody can be told
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()


_FORMATTERS: dict[LogFormat, logging.Formatter] = {
    "text": _TextFormatter(),
    "json": _JsonFormatter(),
}
_HANDLER = _StderrHandler()


def set_log_format(log_format: LogFormat) -> None:
    """Write all later lines to stderr in this format."""
    if _HANDLER not in _LOG.handlers:
        _LOG.addHandler(_HANDLER)
        _LOG.setLevel(logging.INFO)
        _LOG.propagate = False
    _HANDLER.setFormatter(_FORMATTERS[log_format])


def is_text_log() -> bool:
    """Return True if the format is text: a person may be reading the lines."""
    return _HANDLER.formatter is not _FORMATTERS["json"]


def log_line(level: Literal["info", "warning", "error"], message: str, **more: str) -> None:
    """Log one line; `prefix` is put before the level, `hint` says what to do next."""
    extra = {"prefix": "", "hint": "", **more}
    _LOG.log(logging.getLevelNamesMapping()[level.upper()], "%s", message, extra=extra)
