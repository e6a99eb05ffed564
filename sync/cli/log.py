"""What is said on stderr, line by line: as text for a person, or as JSON for what collects logs.

Whatever it quotes, it steers no terminal and no CI runner.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from sync.reports.inert import defused, defused_json, visible

LogFormat: TypeAlias = Literal["text", "json"]

_LOG = logging.getLogger("description-sync")


class _Text(logging.Formatter):
    """The message, with the level of what is a problem; the hint stands on a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        hint = f"\n{record.hint}" if record.hint else ""  # type: ignore[attr-defined] # our extra
        text = f"{record.prefix}{level}{record.getMessage()}{hint}"  # type: ignore[attr-defined]
        return defused("\n".join(map(visible, text.split("\n"))))


class _JsonLines(logging.Formatter):
    """One object a line: `time` (ISO 8601, UTC), `level`, `message`, and `hint` if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = f"{record.prefix}{record.getMessage()}".strip()  # type: ignore[attr-defined] # our extra
        content = {"time": time, "level": record.levelname.lower(), "message": message}
        if record.hint:  # type: ignore[attr-defined]
            content["hint"] = record.hint  # type: ignore[attr-defined]
        return defused_json(json.dumps(content))


class _Stderr(logging.Handler):
    """Writes to whatever stderr is at the moment."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{self.format(record)}\n")
        sys.stderr.flush()


_FORMATTERS: dict[LogFormat, logging.Formatter] = {"text": _Text(), "json": _JsonLines()}
_HANDLER = _Stderr()
_LOG.addHandler(_HANDLER)
_LOG.setLevel(logging.INFO)
_LOG.propagate = False


def log_as(log_format: LogFormat) -> None:
    """Write the lines in this format from now on."""
    _HANDLER.setFormatter(_FORMATTERS[log_format])


def is_for_people() -> bool:
    """Whether somebody may be reading the lines as they come."""
    return _HANDLER.formatter is not _FORMATTERS["json"]


def log(level: Literal["info", "warning", "error"], message: str, **more: str) -> None:
    """One line; `prefix` stands before the level, `hint` says what to do next."""
    extra = {"prefix": "", "hint": "", **more}
    _LOG.log(logging.getLevelNamesMapping()[level.upper()], "%s", message, extra=extra)


log_as("text")
