"""Read how earlier versions of the config file named a target's models and folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sync.config.names import add_names, read_names
from sync.config.settings import Config, LimitsConfig, TargetConfig, read_config
from sync.config.yaml import FaultsError
from sync.descriptions.aliases import Aliases
from sync.descriptions.file_filter import FileFilter
from sync.git import (
    find_blobs,
    list_blobs,
    read_changes_of_named_files,
    read_named_files,
)
from sync.model import ROOT_CONFIGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sync.git import Event
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class FormerConfig:
    """What an earlier version of the config said about a target.

    `folder` is the folder of the descriptions, relative to the root of the repository. Two versions
    that differ in nothing else than `section` and `limits` give files the same meaning.
    `names_path` is the table of names that the config says to add, relative to the root.
    """

    folder: str
    aliases: Aliases
    exclude: tuple[str, ...]
    section: TargetConfig = field(repr=False, compare=False)
    limits: LimitsConfig = field(repr=False, compare=False)
    names_path: str | None = field(default=None, repr=False, compare=False)

    @property
    def rules(self) -> FileFilter:
        return FileFilter(self.exclude)


def read_former_configs(target: Target, revisions: Sequence[str]) -> list[FormerConfig]:
    """Read all versions of the target's config in these histories, each different one once.

    The config file may have had another path, and the target another name: a config file that the
    checkout no longer has counts, too, and so does a target of another name for the same project.
    Versions with faults are left out. So it is with the table of names: each of its versions
    counts beside the names that config.yaml has now.
    """
    found: dict[str, FormerConfig] = {}
    for path, contents in read_named_files(
        target.workspace.repository, _list_names(target), revisions=revisions
    ).items():
        if not _belongs_to(target, path):
            continue
        for data in contents:
            for former in _parse_config(data, target, path=path):
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
        yield FormerConfig(
            workspace.folder,
            Aliases(target.name, former.models, former.assets),
            tuple(config.exclude),
            former,
            config.limits,
        )


def find_config_of_commit(target: Target, commit: str) -> FormerConfig | None:
    """Find what the config said about the target in a commit; None if it did not name the target.

    A config with faults says nothing. Its path and the target's name may have been others.
    """
    repository, own = target.workspace.repository, target.workspace.relative_config
    here = find_blobs(repository, [commit], own)
    names = _list_names(target)
    blobs = (
        {own: here[commit]}
        if here
        else {
            path: blob
            for path, blob in list_blobs(repository, commit)
            if PurePosixPath(path).name in names and _belongs_to(target, path)
        }
    )
    for path, (_, data) in zip(blobs, repository.git.read_blobs(blobs.values()), strict=True):
        if former := _choose_config(data, target, path=path):
            return _add_names_of_commit(target, former, commit)
    return None


def _add_names_of_commit(target: Target, former: FormerConfig, commit: str) -> FormerConfig:
    """Return the config with the names that its table had in the commit, if it could be read."""
    repository, path = target.workspace.repository, former.names_path
    blob = find_blobs(repository, [commit], path).get(commit) if path else None
    if blob is None:
        return former
    [(_, data)] = repository.git.read_blobs([blob])
    try:
        table, _ = read_names(data.decode("utf-8-sig"), path="")
    except (FaultsError, UnicodeDecodeError):
        return former
    name = former.aliases.target
    models = {**former.aliases.models, **table.list_names("models", name)}
    assets = {**former.aliases.assets, **table.list_names("assets", name)}
    return replace(former, aliases=Aliases(name, models, assets))


@dataclass(frozen=True)
class ConfigHistory:
    """All versions of the target's config in the history of `tip`, and the commits that had them.

    Files that the checkout still has under another path are the configs of somebody else.
    """

    target: Target
    tip: str

    @cached_property
    def changes(self) -> list[Event]:
        """Return the changes of the config file, newest first."""
        every = read_changes_of_named_files(
            self.target.workspace.repository, _list_names(self.target), revisions=[self.tip]
        )
        owned = {path: _belongs_to(self.target, path) for path in {each.path for each in every}}
        return [each for each in every if owned[each.path]]

    @cached_property
    def _by_blob(self) -> Mapping[tuple[str, str], FormerConfig | None]:
        """Return what each version says of the target, by path and blob."""
        pairs = [(each.path, each.new) for each in self.changes if each.new]
        repository = self.target.workspace.repository
        wanted = {blob for _, blob in pairs}
        here = repository.git.find_local_objects(wanted) if repository.is_partial() else wanted
        contents = dict(repository.git.read_blobs(here))
        return {
            (path, blob): self._add_names_of_today(
                _choose_config(contents[blob], self.target, path=path)
            )
            for path, blob in pairs
            if blob in contents
        }

    def _add_names_of_today(self, former: FormerConfig | None) -> FormerConfig | None:
        """Return the config with the names of today where a table of names stood beside it."""
        if former is None or former.names_path is None:
            return former
        now = self.target.aliases
        models = {**now.models, **former.aliases.models}
        assets = {**now.assets, **former.aliases.assets}
        return replace(former, aliases=Aliases(former.aliases.target, models, assets))

    @property
    def versions(self) -> list[FormerConfig]:
        """Return what the versions say of the target, each different thing once."""
        return list({repr(each): each for each in self._by_blob.values() if each}.values())

    def get_version(self, path: str, blob: str | None) -> FormerConfig | None:
        """Return what a version of the config file said of the target, if anything."""
        return self._by_blob.get((path, blob)) if blob else None

    def find_configs(self, commits: Iterable[str]) -> dict[str, FormerConfig]:
        """Return what the config said in each commit; leave out commits without the target."""
        commits = list(dict.fromkeys(commits))
        own = self.target.workspace.relative_config
        others = sorted({each.path for each in self.changes} - {own})
        found: dict[str, FormerConfig] = {}
        for path in (own, *others):
            asked = [commit for commit in commits if commit not in found]
            for commit, blob in find_blobs(self.target.workspace.repository, asked, path).items():
                if config := self.get_version(path, blob):
                    found[commit] = config
        return found


def make_present_config(target: Target) -> FormerConfig:
    """Return what the config says of the target now, as it was read."""
    config = target.workspace.config
    return FormerConfig(
        target.workspace.folder,
        target.aliases,
        tuple(config.exclude),
        target.config,
        config.limits,
    )


def make_relative(path: str, folder: str) -> str | None:
    """Return the path relative to the folder; None if it is not inside. Both are in the root."""
    if folder in ("", "."):
        return path
    return path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else None


def _list_names(target: Target) -> list[str]:
    own = PurePosixPath(target.workspace.relative_config).name
    return list(dict.fromkeys((own, *ROOT_CONFIGS)))


def _belongs_to(target: Target, path: str) -> bool:
    """Return True for the target's config file, and for one that the checkout no longer has."""
    workspace = target.workspace
    return path == workspace.relative_config or not workspace.repository.has_path("HEAD", path)


