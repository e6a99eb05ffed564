"""Find config.yaml and read its text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sync.descriptions.positions import locate_decoding_error, normalize_line_ends
from sync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator


CONFIG_NAME = "config.yaml"


def locate_config(named: Path | None) -> Path:
    """Return the named config.yaml, or else find it from the working directory.

    Raises ConfigError if there is none.
    """
    return named.absolute() if named else find_config(Path.cwd())


def find_config(start: Path) -> Path:
    """Find the config.yaml of a folder or the nearest one above it, up to the git root."""
    for folder in _walk_up(start):
        if (folder / CONFIG_NAME).is_file():
            return folder / CONFIG_NAME
    raise ConfigError(
        f"no {CONFIG_NAME} in {start} or above it",
        hint="Run this in a repository that has one, name it with --config FILE, or start one "
        "with `description-sync init`.",
    )


def find_git_root(start: Path) -> Path | None:
    """Return the folder around `start` that has a `.git`; None if there is none."""
    *_, last = _walk_up(start)
    return last if (last / ".git").exists() else None


def _walk_up(start: Path) -> Iterator[Path]:
    for folder in (start, *start.parents):
        yield folder
        if (folder / ".git").exists():
            return


def format_path(path: Path) -> str:
    """Return the path relative to the working directory if it is below it."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def read_config_text(path: Path) -> str:
    """Read the text of config.yaml. Raises ConfigError if it cannot be read or is not UTF-8."""
    try:
        return normalize_line_ends(read_config_bytes(path).decode())
    except UnicodeDecodeError as error:
        line, column, message = locate_decoding_error(error)
        raise ConfigError(f"{format_path(path)}:{line}:{column}: {message}") from error


def read_config_bytes(path: Path) -> bytes:
    """Read the bytes of config.yaml. Raises ConfigError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{format_path(path)} cannot be read: {error.strerror}") from error
