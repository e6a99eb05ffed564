"""Log lines on stderr: text for a person, or JSON for a log collector.

Quoted text is sanitized: it cannot send control codes to a terminal or commands to a CI runner.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sync.reports.formats.sanitize import (
    escape_invisible,
    neutralize_commands,
    neutralize_json_commands,
)

LogFormat: TypeAlias = Literal["text", "json"]
LogLevel: TypeAlias = Literal["info", "warning", "error"]


@dataclass(slots=True)
class _LogSettings:
    log_format: LogFormat = "text"


_SETTINGS = _LogSettings()


def set_log_format(log_format: LogFormat) -> None:
    """Write all later lines to stderr in this format."""
    _SETTINGS.log_format = log_format


def is_text_log() -> bool:
    """Return True if the format is text: a person may be reading the lines."""
    return _SETTINGS.log_format == "text"


def log_line(level: LogLevel, message: str, *, prefix: str = "", hint: str = "") -> None:
    """Log one line; `prefix` is put before the level, `hint` says what to do next."""
    format_line = _format_text if is_text_log() else _format_json
    line = format_line(level, message, prefix=prefix, hint=hint)
    with suppress(OSError):  # stderr is closed, or its disk is full: nobody can be told
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _format_text(level: LogLevel, message: str, *, prefix: str, hint: str) -> str:
    """Format `LEVEL: MESSAGE`, without the level for infos; the hint is on its own line."""
    start = prefix if level == "info" else f"{prefix}{level}: "
    text = f"{start}{message}\n{hint}" if hint else f"{start}{message}"
    return neutralize_commands("\n".join(map(escape_invisible, text.split("\n"))))


def _format_json(level: LogLevel, message: str, *, prefix: str, hint: str) -> str:
    """Format one JSON object: `time` (ISO 8601, UTC), `level`, `message`, `hint` if any."""
    import json  # noqa: PLC0415 - most lines are text
    from datetime import UTC, datetime  # noqa: PLC0415

    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    content = {"time": time, "level": level, "message": f"{prefix}{message}".strip()}
    if hint:
        content["hint"] = hint
    return neutralize_json_commands(json.dumps(content))