def _parse_config(data: bytes, target: Target, *, path: str) -> Iterator[FormerConfig]:
    try:
        config = read_config(data.decode("utf-8-sig"), path="")
    except (FaultsError, UnicodeDecodeError):
        return
    folder = (PurePosixPath(path).parent / config.descriptions).as_posix()
    for name, section in _find_sections(config, target):
        yield FormerConfig(
            folder,
            Aliases(name, section.models, section.assets),
            tuple(config.exclude),
            section,
            config.limits,
            _get_names_path(config, path),
        )


def _get_names_path(config: Config, path: str) -> str | None:
    return (PurePosixPath(path).parent / config.names).as_posix() if config.names else None


def _choose_config(data: bytes, target: Target, *, path: str) -> FormerConfig | None:
    """Return what a version says of the target: under its own name, otherwise under another one."""
    every = list(_parse_config(data, target, path=path))
    own = (each for each in every if each.aliases.target == target.name)
    return next(own, every[0] if every else None)


def _find_sections(config: Config, target: Target) -> Iterator[tuple[str, TargetConfig]]:
    """Find the target in a config: by its name, or by its project if it was renamed since."""
    project = _get_project(target.config)
    for name, section in config.targets.items():
        is_renamed = name not in target.workspace.config.targets
        if name == target.name or (is_renamed and _get_project(section) == project):
            yield name, section


def _get_project(config: TargetConfig) -> tuple[str | None, str, str | None]:
    return config.sandbox, config.base_url, config.project_id
