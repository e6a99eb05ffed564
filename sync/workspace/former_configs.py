"""Read how earlier versions of the config file named a target's models and folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sync.config.names import NamesTable, add_names, read_names
from sync.config.settings import Config, TargetConfig, read_config
from sync.config.yaml import FaultsError
from sync.decisions.changed_since import TargetSettings
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import hash_possible_texts
from sync.descriptions.file_filter import FileFilter
from sync.git import (
    find_blobs,
    find_present_paths,
    find_texts,
    list_blobs,
    read_changes_of_named_files,
    read_contents,
)
from sync.model.config_names import ROOT_CONFIGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sync.git import FolderHistory, TextSearchResult
    from sync.git.version_texts import TextHasher
    from sync.model.known_texts import TextLookup
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class FormerConfig:
    """An earlier version of the config, as far as it is about one target.

    `folder` is the folder of the descriptions, relative to the root of the repository. Two versions
    that differ only in `settings` give files the same meaning.
    `names_path` is the table of names that the config says to add, relative to the root.
    """

    folder: str
    aliases: Aliases
    exclude: tuple[str, ...]
    settings: TargetSettings = field(repr=False, compare=False)
    names_path: str | None = field(default=None, repr=False, compare=False)

    @property
    def file_filter(self) -> FileFilter:
        return FileFilter(self.exclude)

    def with_names_of(self, table: NamesTable) -> FormerConfig:
        """Return the config with the names that a version of its table gives the target."""
        own = self.aliases
        models = {**own.models, **table.list_names("models", own.target)}
        assets = {**own.assets, **table.list_names("assets", own.target)}
        return replace(self, aliases=Aliases(own.target, models, assets))

    def with_defaults_of(self, aliases: Aliases) -> FormerConfig:
        """Return the config with these names as well where it has none of its own."""
        own = self.aliases
        models, assets = {**aliases.models, **own.models}, {**aliases.assets, **own.assets}
        return replace(self, aliases=Aliases(own.target, models, assets))


def read_former_configs(target: Target, revisions: Sequence[str]) -> list[FormerConfig]:
    """Read all versions of the target's config in these histories, each different one once.

    The config file may have had another path, and the target another name: a config file that the
    checkout no longer has counts, too, and so does a target of another name for the same project.
    Versions with faults are left out. So it is with the table of names: each of its versions
    counts beside the names that config.yaml has now.
    """
    found: dict[str, FormerConfig] = {}
    files = _read_named_files(target, list_config_names(target), revisions)
    own = select_own_configs(target, files)
    for path in (path for path in files if path in own):
        for data in files[path]:
            for former in _parse_config(data, target, path=path):
                found.setdefault(repr(former), former)
    for former in _read_former_names(target, revisions):
        found.setdefault(repr(former), former)
    return list(found.values())


def _read_named_files(
    target: Target, names: Sequence[str], revisions: Sequence[str]
) -> dict[str, list[bytes]]:
    """Return each content that files of these names had, in any folder, newest first, by path."""
    workspace = target.workspace
    match revisions:
        case [commit]:
            events = workspace.get_history(commit).read_named_changes(names)
        case _:
            events = read_changes_of_named_files(workspace.repository, names, revisions=revisions)
    return read_contents(workspace.repository, events)


def _read_former_names(target: Target, revisions: Sequence[str]) -> Iterator[FormerConfig]:
    """Yield the names of the target in each version of the table of names."""
    workspace, config = target.workspace, target.workspace.config
    if config.names is None:
        return
    path = (PurePosixPath(workspace.relative_config).parent / config.names).as_posix()
    names = [PurePosixPath(path).name]
    found = _read_named_files(target, names, revisions)
    for data in found.get(path, ()):
        table = parse_table(data)
        if table is None:
            continue
        former = add_names(config, table).targets[target.name]
        yield FormerConfig(
            workspace.folder,
            Aliases(target.name, former.models, former.assets),
            tuple(config.exclude),
            make_target_settings(config, former),
        )


def find_config_of_commit(target: Target, commit: str) -> FormerConfig | None:
    """Find the config of the target in a commit; None if it did not name the target.

    A config with faults says nothing. Its path and the target's name may have been others.
    """
    repository, own = target.workspace.repository, target.workspace.relative_config
    own_blobs = find_blobs(repository, [commit], own)
    if own_blobs:
        blobs = {own: own_blobs[commit]}
    else:
        names, every = list_config_names(target), dict(list_blobs(repository, commit))
        paths = [path for path in every if PurePosixPath(path).name in names]
        chosen = select_own_configs(target, paths)
        blobs = {path: every[path] for path in paths if path in chosen}
    for path, (_, data) in zip(blobs, repository.git.read_blobs(blobs.values()), strict=True):
        if former := choose_former_config(data, target, path=path):
            return _add_names_of_commit(target, former, commit)
    return None


def _add_names_of_commit(target: Target, former: FormerConfig, commit: str) -> FormerConfig:
    """Return the config with the names that its table had in the commit, if it could be read."""
    repository, path = target.workspace.repository, former.names_path
    blob = find_blobs(repository, [commit], path).get(commit) if path else None
    if blob is None:
        return former
    [(_, data)] = repository.git.read_blobs([blob])
    table = parse_table(data)
    return former.with_names_of(table) if table else former


def parse_table(data: bytes) -> NamesTable | None:
    """Read a version of the table of names; None if it has faults."""
    try:
        return read_names(data.decode("utf-8-sig"), path="")[0]
    except (FaultsError, UnicodeDecodeError):
        return None


def make_present_config(target: Target) -> FormerConfig:
    """Return the present config of the target, as it was read."""
    config = target.workspace.config
    return FormerConfig(
        target.workspace.folder,
        target.aliases,
        tuple(config.exclude),
        make_target_settings(config, target.config),
        _get_names_path(config, target.workspace.relative_config),
    )


def make_target_settings(config: Config, section: TargetConfig) -> TargetSettings:
    """Return the settings of a config for the target of this section."""
    return TargetSettings(
        section, config.limits, config.get_push_remote(section), tuple(config.ignore.models)
    )


def make_relative(path: str, folder: str) -> str | None:
    """Return the path relative to the folder; None if it is not inside. Both are in the root."""
    if folder in ("", "."):
        return path
    return path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else None


def list_config_names(target: Target) -> list[str]:
    """List the names that the target's config file can have."""
    own = PurePosixPath(target.workspace.relative_config).name
    return list(dict.fromkeys((own, *ROOT_CONFIGS)))


