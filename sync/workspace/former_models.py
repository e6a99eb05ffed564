"""Find the models that earlier files described, by the configs of their commits."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sync.decisions.changed_since import is_same_project
from sync.decisions.desired import FormerModel
from sync.descriptions.document import read_document
from sync.descriptions.model_of_file import guess_model_name
from sync.git import hash_blob, is_inside, list_blobs, normalize_path
from sync.model.document import Document
from sync.workspace.config_history import ConfigHistory
from sync.workspace.former_configs import FormerConfig, make_relative

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from typing import TypeAlias

    from sync.decisions.desired import SourceFiles
    from sync.git import Event
    from sync.workspace.workspace import Target

    # By path and blob: the name that the content could have for its model, by target.
    _Names: TypeAlias = Mapping[tuple[str, str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _FileVersion:
    """One content that a file had in a commit; `path` is relative to the root."""

    path: str
    blob: str
    commit: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class FormerScope:
    """The former models to find: these `models`, and those that a file of `paths` named.

    `paths` are relative to the folder.
    """

    paths: Collection[str]
    models: Collection[str] = ()


def find_former_models(
    target: Target,
    files: SourceFiles,
    *,
    named: Collection[str],
    unclear_paths: Collection[str],
    scope: FormerScope | None = None,
) -> dict[str, FormerModel]:
    """Find the models that the history names, except those `named` by the present files.

    A commit names a model if one of its files does, by the config of that commit. Files
    whose present content may name any model are in `unclear_paths`, relative to the folder: the
    models that they named are left out, and so are those of files that were left out. With a
    `scope`, models outside of it may be left out.
    """
    if files.source.commit is None:
        return {}
    search = _FormerModelSearch(target, files, named, unclear_paths, scope)
    return dict(search.find_models())


@dataclass(frozen=True)
class _FormerModelSearch:
    target: Target
    files: SourceFiles
    named: Collection[str]
    unclear_paths: Collection[str]
    scope: FormerScope | None
    _contents: dict[str, bytes] = field(default_factory=dict)  # of the versions looked at, by blob

    def find_models(self) -> Iterator[tuple[str, FormerModel]]:
        """Yield each model with the newest file that named it.

        In most histories each model that any version of the config could have meant is named
        today. Only for the others each commit is read with its own config.
        """
        wanted = self._list_wanted_models() - {*self.named}
        if not wanted:
            return
        found = self._match_versions(self._versions, wanted)
        if missing := wanted - found.keys():
            found |= self._match_trees(missing)
        for model, (version, config) in found.items():
            yield model, self._describe_model(version, config)

    def _list_wanted_models(self) -> set[str]:
        """Return the models that the history could have named, as far as they are in scope."""
        if self.scope is None:
            return set(self._list_possible_models(self._names))
        paths = self.scope.paths
        if not paths:
            return {*self.scope.models}
        history = self.target.workspace.get_history(self.files.source.commit)
        versions = self._make_versions(history.read_events_of_files(paths))
        return {*self.scope.models, *self._list_possible_models(self._guess_names(versions))}

    # --- what any version of the config could have meant ---

    @cached_property
    def _configs(self) -> ConfigHistory:
        return ConfigHistory(self.target, self.files.source.commit or "")

    @cached_property
    def _config_versions(self) -> list[FormerConfig]:
        """Return the different configs for this project."""
        return [
            each
            for each in self._configs.versions
            if is_same_project(self.target.config, each.settings.section)
        ]

    @cached_property
    def _versions(self) -> list[_FileVersion]:
        """Return the contents of the descriptions in all folders that had them, newest first."""
        own = self.target.workspace.folder
        folders = sorted({each.folder for each in self._config_versions} - {own})
        history = self.target.workspace.get_history(self.files.source.commit)
        return self._make_versions(history.read_events_of_folders(folders))

    def _make_versions(self, every: Collection[Event]) -> list[_FileVersion]:
        """Return the contents that the events brought, those of readable files."""
        own = self.target.workspace.folder
        paths = {event.path: normalize_path(own, event.path) for event in every}
        readable = {path for path in paths.values() if self._is_readable(path)}
        return [
            _FileVersion(path, event.new, event.commit)
            for event in every
            if event.new and (path := paths[event.path]) in readable
        ]

    def _is_readable(self, path: str) -> bool:
        """Return False for a file that may name any model: it was left out, or has faults."""
        relative = make_relative(path, self.target.workspace.folder)
        if relative is None or relative in self.files.contents:
            return relative not in self.unclear_paths
        is_left_out = relative in self.files.present_paths
        is_left_out &= self.target.workspace.file_filter.accepts(relative)
        return not is_left_out and not is_inside(relative, self.files.present_paths)

    def _read_contents(self, versions: Iterable[_FileVersion]) -> Iterator[tuple[str, bytes]]:
        """Yield the blobs that this clone has with their contents, one in memory at a time.

        Those that a file still has are taken from what was read.
        """
        folder, own = self.target.workspace.folder, self.files.contents
        blobs, paths = set[str](), set[str]()
        for each in versions:
            blobs.add(each.blob)
            path = make_relative(each.path, folder)
            if path is not None and path in own:
                paths.add(path)
        commit, repository = self.files.source.commit or "", self.target.workspace.repository
        hashes = {path: hash_blob(own[path], like=commit) for path in paths}
        checked_out = {blob: path for path, blob in hashes.items() if blob in blobs}
        yield from ((blob, own[path]) for blob, path in checked_out.items())
        yield from repository.git.read_blobs(
            repository.find_local_blobs(blobs - checked_out.keys())
        )

    @cached_property
    def _names(self) -> _Names:
        return self._guess_names(self._versions)

    def _guess_names(self, versions: Collection[_FileVersion]) -> _Names:
        """Return the name that each version could have for its model, by the name of the target.

        Versions that this clone does not have are left out.
        """
        targets = {each.aliases.target for each in self._config_versions}
        paths: defaultdict[str, set[str]] = defaultdict(set)
        for each in versions:
            paths[each.blob].add(each.path)
        found: dict[tuple[str, str], Mapping[str, str]] = {}
        for blob, data in self._read_contents(versions):
            for path in paths[blob]:
                names = {t: guess_model_name(path, data, target=t) for t in targets}
                found[path, blob] = {t: name for t, name in names.items() if name}
        return found

    @cached_property
    def _ids(self) -> Mapping[tuple[str, str], set[str]]:
        """Return the ids that each alias ever stood for, or itself where it was none, by target."""
        aliases = [each.aliases for each in self._config_versions]
        names = {(each.target, name) for each in aliases for name in each.models}
        return {
            (target, name): {each.get_model_id(name) for each in aliases if each.target == target}
            for target, name in names
        }

    def _list_possible_models(self, names: _Names) -> Iterator[str]:
        """Yield the models that the names could have meant, by any version of the config."""
        for each in names.values():
            for key in each.items():
                yield from self._ids.get(key, (key[1],))

    # --- what the config of each commit did mean ---

    def _match_versions(
        self, versions: Iterable[_FileVersion], wanted: Collection[str]
    ) -> dict[str, tuple[_FileVersion, FormerConfig]]:
        """Match the models with file versions, each by the config of the commit that made it."""
        likely = [each for each in versions if self._may_name(each, wanted)]
        self._contents.update(self._read_contents(likely))
        configs = self._configs.find_configs(each.commit for each in likely)
        found: dict[str, tuple[_FileVersion, FormerConfig]] = {}
        for each in likely:
            config = configs.get(each.commit)
            if config is None or not is_same_project(self.target.config, config.settings.section):
                continue
            model = self._find_model(each, config)
            if model in wanted:
                found.setdefault(model, (each, config))
        return found

    def _may_name(self, version: _FileVersion, wanted: Collection[str]) -> bool:
        key = (version.path, version.blob)
        names = {key: self._names[key]} if key in self._names else {}
        return any(model in wanted for model in self._list_possible_models(names))

    def _match_trees(self, wanted: Collection[str]) -> dict[str, tuple[_FileVersion, FormerConfig]]:
        """Match the models with the files of each commit that changed what the config said."""
        names = {key for names in self._names.values() for key in names.items()}
        found: dict[str, tuple[_FileVersion, FormerConfig]] = {}
        for change in self._configs.list_changes():
            config = change.config
            missing = {model for model in wanted if model not in found}
            if config is None or not _may_name_more(config, change.former, names, wanted=missing):
                continue
            tree = list_blobs(self.target.workspace.repository, change.commit, config.folder)
            versions = [_FileVersion(path, blob, change.commit) for path, blob in tree]
            found |= self._match_versions(versions, missing)
        return found

    def _find_model(self, version: _FileVersion, config: FormerConfig) -> str:
        """Return the model that the version named by the config; empty if it named none."""
        path = make_relative(version.path, config.folder)
        if path is None or not config.file_filter.accepts(path):
            return ""
        data = self._contents[version.blob]
        file = read_document(path, data, config.aliases, folder=config.folder)
        return file.model if file else ""

    def _describe_model(self, version: _FileVersion, config: FormerConfig) -> FormerModel:
        workspace = self.target.workspace
        data = self._contents[version.blob]
        path = make_relative(version.path, config.folder) or version.path
        file = read_document(path, data, config.aliases, folder=config.folder)
        relative = make_relative(version.path, workspace.folder)
        is_read = relative is not None and relative in self.files.contents
        return FormerModel(
            relative or os.path.relpath(version.path, workspace.folder).replace(os.sep, "/"),
            file.text if isinstance(file, Document) else None,
            names_another=is_read,
            is_excluded=not is_read and self._has_file(version.path),
        )

    def _has_file(self, path: str) -> bool:
        """Return True if the source still has the file, relative to the root."""
        repository = self.target.workspace.repository
        if self.files.source.kind == "commit" and self.files.source.commit:
            return repository.has_path(self.files.source.commit, path)
        return os.path.lexists(repository.root / path)


def _may_name_more(
    config: FormerConfig,
    former: FormerConfig | None,
    names: Iterable[tuple[str, str]],
    *,
    wanted: Collection[str],
) -> bool:
    """Return True if a change of the config can have made files name one of the models."""
    gained = [
        name
        for target, name in names
        if target == config.aliases.target and config.aliases.get_model_id(name) in wanted
    ]
    if former is None or (former.folder, former.exclude) != (config.folder, config.exclude):
        return bool(gained)
    return any(
        former.aliases.target != config.aliases.target
        or former.aliases.get_model_id(name) != config.aliases.get_model_id(name)
        for name in gained
    )
