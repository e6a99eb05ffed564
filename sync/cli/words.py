"""Words that a shell may complete, read off config.yaml and the folder, whatever their faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from sync.cli.configuration import config_path, read_text
from sync.errors import SyncError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.cli.options import Settings


def target_names(settings: Settings) -> list[str]:
    """The targets of config.yaml."""
    return list(_targets(_config(settings)))


def model_names(settings: Settings) -> list[str]:
    """The names that targets give to models, and those of the files."""
    config = _config(settings)
    named = [name for target in _targets(config).values() for name in _models(target)]
    return sorted({*named, *_stems(settings, config)})


def _config(settings: Settings) -> Any:  # noqa: ANN401 - whatever somebody is just writing
    try:
        # Not validated: that alone would take longer than all the rest.
        return yaml.safe_load(read_text(config_path(settings)))
    except (SyncError, yaml.YAMLError):
        return None


def _targets(config: object) -> dict[str, object]:
    match config:
        case {"targets": dict(targets)}:
            return {str(name): target for name, target in targets.items()}
        case _:
            return {}


def _models(target: object) -> list[str]:
    match target:
        case {"models": dict(models)}:
            return [str(name) for name in models]
        case _:
            return []


def _stems(settings: Settings, config: object) -> Iterator[str]:
    match config:
        case {"descriptions": str(folder)}:
            pass
        case {}:
            folder = "descriptions"
        case _:
            return
    files = (config_path(settings).parent / folder).rglob("*.md")
    yield from (file.stem for file in files if not file.name.startswith(("_", ".")))
