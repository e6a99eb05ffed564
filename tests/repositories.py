"""Real repositories for tests, deaf to the machine's own git configuration."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from sync.forge.ci_job import CI_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

HERMETIC = {
    "GIT_CONFIG_GLOBAL": str(Path(__file__).with_name("gitconfig")),
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}
IDENTITY = {"user.name": "Ada Painter", "user.email": "ada@studio.example"}
TIMES = count(1_790_000_000, 60)  # of commits: git need not be asked for the one before
FULL_ID = re.compile(r"\b[0-9a-f]{40,64}(?=\])")


def make_hermetic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git, in this process and its children, read no configuration but the repository's.

    Whether the tests run in a CI job decides nothing either.
    """
    for name, value in HERMETIC.items():
        monkeypatch.setenv(name, value)
    committers = [name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))]
    for name in (*committers, *CI_VARIABLES):
        monkeypatch.delenv(name, raising=False)


@dataclass(frozen=True)
class Repo:
    """A repository to be filled by a test; each commit is a minute younger than the one before.

    With `times` of its own, its commits have the same ids in each run of the tests.
    """

    path: Path
    times: Iterator[int] = field(default=TIMES, repr=False, compare=False)

    @classmethod
    def create(cls, path: Path, *options: str) -> Repo:
        """A new repository on branch main, with an identity."""
        path.mkdir(parents=True, exist_ok=True)
        repo = cls(path)
        repo.git("init", "--quiet", "--initial-branch=main", *options)
        with (path / ("config" if "--bare" in options else ".git/config")).open("a") as config:
            for key, value in IDENTITY.items():
                section, name = key.split(".")
                config.write(f"[{section}]\n\t{name} = {value}\n")
        return repo

    def clone(self, path: Path, *options: str) -> Repo:
        """A clone through git's own protocol, so that it may be shallow or partial."""
        identity = [f"--config={key}={value}" for key, value in IDENTITY.items()]
        command = ["clone", "--quiet", *identity, *options, self.path.as_uri(), str(path)]
        self.git("-c", "protocol.file.allow=always", *command)
        return Repo(path)

    def write(self, path: str, text: str | bytes) -> Path:
        """Put a file on disk, without adding it."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def commit(self, message: str = "Change descriptions") -> str:
        """Commit all that is on disk, and give the commit's id."""
        self.git("add", "--all")
        command = ["-c", "core.abbrev=no", "commit", "--allow-empty", "-m", message]
        return FULL_ID.search(self.git(*command, env=self._next_minute()))[0]

    def commit_file(self, path: str) -> None:
        """Commit one file and nothing else that is on disk."""
        self.git("add", "--force", "--", path)
        command = ["commit", "--quiet", "--allow-empty", "-m", "Change", "--only", "--", path]
        self.git(*command, env=self._next_minute())

    def committed(self, files: dict[str, str | bytes], *, message: str = "Write") -> str:
        """Write the files, commit them, and give the commit's id."""
        for path, text in files.items():
            self.write(path, text)
        return self.commit(message)

    def merge(self, branch: str, *options: str) -> None:
        """Merge a branch; conflicts are left for the test."""
        command = ["git", "merge", "--quiet", "--no-edit", *options, branch]
        env = os.environ | HERMETIC | self._next_minute()
        subprocess.run(command, cwd=self.path, env=env, check=False, capture_output=True)

    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *command: str, env: dict[str, str] | None = None) -> str:
        """What git answers; a failure fails the test, with git's complaint."""
        return self.raw(*command, env=env).decode()

    def raw(self, *command: str, env: dict[str, str] | None = None) -> bytes:
        """As `git`, byte for byte."""
        answer = subprocess.run(
            ["git", *command],
            cwd=self.path,
            env=os.environ | HERMETIC | (env or {}),
            capture_output=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr.decode()
        return answer.stdout

    def _next_minute(self) -> dict[str, str]:
        time = f"{next(self.times)} +0000"
        return {"GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time}
