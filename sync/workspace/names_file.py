"""Read and write names.yaml, the table of names beside config.yaml."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.config.names import (
    DEFAULT_NAMES_FILE,
    EMPTY_NAMES,
    NamesTable,
    add_names,
    check_names,
    read_names,
)
from sync.config.names_edit import add_names_key, add_to_names_file
from sync.config.settings import parse_config
from sync.config.yaml import FaultsError
from sync.descriptions.front_matter import decode_file
from sync.errors import ConfigError, explain_file_error
from sync.workspace.find_config import format_path, read_config_text
from sync.workspace.named_file import write_named_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.config.settings import Config

_BOM = "\ufeff"


def get_names_path(config: Config, config_path: Path) -> Path:
    """Return the path of the table that config.yaml names, or of the default one."""
    return config_path.parent / (config.names or DEFAULT_NAMES_FILE)


def read_names_file(config: Config, config_path: Path, *, shown: str) -> NamesTable:
    """Read the table that config.yaml names; without one, or before its first name, it is empty.

    `shown` is its path in messages. Raises FaultsError with every fault, and ConfigError if the
    file cannot be read.
    """
    if config.names is None:
        return EMPTY_NAMES
    data = _read_bytes(get_names_path(config, config_path))
    table, document = read_names(decode_file(data, path=shown), path=shown)
    check_names(config, table, document, path=shown)
    return table


def add_names_of_file(config: Config, config_path: Path) -> Config:
    """Return the config with the names of its table. Raises ConfigError with every fault."""
    shown = format_path(get_names_path(config, config_path))
    with _report_faults():
        return add_names(config, read_names_file(config, config_path, shown=shown))


@contextmanager
def _report_faults() -> Iterator[None]:
    try:
        yield
    except FaultsError as error:
        raise ConfigError(str(error), hint="docs/reference.md describes names.yaml.") from None


def write_names_file(config_path: Path, new: NamesTable) -> bool:
    """Add names to the table; create it, and name it in config.yaml, if need be.

    Returns False if there was nothing to add. Nothing is written unless all of it can be: each
    file is written as a whole, the table first, so that a run that was cut off can be repeated.
    Raises ConfigError and SyncError.
    """
    config = parse_config(read_config_text(config_path), path=format_path(config_path))
    path = get_names_path(config, config_path)
    shown = format_path(path)
    old = _read_bytes(path)
    with _report_faults():
        decode_file(old, path=shown)
        text = old.decode().removeprefix(_BOM)
        edited = add_to_names_file(text, new, path=shown)
        table, document = read_names(edited, path=shown)
        check_names(config, table, document, path=shown)
    new_config = _name_table(config_path, config) if config.names is None else None
    if edited != text:
        write_named_file(path.resolve(), (_BOM * old.startswith(_BOM.encode()) + edited).encode())
    if new_config is not None and table != EMPTY_NAMES:
        write_named_file(config_path.resolve(), new_config)
        return True
    return edited != text


def _name_table(config_path: Path, config: Config) -> bytes:
    """Return the bytes of config.yaml with the key that names the table."""
    shown = format_path(config_path)
    text = config_path.read_bytes().decode()
    edited = add_names_key(text, DEFAULT_NAMES_FILE, path=shown)
    expected = config.model_copy(update={"names": DEFAULT_NAMES_FILE})
    if parse_config(edited.removeprefix(_BOM), path=shown) != expected:
        hint = f"Add `names: {DEFAULT_NAMES_FILE}` to it, and run the command again."
        raise ConfigError(f"{shown} has a form that this program cannot add to", hint=hint)
    return edited.encode()


def _read_bytes(path: Path) -> bytes:
    """Read the bytes of the table; none if there is no file yet."""
    with explain_file_error(format_path(path), "read", kind=ConfigError):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return b""
