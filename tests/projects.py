"""A repository for several projects, each an embedded sandbox, and the real command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from repositories import Repo, make_hermetic
from sandbox_files import SandboxFile
from studio import Ran

from sync.cli import main

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest


@dataclass(frozen=True)
class Projects:
    """The repository, which is the working directory, and its targets."""

    repo: Repo
    capsys: pytest.CaptureFixture[str]

    @classmethod
    def create(
        cls, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Projects:
        make_hermetic(monkeypatch)
        monkeypatch.setenv("COLUMNS", "100")
        repo = Repo.create(path)
        monkeypatch.chdir(path)
        repo.write(".gitignore", "/.sandboxes\n")
        return cls(repo, capsys)

    def configure(self, **targets: Mapping[str, Any]) -> None:
        """Write config.yaml; each target is an embedded sandbox unless it says otherwise."""
        sections = {
            name: section
            if "base_url" in section
            else {"sandbox": f".sandboxes/{name}.sqlite3", **section}
            for name, section in targets.items()
        }
        config = {"version": 1, "target": "production", "targets": sections}
        self.repo.write("config.yaml", yaml.safe_dump(config))

    def seed(self, target: str, *, models: Mapping[str, Any], assets: tuple[str, ...] = ()) -> None:
        """Fill a target, as `SandboxFile.fill` says."""
        self._sandbox(target).fill(models, assets=dict.fromkeys(assets))

    def write(self, target: str, model: str, text: str) -> None:
        """Edit a description as the web app would."""
        self._sandbox(target).write(model, text)

    def texts(self, target: str) -> dict[str, str]:
        """Every description that a target holds."""
        return self._sandbox(target).texts

    def _sandbox(self, target: str) -> SandboxFile:
        return SandboxFile(self.repo.path / ".sandboxes" / f"{target}.sqlite3")

    def run(self, *words: str) -> Ran:
        """Run the real command."""
        self.capsys.readouterr()
        code = main([*words])
        printed = self.capsys.readouterr()
        return Ran(code, printed.out, printed.err)
