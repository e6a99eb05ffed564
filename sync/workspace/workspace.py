"""The workspace of a command: config.yaml, the repository around it, and its targets."""

from __future__ import annotations

import os
import time
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING

from sync.config.settings import Config, TargetConfig, get_target_identity, parse_config
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import read_documents
from sync.descriptions.file_filter import FileFilter
from sync.errors import ConfigError, GitError, UsageError
from sync.git import (
    FolderHistory,
    Repository,
    SnapshotStore,
    find_uncommitted_files,
    normalize_path,
)
from sync.scenario import Clock, Credentials, Scenario, Server, SkippingClock
from sync.workspace.find_config import (
    decode_config,
    format_path,
    locate_config,
    read_config_bytes,
)
from sync.workspace.names_file import add_names_of_file, get_names_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from typing import TypeAlias

    from sync.git import FolderListing, TrackedFiles
    from sync.model.document import Document, InvalidFile, ReferenceKind
    from sync.model.target_identity import TargetIdentity
    from sync.scenario import Notice

    NamesOfOthers: TypeAlias = tuple[
        frozenset[tuple[ReferenceKind, str]], Mapping[str, tuple[str, str]]
    ]


_NO_WAIT = "DESCRIPTION_SYNC_NO_WAIT"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The config, the repository that holds it, and the folder of descriptions within that.

    `config_data` are the bytes that the config was read from. `relative_config` and `folder` are
    relative to the repository's root, with "/" between their parts; `target_names` are the targets
    that the command line names. `notes` say how the config was read, if not as it stands.
    `histories` are those that were read already.
    """

    config: Config
    config_path: Path
    config_data: bytes
    repository: Repository
    relative_config: str
    folder: str
    target_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    histories: dict[str | None, FolderHistory] = field(default_factory=dict, repr=False)
    _names_of_others: dict[str, NamesOfOthers] = field(default_factory=dict, repr=False)

    @property
    def file_filter(self) -> FileFilter:
        return FileFilter(self.config.exclude)

    def read_tracked_files(self, commit: str | None) -> TrackedFiles:
        """Read the descriptions that git tracks, from disk or from a commit."""
        return self.repository.read_tracked_files(
            self.folder, commit, include=self.file_filter.accepts
        )

    def get_history(self, commit: str | None) -> FolderHistory:
        """Return the history of the folder up to a commit or HEAD; it is read once."""
        tip = commit or self.repository.find_head()
        new = FolderHistory(self.repository, self.folder, tip)
        return self.histories.setdefault(tip, new)

    def find_uncommitted_files(
        self, listing: FolderListing, contents: Mapping[str, bytes], *, head: str | None
    ) -> list[str]:
        """List the descriptions, config file and table of names that are not in the current commit.

        `contents` are the descriptions as they were read. Paths are relative to the root.
        """
        files = {self.relative_config: (self.config_path, self.config_data)}
        names = get_names_path(self.config, self.config_path)
        if self.config.names and names.exists():
            files[make_relative_path(names, self.repository)] = (names, names.read_bytes())
        places = {name: self._find_place(path) for name, (path, _) in files.items()}
        found = find_uncommitted_files(
            self.repository,
            listing,
            contents,
            head=head,
            include=self.file_filter.accepts,
            others={place: files[name][1] for name, place in places.items() if place},
        )
        paths = sorted(normalize_path(self.folder, path) for path in found.descriptions)
        more = (name for name, place in places.items() if place is None or place in found.others)
        return [*paths, *more]

    def _find_place(self, path: Path) -> str | None:
        """Return the path of a file from the root; None if a link leads out of the repository."""
        file = Path(os.path.realpath(path))
        root = Path(os.path.realpath(self.repository.root))
        return file.relative_to(root).as_posix() if file.is_relative_to(root) else None

    def list_names_of_others(self, target: str) -> NamesOfOthers:
        """List the names that the other targets have, by kind, and the models of them alone.

        Of each such model, by id, the target and the name. They are collected once.
        """
        if target not in self._names_of_others:
            named = {name: each for name, each in self.config.targets.items() if name != target}
            others = named.values()
            names: frozenset[tuple[ReferenceKind, str]] = frozenset(
                [("model", name) for each in others for name in each.models]
                + [("asset", name) for each in others for name in each.assets]
            )
            own = {*self.config.targets[target].models.values()}
            models = {
                id_: (other, name)
                for other, each in named.items()
                for name, id_ in each.models.items()
                if id_ not in own
            }
            self._names_of_others[target] = names, models
        return self._names_of_others[target]

    def get_target(self, name: str | None) -> Target:
        """Return the target of that name, or else the default target. Raises UsageError."""
        return Target(self, *self.config.get_target(name))

    def list_targets(self) -> list[Target]:
        """Return the named targets, each once, or else the default target."""
        return [self.get_target(name) for name in dict.fromkeys(self.target_names)] or [
            self.get_target(None)
        ]

    def get_only_target(self, why: str) -> Target:
        """Return the only target. Raises UsageError, with `why`, if several are named."""
        match self.list_targets():
            case [target]:
                return target
            case _:
                raise UsageError(why, hint="Name one with --target.")


@dataclass(frozen=True, slots=True)
class Target:
    """One target of the workspace."""

    workspace: Workspace
    name: str
    config: TargetConfig

    @property
    def identity(self) -> TargetIdentity:
        return get_target_identity(self.name, self.config, config=self.workspace.relative_config)

    @property
    def aliases(self) -> Aliases:
        names, models = self.workspace.list_names_of_others(self.name)
        return Aliases(self.name, self.config.models, self.config.assets, names, models)

    def read_documents(
        self, files: Mapping[str, bytes], *, doubts: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[list[Document], list[InvalidFile]]:
        """Read what files say for this target; a file with a reason in `doubts` is invalid."""
        return read_documents(files, self.aliases, folder=self.workspace.folder, doubts=doubts)

    @property
    def push_remote(self) -> str | None:
        """Return the git remote that shares the snapshots, if any."""
        return self.workspace.config.get_push_remote(self.config)

    @property
    def sandbox_path(self) -> Path | None:
        """Return the file of the embedded sandbox; None if the target is not a sandbox.

        Raises ConfigError if a symbolic link leads out of the folder of config.yaml.
        """
        if self.config.sandbox is None:
            return None
        folder = self.workspace.config_path.parent
        path = folder / self.config.sandbox
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
            raise ConfigError(
                f'target "{self.name}": a symbolic link leads {path} out of its folder',
                hint="Remove the link, or name another file.",
            )
        return path

    @property
    def snapshots(self) -> SnapshotStore:
        return SnapshotStore(self.workspace.repository, self.identity)

    @asynccontextmanager
    async def connect(self, observe: Callable[[Notice], None]) -> AsyncIterator[Scenario]:
        """Open a client for the target, with credentials from the environment.

        Raises ConfigError if they are missing, SyncError if the sandbox is not installed.
        """
        target = self.config
        connected: AbstractAsyncContextManager[Scenario]
        if self.sandbox_path:
            connected = _open_embedded_sandbox(self.sandbox_path, target, observe)
        else:
            server = Server(
                base_url=target.base_url,
                project_id=target.project_id,
                credentials=_read_credentials(self.name, target),
                requests_per_minute=target.requests_per_minute,
                concurrency=target.concurrency,
                timeout=target.timeout,
                retries=target.retries,
            )
            connected = Scenario(server, observe=observe, clock=_create_clock())
        async with connected as scenario:
            yield scenario


def open_workspace(
    config: Path | None = None, targets: Sequence[str] = (), *, all_targets: bool = False
) -> Workspace:
    """Read config.yaml and find the repository.

    Without `config`, config.yaml is searched from the working directory upwards. Raises
    ConfigError, GitError, and UsageError if `targets` and `all_targets` are combined.
    """
    path = locate_config(config)
    data = read_config_bytes(path)
    read = parse_config(decode_config(path, data), path=format_path(path))
    repository = Repository.discover(path.parent)
    read = _add_names(read, path, repository)
    name = make_relative_path(path, repository)
    folder = (PurePosixPath(name).parent / read.descriptions).as_posix()
    names = read.select_target_names(targets, all_targets=all_targets)
    return Workspace(read, path, data, repository, name, folder, names)


def _add_names(config: Config, path: Path, repository: Repository) -> Config:
    """Return the config with the names of its table.

    A table that is not there yet has no names. Raises ConfigError if git has one.
    """
    table = get_names_path(config, path)
    if config.names and not table.exists():
        relative = make_relative_path(table, repository)
        if repository.has_path("HEAD", relative):
            raise ConfigError(
                f"{format_path(table)} is missing, although git has it",
                hint=f"Restore it: `git checkout HEAD -- {format_path(table)}`, or take `names` "
                "out of config.yaml.",
            )
    return add_names_of_file(config, path)


def make_relative_path(config: Path, repository: Repository) -> str:
    """Return the path of config.yaml from the repository's root; a link there is not followed."""
    folder = Path(os.path.realpath(config.parent))
    return (folder / config.name).relative_to(os.path.realpath(repository.root)).as_posix()


