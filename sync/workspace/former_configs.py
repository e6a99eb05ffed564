"""Read how earlier versions of the config file named a target's models and folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sync.config.names import add_names, read_names
from sync.config.settings import read_config
from sync.config.yaml import FaultsError
from sync.descriptions.aliases import Aliases
from sync.git import read_named_files
from sync.model import ROOT_CONFIGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.config.settings import Config, TargetConfig
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class FormerConfig:
    """What an earlier version of the config said about a target.

    `folder` is the folder of the descriptions, relative to the root of the repository.
    """

    folder: str
    aliases: Aliases


def read_former_configs(target: Target, revisions: Sequence[str]) -> list[FormerConfig]:
    """Read all versions of the target's config in these histories, each different one once.

    The config file may have had another path, and the target another name: a config file that the
    checkout no longer has counts, too, and so does a target of another name for the same project.
    Versions with faults are left out. So it is with the table of names: each of its versions
    counts beside the names that config.yaml has now.
    """
    workspace = target.workspace
    path = workspace.relative_config
    names = dict.fromkeys((PurePosixPath(path).name, *ROOT_CONFIGS))
    found: dict[str, FormerConfig] = {}
    for other, contents in read_named_files(
        workspace.repository, names, revisions=revisions
    ).items():
        if other != path and workspace.repository.has_path("HEAD", other):
            continue  # the config of somebody else
        for data in contents:
            for former in _parse_config(data, target, path=other):
                found.setdefault(repr(former), former)
    for former in _read_former_names(target, revisions):
        found.setdefault(repr(former), former)
    return list(found.values())


def _read_former_names(target: Target, revisions: Sequence[str]) -> Iterator[FormerConfig]:
    """Yield what each version of the table of names said about the target."""
    workspace, config = target.workspace, target.workspace.config
    if config.names is None:
        return
    path = (PurePosixPath(workspace.relative_config).parent / config.names).as_posix()
    names = [PurePosixPath(path).name]
    found = read_named_files(workspace.repository, names, revisions=revisions)
    for data in found.get(path, ()):
        try:
            table, _ = read_names(data.decode("utf-8-sig"), path="")
        except (FaultsError, UnicodeDecodeError):
            continue
        former = add_names(config, table).targets[target.name]
        yield FormerConfig(workspace.folder, Aliases(target.name, former.models, former.assets))


def _parse_config(data: bytes, target: Target, *, path: str) -> Iterator[FormerConfig]:
    try:
        config = read_config(data.decode("utf-8-sig"), path="")
    except (FaultsError, UnicodeDecodeError):
        return
    folder = (PurePosixPath(path).parent / config.descriptions).as_posix()
    for section in _find_sections(config, target):
        yield FormerConfig(folder, Aliases(target.name, section.models, section.assets))


def _find_sections(config: Config, target: Target) -> Iterator[TargetConfig]:
    """Find the target in a config: by its name, or by its project if it was renamed since."""
    project = _get_project(target.config)
    for name, section in config.targets.items():
        is_renamed = name not in target.workspace.config.targets
        if name == target.name or (is_renamed and _get_project(section) == project):
            yield section


def _get_project(config: TargetConfig) -> tuple[str | None, str, str | None]:
    return config.sandbox, config.base_url, config.project_id