def select_own_configs(target: Target, paths: Iterable[str]) -> set[str]:
    """Return the paths of the target's config file, and of config files missing in HEAD."""
    workspace, every = target.workspace, set(paths)
    others = every - {workspace.relative_config}
    return every - find_present_paths(workspace.repository, "HEAD", others)


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
            make_target_settings(config, section),
            _get_names_path(config, path),
        )


def _get_names_path(config: Config, path: str) -> str | None:
    return (PurePosixPath(path).parent / config.names).as_posix() if config.names else None


def choose_former_config(data: bytes, target: Target, *, path: str) -> FormerConfig | None:
    """Return the config of the target in a version: under its name, otherwise another name."""
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


def read_own_former_configs(target: Target, tip: str | None) -> list[FormerConfig]:
    """Read the former configs in the history of a commit; none if there is no commit."""
    return read_former_configs(target, [tip]) if tip else []


def find_texts_by_configs(
    target: Target, history: FolderHistory, lookups: Mapping[str, TextLookup]
) -> TextSearchResult:
    """Find texts in the history by what today's config says, and the others by former configs."""
    found = find_texts(history, lookups, hash_texts=make_text_hasher(target))
    unknown = {model: each for model, each in lookups.items() if model not in found.texts}
    former = read_own_former_configs(target, history.tip) if unknown else []
    if not has_alias_or_folder_changed(target, former):
        return found
    more = find_texts(
        history,
        unknown,
        hash_texts=make_text_hasher(target, former),
        former_folders=list_former_folders(target, former),
    )
    return replace(more, texts={**found.texts, **more.texts})


def has_alias_or_folder_changed(target: Target, former: Iterable[FormerConfig]) -> bool:
    """Return True if a former config has other aliases or another folder than today's."""
    now = target.aliases, target.workspace.folder
    return any((each.aliases, each.folder) != now for each in former)


def list_former_folders(target: Target, former: Iterable[FormerConfig]) -> list[str]:
    """List the folders of former configs, except for today's."""
    return sorted({each.folder for each in former} - {target.workspace.folder})


def make_text_hasher(target: Target, former: Iterable[FormerConfig] = ()) -> TextHasher:
    """Return a function that hashes the texts of a file in today's and former aliases."""
    aliases = [target.aliases]
    for each in former:
        if each.aliases not in aliases:
            aliases.append(each.aliases)
    return lambda data: hash_possible_texts(data, *aliases)
