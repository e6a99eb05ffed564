"""Read the config of a target, with its table of names, in each commit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sync.git import find_blobs
from sync.workspace.former_configs import (
    FormerConfig,
    choose_former_config,
    list_config_names,
    make_present_config,
    parse_table,
    select_own_configs,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sync.config.names import NamesTable
    from sync.git import Event, FolderHistory
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """A commit that changed the config or its table, with the versions after and before it.

    A version is None if it does not name the target.
    """

    commit: str
    config: FormerConfig | None
    former: FormerConfig | None


@dataclass(frozen=True)
class ConfigHistory:
    """All versions of the target's config in the history of `tip`, and the commits that had them.

    Files that the checkout still has under another path are the configs of somebody else. A config
    that was never committed counts for every commit as it is now.
    """

    target: Target
    tip: str

    @property
    def _history(self) -> FolderHistory:
        return self.target.workspace.get_history(self.tip)

    @property
    def versions(self) -> list[FormerConfig]:
        """Return the configs of the target in all versions, each different one once.

        Each version of a table of names counts beside one config that names it.
        """
        configs = [each for each in self._by_blob.values() if each] or [self._present]
        by_table = {(each.names_path, each.aliases.target): each for each in configs}
        combined = [
            former.with_names_of(table)
            for (path, _), former in by_table.items()
            for event in self._table_changes
            if event.path == path and (table := self._tables.get(event.new or ""))
        ]
        every = [*configs, *map(self._add_names_of_today, configs), *combined]
        return list({repr(each): each for each in every}.values())

    def list_changes(self) -> Iterator[ConfigChange]:
        """Yield the changes of the config and its tables, newest first of each."""
        tables = self._find_tables({each.commit for each in self._changes})
        for each in self._changes:
            new, old = (
                self._by_blob.get((each.path, blob)) if blob else None
                for blob in (each.new, each.old)
            )
            yield ConfigChange(
                each.commit,
                new and self._add_names(new, tables.get((each.commit, new.names_path))),
                old and self._add_names(old, tables.get((each.commit, old.names_path))),
            )
        configs = self._find_plain_configs([each.commit for each in self._table_changes])
        for each in self._table_changes:
            config = configs.get(each.commit)
            if config and config.names_path == each.path:
                new, old = (self._add_names(config, blob) for blob in (each.new, each.old))
                yield ConfigChange(each.commit, new, old)

    def find_configs(self, commits: Iterable[str]) -> dict[str, FormerConfig]:
        """Return the config in each commit; leave out commits without the target."""
        configs = self._find_plain_configs(commits)
        tables = self._find_tables(configs)
        return {
            commit: self._add_names(config, tables.get((commit, config.names_path)))
            for commit, config in configs.items()
        }

    # --- config files ---

    @cached_property
    def _changes(self) -> list[Event]:
        """Return the changes of the config file, newest first."""
        every = self._history.read_named_changes(list_config_names(self.target))
        own = select_own_configs(self.target, {each.path for each in every})
        return [each for each in every if each.path in own]

    @cached_property
    def _by_blob(self) -> Mapping[tuple[str, str], FormerConfig | None]:
        """Return the config of the target in each version, by path and blob, without tables."""
        pairs = [(each.path, each.new) for each in self._changes if each.new]
        contents = self._read_local_blobs({blob for _, blob in pairs})
        return {
            (path, blob): choose_former_config(contents[blob], self.target, path=path)
            for path, blob in pairs
            if blob in contents
        }

    @property
    def _present(self) -> FormerConfig:
        return make_present_config(self.target)

    def _find_plain_configs(self, commits: Iterable[str]) -> dict[str, FormerConfig]:
        """Return the config in each commit, without tables."""
        commits = list(dict.fromkeys(commits))
        if not self._changes:
            return dict.fromkeys(commits, self._present)
        own = self.target.workspace.relative_config
        others = sorted({each.path for each in self._changes} - {own})
        found: dict[str, FormerConfig] = {}
        for path in (own, *others):
            asked = [commit for commit in commits if commit not in found]
            for commit, blob in find_blobs(self.target.workspace.repository, asked, path).items():
                if config := self._by_blob.get((path, blob)):
                    found[commit] = config
        return found

    # --- tables of names ---

    @cached_property
    def _table_paths(self) -> set[str]:
        every = [*self._by_blob.values(), self._present]
        return {each.names_path for each in every if each and each.names_path}

    @cached_property
    def _table_changes(self) -> list[Event]:
        """Return the changes of the tables of names, newest first."""
        names = sorted({PurePosixPath(path).name for path in self._table_paths})
        if not names:
            return []
        every = self._history.read_named_changes(names)
        return [each for each in every if each.path in self._table_paths]

    @cached_property
    def _tables(self) -> Mapping[str, NamesTable]:
        """Return each version of the tables that can be read, by blob."""
        contents = self._read_local_blobs({each.new for each in self._table_changes if each.new})
        tables = {blob: parse_table(data) for blob, data in contents.items()}
        return {blob: table for blob, table in tables.items() if table}

    def _find_tables(self, commits: Iterable[str]) -> dict[tuple[str, str | None], str]:
        """Return the blobs of the tables in the commits, by commit and path."""
        asked = list(commits)
        return {
            (commit, path): blob
            for path in self._table_paths
            for commit, blob in find_blobs(self.target.workspace.repository, asked, path).items()
        }

    def _add_names(self, config: FormerConfig, blob: str | None) -> FormerConfig:
        """Return the config with the names of a version of its table, if there was one.

        A version that cannot be read gives the names of today.
        """
        if blob is None or config.names_path is None:
            return config
        table = self._tables.get(blob)
        return config.with_names_of(table) if table else self._add_names_of_today(config)

    def _add_names_of_today(self, former: FormerConfig) -> FormerConfig:
        """Return the config with the names of today where a table of names stood beside it."""
        if former.names_path is None:
            return former
        return former.with_defaults_of(self.target.aliases)

    def _read_local_blobs(self, blobs: set[str]) -> dict[str, bytes]:
        """Read the blobs that this clone has."""
        repository = self.target.workspace.repository
        return dict(repository.git.read_blobs(repository.find_local_blobs(blobs)))