def find_relative_config(config: Path | None) -> str:
    """Return the path of config.yaml as in a target's identity; empty if it cannot be found."""
    try:
        path = locate_config(config)
        return make_relative_path(path, Repository.discover(path.parent))
    except (ConfigError, GitError, OSError, ValueError):
        return ""


def _read_credentials(name: str, target: TargetConfig) -> Credentials:
    names = target.credentials
    key = os.environ.get(names.api_key_env, "").strip()
    secret = os.environ.get(names.api_secret_env, "").strip()
    token = os.environ.get(names.jwt_env, "").strip()
    for variable, value in (
        (names.api_key_env, key),
        (names.api_secret_env, secret),
        (names.jwt_env, token),
    ):
        if value != value.encode(errors="ignore").decode():  # Python keeps such bytes apart
            raise ConfigError(
                f'target "{name}": {variable} is not UTF-8',
                hint="Copy it again from Scenario's project settings.",
            )
    if (key and secret) or token:
        return Credentials(
            key=key,
            secret=secret,
            jwt=token,
            key_variables=f"{names.api_key_env} and {names.api_secret_env}",
            token_variable=names.jwt_env,
        )
    missing = [
        variable
        for variable, value in ((names.api_key_env, key), (names.api_secret_env, secret))
        if not value
    ]
    raise ConfigError(
        f'target "{name}" has no credentials: {" and ".join(missing)} not set',
        hint=f"Create an API key in Scenario's project settings and set {names.api_key_env} and "
        f"{names.api_secret_env} (or {names.jwt_env}) in the environment.",
    )


@asynccontextmanager
async def _open_embedded_sandbox(
    path: Path, target: TargetConfig, observe: Callable[[Notice], None]
) -> AsyncIterator[Scenario]:
    from sync.sandbox.app import create_app  # noqa: PLC0415 - an optional extra
    from sync.sandbox.store import Store  # noqa: PLC0415

    server = Server(
        base_url="http://localhost/v1",
        project_id=target.project_id,
        credentials=None,
        requests_per_minute=0,
        concurrency=target.concurrency,
        timeout=target.timeout,
        retries=target.retries,
    )
    with closing(Store(path)) as store:
        app = create_app(store, without_key=True)
        async with Scenario(server, app=app, observe=observe, clock=_create_clock()) as scenario:
            yield scenario


def _create_clock() -> Clock:
    """Create a real clock; in tests of the whole command, one that skips every wait."""
    return SkippingClock() if os.environ.get(_NO_WAIT) else Clock()


def choose_sleep() -> Callable[[float], None]:
    """Choose how to wait for a forge; tests do not wait."""
    return (lambda _: None) if os.environ.get(_NO_WAIT) else time.sleep
