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
    """What `--model` takes: the names that targets give to models, and what the files are for."""
    config = _config(settings)
    chosen = _chosen(settings, config)
    targets = _targets(config)
    named = [name for target in chosen for name in _models(targets.get(target))]
    try:
        return sorted({*named, *_described(settings, chosen)})
    except SyncError:
        return sorted(named)


def run_ids(settings: Settings) -> list[str]:
    """The runs recorded for the target, newest first."""
    from sync.git import Repository, Snapshots  # noqa: PLC0415 - slow, and only runs need it

    match _chosen(settings, _config(settings)):
        case [target]:
            pass
        case _:
            return []
    try:
        repository = Repository.containing(config_path(settings).parent)
        return [run.id for run in Snapshots(repository, target).runs()]
    except SyncError:
        return []


def _config(settings: Settings) -> Any:  # noqa: ANN401 - whatever somebody is just writing
    try:
        # Not validated: that alone would take longer than all the rest. Without types: a number
        # may be a name, and a date need not be one.
        return yaml.load(read_text(config_path(settings)), _Loader)  # noqa: S506 - it makes texts, lists and mappings
    except (SyncError, yaml.YAMLError, RecursionError):
        return None


_Loader: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


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


def _chosen(settings: Settings, config: object) -> tuple[str, ...]:
    """The targets that the command is for, as far as it was typed."""
    match config:
        case {"target": str(target)} if not settings.all_targets:
            return settings.targets or (target,)
        case _:
            return settings.targets or tuple(_targets(config))


def _described(settings: Settings, targets: tuple[str, ...]) -> Iterator[str]:
    """The models that the files are for, as their front matter or their names have them."""
    from sync.cli.folder import read_folder  # noqa: PLC0415 - slow, and only models need it
    from sync.config import read_scope  # noqa: PLC0415
    from sync.documents import Rules  # noqa: PLC0415

    path = config_path(settings)
    scope = read_scope(read_text(path))
    files = read_folder(path.parent / scope.descriptions, Rules(scope.exclude))
    for name, data in files.items():
        yield from _models_of(name, data, targets=targets)


def _models_of(path: str, data: bytes, *, targets: tuple[str, ...]) -> Iterator[str]:
    from sync.documents import take_apart  # noqa: PLC0415 - as above
    from sync.yaml import FaultsError  # noqa: PLC0415

    try:
        front, _ = take_apart(data, path=path)
    except FaultsError:
        return
    match front and front.value:
        case {"model": str(model)}:
            yield model
        case {"models": dict(models)}:
            yield from (str(id_) for name, id_ in models.items() if name in targets)
        case _:
            yield path.rpartition("/")[2].rpartition(".")[0]
