"""What a simulated Scenario in a file holds, without a server: `sandbox:` of a target."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class SandboxFile:
    """The database of a sandbox that no process has open for longer than a call."""

    path: Path

    def fill(
        self, models: Mapping[str, Any], *, assets: Mapping[str, Any] | None = None
    ) -> SandboxFile:
        """Begin it: models by id, as a text, None or the API's own fields, and assets."""
        entries = {
            id_: each if isinstance(each, dict) else {"description": each}
            for id_, each in models.items()
        }
        seed = Seed.model_validate({"models": entries, "assets": assets or {}})
        Store(self.path, seed=seed).close()
        return self

    def write(self, model: str, text: str | None) -> None:
        """Edit a description as the web app would."""
        with closing(Store(self.path)) as store:
            store.write_text(model, text)

    @property
    def texts(self) -> dict[str, str]:
        """Every description that there is."""
        with closing(Store(self.path)) as store:
            return store.list_descriptions()
