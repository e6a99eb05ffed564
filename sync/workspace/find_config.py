"""Find config.yaml and read its text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sync.descriptions.positions import locate_decoding_error, normalize_line_ends
from sync.errors import ConfigError, explain_file_error
from sync.model.config_names import ROOT_CONFIGS

if TYPE_CHECKING:
    from collections.abc import Iterator


CONFIG_NAME, OTHER_CONFIG_NAME = ROOT_CONFIGS
_TOP_LEVEL_KEY = re.compile(r"""^(?:["']?)([A-Za-z_][\w-]*)["']?\s*:""", re.MULTILINE)


def locate_config(named: Path | None) -> Path:
    """Return the named config.yaml, or else find it from the working directory.

    Raises ConfigError if there is none.
    """
    return named.absolute() if named else find_config(Path.cwd())


def find_config(start: Path) -> Path:
    """Find the config file of a folder or the nearest one above it, up to the git root.

    The config.yaml of another program is passed over if there is one of ours. Raises ConfigError
    if there is none, or if a folder has two.
    """
    foreign = None
    for folder in _walk_up(start):
        usual, other = folder / CONFIG_NAME, folder / OTHER_CONFIG_NAME
        is_ours = usual.is_file() and not is_foreign_config(usual)
        if other.is_file():
            if is_ours:
                raise ConfigError(
                    f"{folder} has two config files: {CONFIG_NAME} and {OTHER_CONFIG_NAME}",
                    hint="Remove one of them, or name one with --config FILE.",
                )
            return other
        if is_ours:
            return usual
        foreign = foreign or (usual if usual.is_file() else None)
    if foreign:
        raise ConfigError(
            f"{format_path(foreign)} is the config file of another program",
            hint=f"Name yours {OTHER_CONFIG_NAME}, or start one with `description-sync init`.",
        )
    raise ConfigError(
        f"no {CONFIG_NAME} in {start} or above it",
        hint=f"Run this in a repository that has one (or {OTHER_CONFIG_NAME}), name it with "
        "--config FILE, or start one with `description-sync init`.",
    )


def is_foreign_config(path: Path) -> bool:
    """Return True if a file named config.yaml has the keys of another program, and none of ours."""
    try:
        keys = set(_TOP_LEVEL_KEY.findall(read_config_text(path)))
    except ConfigError:
        return False
    if not keys or "targets" in keys:
        return False
    from sync.config.settings import Config  # noqa: PLC0415 - slow, and hardly ever needed

    return not keys & Config.model_fields.keys()


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
    return decode_config(path, read_config_bytes(path))


def decode_config(path: Path, data: bytes) -> str:
    """Decode the bytes of config.yaml. Raises ConfigError if they are not UTF-8."""
    try:
        return normalize_line_ends(data.decode())
    except UnicodeDecodeError as error:
        line, column, message = locate_decoding_error(error)
        raise ConfigError(f"{format_path(path)}:{line}:{column}: {message}") from error


def read_config_bytes(path: Path) -> bytes:
    """Read the bytes of config.yaml. Raises ConfigError if it cannot be read."""
    with explain_file_error(format_path(path), "read", kind=ConfigError):
        return path.read_bytes()
