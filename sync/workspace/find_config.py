"""Where config.yaml is, and its text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sync.descriptions.positions import locate_decoding_error, normalize_line_ends
from sync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.cli.settings import Settings


CONFIG_NAME = "config.yaml"


def config_path(settings: Settings) -> Path:
    """The config.yaml that was named, else the one found from here. Raises ConfigError."""
    return settings.config.absolute() if settings.config else find_config(Path.cwd())


def find_config(start: Path) -> Path:
    """The config.yaml of a folder or the nearest one above it, up to the git root."""
    for folder in _upwards(start):
        if (folder / CONFIG_NAME).is_file():
            return folder / CONFIG_NAME
    raise ConfigError(
        f"no {CONFIG_NAME} in {start} or above it",
        hint="Run this in a repository that has one, name it with --config FILE, or start one "
        "with `description-sync init`.",
    )


def find_git_root(start: Path) -> Path | None:
    """The folder around `start` that git has its own folder in; None where there is none."""
    *_, last = _upwards(start)
    return last if (last / ".git").exists() else None


def _upwards(start: Path) -> Iterator[Path]:
    for folder in (start, *start.parents):
        yield folder
        if (folder / ".git").exists():
            return


def format_path(path: Path) -> str:
    """A path as a person in the working directory would write it."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def read_config_text(path: Path) -> str:
    """The text of config.yaml. Raises ConfigError where it can't be read or is not UTF-8."""
    try:
        return normalize_line_ends(read_config_bytes(path).decode())
    except UnicodeDecodeError as error:
        line, column, message = locate_decoding_error(error)
        raise ConfigError(f"{format_path(path)}:{line}:{column}: {message}") from error


def read_config_bytes(path: Path) -> bytes:
    """What config.yaml holds. Raises ConfigError where it can't be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{format_path(path)} cannot be read: {error.strerror}") from error
