"""Global options that every command receives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sync.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from sync.config.settings import Config

Color = Literal["auto", "always", "never"]


@dataclass(slots=True)
class Settings:
    """The global options; the one given last on the command line wins."""

    config: Path | None = None
    targets: tuple[str, ...] = ()
    all_targets: bool = False
    verbose: bool = False
    quiet: bool = False
    color: Color = "auto"

    def select_target_names(self, config: Config) -> tuple[str, ...]:
        """Return the target names given on the command line; empty if none was given.

        Raises UsageError if --target and --all-targets are combined.
        """
        if not self.all_targets:
            return self.targets
        if self.targets:
            raise UsageError("--all-targets and --target contradict each other", hint="Give one.")
        return tuple(config.targets)
