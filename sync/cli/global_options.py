"""Global options that every command receives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from sync.config.settings import Config
    from sync.workspace.workspace import Workspace

Color = Literal["auto", "always", "never"]


@dataclass(slots=True)
class GlobalOptions:
    """The global options; the one given last on the command line wins.

    With `quiet`, an open decision is shown again every `remind` hours.
    """

    config: Path | None = None
    targets: tuple[str, ...] = ()
    all_targets: bool = False
    verbose: bool = False
    quiet: bool = False
    remind: float = 24.0
    color: Color = "auto"

    def open_workspace(self) -> Workspace:
        """Open the workspace that the options name. Raises UsageError, ConfigError and GitError."""
        from sync.workspace.workspace import open_workspace  # noqa: PLC0415 - --help needs none

        return open_workspace(self.config, self.targets, all_targets=self.all_targets)

    def select_target_names(self, config: Config) -> tuple[str, ...]:
        """Return the target names given on the command line; empty if none was given.

        Raises UsageError if --target and --all-targets are combined.
        """
        return config.select_target_names(self.targets, all_targets=self.all_targets)
