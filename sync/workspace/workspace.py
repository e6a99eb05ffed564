"""Where a command works: the config it found, the repository around it, the targets it chose."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from sync.config.settings import Config, TargetConfig, get_target_identity, parse_config
from sync.descriptions.aliases import Aliases
from sync.descriptions.file_filter import FileFilter
from sync.errors import ConfigError, UsageError
from sync.git import FolderHistory, Repository, SnapshotStore
from sync.scenario import Clock, Credentials, Scenario, Server, SkippingClock
from sync.workspace.find_config import config_path, format_path, read_config_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from sync.cli.settings import Settings
    from sync.model import TargetIdentity
    from sync.scenario import Notice


NO_WAIT = "DESCRIPTION_SYNC_NO_WAIT"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The config, the repository that holds it, and the folder of descriptions within that.

    `relative_config` and `folder` are relative to the repository's root, with "/" between
    their parts; `names` are the targets that the command line names.
    """

    config: Config
    config_path: Path
    repository: Repository
    relative_config: str
    folder: str
    target_names: tuple[str, ...] = ()
    _histories: dict[str | None, FolderHistory] = field(default_factory=dict, repr=False)

    @property
    def rules(self) -> FileFilter:
        return FileFilter(self.config.exclude)

    def get_history(self, commit: str | None) -> FolderHistory:
        """The history of the folder up to a commit, or to the one at hand; read once."""
        tip = commit or self.repository.find_head()
        new = FolderHistory(self.repository, self.folder, tip)
        return self._histories.setdefault(tip, new)

    def get_target(self, name: str | None) -> Target:
        """The target of that name, else the default one. Raises UsageError."""
        return Target(self, *self.config.get_target(name))

    def list_targets(self) -> list[Target]:
        """What the command is for: the targets named, each once, else the default one."""
        return [self.get_target(name) for name in dict.fromkeys(self.target_names)] or [
            self.get_target(None)
        ]

    def get_only_target(self, why: str) -> Target:
        """The one target that the command is for. Raises UsageError, with `why`, for several."""
        match self.list_targets():
            case [chosen]:
                return chosen
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
        return Aliases(self.name, self.config.models, self.config.assets)

    @property
    def sandbox_path(self) -> Path | None:
        """Where the embedded sandbox keeps its state; None for a target that is none.

        Raises ConfigError where a symbolic link leads elsewhere.
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
        """A client for the target; credentials come from the environment.

        Raises ConfigError where they are not there, SyncError where the sandbox's packages aren't.
        """
        target = self.config
        connected: AbstractAsyncContextManager[Scenario]
        if self.sandbox_path:
            connected = _embedded(self.sandbox_path, target, observe)
        else:
            server = Server(
                base_url=target.base_url,
                project_id=target.project_id,
                credentials=_credentials(self.name, target),
                requests_per_minute=target.requests_per_minute,
                concurrency=target.concurrency,
                timeout=target.timeout,
                retries=target.retries,
            )
            connected = Scenario(server, observe=observe, clock=_clock())
        async with connected as scenario:
            yield scenario


def open_workspace(settings: Settings) -> Workspace:
    """Find and read the config and the repository. Raises ConfigError, UsageError or GitError."""
    path = config_path(settings)
    config = parse_config(read_config_text(path), path=format_path(path))
    repository = Repository.discover(path.parent)
    name = relative_path(path, repository)
    folder = (PurePosixPath(name).parent / config.descriptions).as_posix()
    return Workspace(config, path, repository, name, folder, settings.select_target_names(config))


def relative_path(config: Path, repository: Repository) -> str:
    """The path of a config file from the repository's root; a link of that name is not followed."""
    folder = Path(os.path.realpath(config.parent))
    return (folder / config.name).relative_to(os.path.realpath(repository.root)).as_posix()


def _credentials(name: str, target: TargetConfig) -> Credentials:
    names = target.credentials
    key = os.environ.get(names.api_key_env, "").strip()
    secret = os.environ.get(names.api_secret_env, "").strip()
    token = os.environ.get(names.jwt_env, "").strip()
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
async def _embedded(
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
        async with Scenario(server, app=app, observe=observe, clock=_clock()) as scenario:
            yield scenario


def _clock() -> Clock:
    """Real time; for tests of the whole command, one on which every wait is over at once."""
    return SkippingClock() if os.environ.get(NO_WAIT) else Clock()
