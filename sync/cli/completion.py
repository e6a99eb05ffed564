"""Names for shell completion, read from config.yaml and the folder even if they have faults."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import yaml

from sync.config.folder_values import (
    DEFAULT_EXCLUDE,
    DEFAULT_FOLDER,
    check_relative_path,
    refuse_slow_pattern,
)
from sync.descriptions.file_filter import FileFilter
from sync.descriptions.positions import normalize_line_ends
from sync.descriptions.yaml_block import find_yaml_block
from sync.errors import SyncError
from sync.model.document import get_stem
from sync.workspace.find_config import locate_config, read_config_text
from sync.workspace.read_folder import read_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.cli.global_options import GlobalOptions
    from sync.descriptions.yaml_block import YamlBlock


def list_target_names(global_options: GlobalOptions) -> list[str]:
    """List the targets of config.yaml."""
    return list(_extract_targets(_load_raw_config(global_options)))


def list_model_names(global_options: GlobalOptions) -> list[str]:
    """List the values for `--model`: names in the targets' `models`, and the files' models."""
    config = _load_raw_config(global_options)
    chosen = _select_target_names(global_options, config)
    targets = _extract_targets(config)
    named = [name for target in chosen for name in _extract_model_names(targets.get(target))]
    try:
        return sorted({*named, *_list_described_models(global_options, config, chosen)})
    except SyncError:
        return sorted(named)


def list_run_ids(global_options: GlobalOptions) -> list[str]:
    """List the ids of the runs recorded for the target, newest first; empty if not one target."""
    match _select_target_names(global_options, _load_raw_config(global_options)):
        case [target]:
            pass
        case _:
            return []
    try:
        return [
            run.id
            for run in global_options.open_workspace().get_target(target).snapshots.list_runs()
        ]
    except SyncError:
        return []


def _load_raw_config(global_options: GlobalOptions) -> Any:  # noqa: ANN401 - whatever somebody is just writing
    try:
        # The config is not validated: that alone would take longer than everything else. Values
        # are read as plain text, because a name can look like a number or a date.
        return yaml.load(read_config_text(locate_config(global_options.config)), _Loader)  # noqa: S506 - it makes texts, lists and mappings
    except (SyncError, yaml.YAMLError, RecursionError):
        return None


_Loader: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _extract_targets(config: object) -> dict[str, object]:
    match config:
        case {"targets": dict(targets)}:
            return {str(name): target for name, target in targets.items()}
        case _:
            return {}


def _extract_model_names(target: object) -> list[str]:
    match target:
        case {"models": dict(models)}:
            return [str(name) for name in models]
        case _:
            return []


def _select_target_names(global_options: GlobalOptions, config: object) -> tuple[str, ...]:
    """Return the targets that the command line selects so far."""
    match config:
        case {"target": str(target)} if not global_options.all_targets:
            return global_options.targets or (target,)
        case _:
            return global_options.targets or tuple(_extract_targets(config))


def _list_described_models(
    global_options: GlobalOptions, config: object, targets: tuple[str, ...]
) -> Iterator[str]:
    """List the models of the files, by their front matter or else by their file names."""
    folder = locate_config(global_options.config).parent / _read_folder_name(config)
    for name, data in read_folder(folder, FileFilter(_read_excluded_patterns(config))).items():
        yield from _read_model_ids(name, data, targets=targets)


def _read_folder_name(config: object) -> str:
    """Read the folder of descriptions; a value that config.yaml may not have is the default."""
    match config:
        case {"descriptions": str(folder)}:
            with suppress(ValueError):
                return check_relative_path(folder)
        case _:
            pass
    return DEFAULT_FOLDER


def _read_excluded_patterns(config: object) -> Sequence[str]:
    """Read the patterns of `exclude`; a value that config.yaml may not have is the default."""
    match config:
        case {"exclude": [*patterns]} if all(isinstance(each, str) for each in patterns):
            with suppress(ValueError):
                return [refuse_slow_pattern(pattern) for pattern in patterns]
        case _:
            pass
    return DEFAULT_EXCLUDE


def _read_model_ids(path: str, data: bytes, *, targets: tuple[str, ...]) -> Iterator[str]:
    block = _find_front_matter(data)
    try:
        front = yaml.load(block.text, _Loader) if block else None  # noqa: S506 - as above
    except (yaml.YAMLError, RecursionError):
        return
    match front:
        case {"model": str(model)}:
            yield model
        case {"models": dict(models)}:
            yield from (str(id_) for name, id_ in models.items() if name in targets)
        case _:
            yield get_stem(path)


def _find_front_matter(data: bytes) -> YamlBlock | None:
    if not data.startswith((b"---", b"\xef\xbb\xbf---")):  # a file without any takes no decoding
        return None
    return find_yaml_block(normalize_line_ends(data.decode(errors="replace")))
