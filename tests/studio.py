"""A studio at work: its repository, the sandbox that it is served, and the real command."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from processes import LIMIT, started
from request_counter import counted

from sync.cli import main
from sync.git.snapshot_names import make_snapshot_file_name
from sync.sandbox.app import create_app
from sync.sandbox.faults import parse_fault
from sync.sandbox.schema import StoredModel
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from repositories import Repo
    from starlette.types import ASGIApp, Receive, Scope, Send

KEY = {"SCENARIO_SDK_API_KEY": "key", "SCENARIO_SDK_API_SECRET": "secret"}
REF = "refs/description-sync/production"


PROGRESS = re.compile(r"^[^:\n]+: [a-z ]+: \d+ of \d+(?:, about [^;\n]+ left)?\n", re.MULTILINE)


def without_progress(messages: str) -> str:
    """Leave out how far a step is, which only a slow machine tells."""
    return PROGRESS.sub("", messages)


class Stage:
    """What the one server of all tests serves: the app of the test that is running."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def states(self) -> dict[str, str]:
        """The state of each model in a plan."""
        return {change["model"]: change["state"] for change in self.json["changes"]}

    @property
    def results(self) -> dict[str, str]:
        """What became of each model in a run."""
        return {outcome["model"]: outcome["result"] for outcome in self.json["outcomes"]}

    @property
    def reasons(self) -> dict[str, str]:
        return {outcome["model"]: outcome["reason"] for outcome in self.json["outcomes"]}

    def change(self, model: str) -> dict[str, Any]:
        (change,) = [each for each in self.json["changes"] if each["model"] == model]
        return change


@dataclass(eq=False)
class Studio:
    """One project: files under git here, texts over HTTP there."""

    repo: Repo
    url: str
    stage: Stage
    store: Store = field(init=False)
    _has_commits: bool = False

    def __post_init__(self) -> None:
        self.remote({})
        self.configure()

    # --- there ---

    def remote(self, texts: dict[str, str | None], **told: Any) -> None:
        """Begin a project that holds these texts; `told` goes to the sandbox's app."""
        models = {
            id_: StoredModel(id=id_, name=id_, description=text) for id_, text in texts.items()
        }
        self.store = Store(":memory:", seed=Seed(models=models))
        self.serve(**told)

    def serve(self, *faults: str, **told: Any) -> None:
        """Serve the same project anew: requests are counted from here, and faults strike."""
        app = create_app(self.store, faults=[parse_fault(each) for each in faults], **told)
        self.app = counted(app)
        self.stage.app = self.app

    @property
    def requests(self) -> dict[str, int]:
        """How many of each method the server was sent since it began to serve this."""
        return dict(self.app.state.requests.by_method)

    @property
    def texts(self) -> dict[str, str]:
        return self.store.list_descriptions()

    # --- here ---

    def configure(self, *, config: dict[str, Any] | None = None, **target: Any) -> None:
        """Write config.yaml: its one target, and the rest.

        After the first commit it is committed, unless other changes wait to be committed with it.
        """
        production = {"base_url": self.url, "requests_per_minute": 0, **target}
        content = {"version": 1, "targets": {"production": production}, **(config or {})}
        self.repo.write("config.yaml", yaml.safe_dump(content))
        if self._has_commits and not self.repo.git("status", "--porcelain", "--", ":!config.yaml"):
            self.repo.commit_file("config.yaml")

    def write(self, files: dict[str, str | bytes]) -> None:
        """Put descriptions on disk, by their paths in the folder."""
        for path, text in files.items():
            self.repo.write(f"descriptions/{path}", text)

    def commit(self, files: dict[str, str | bytes] | None = None) -> str:
        self.write(files or {})
        self._has_commits = True
        return self.repo.commit()

    def remove(self, path: str) -> None:
        (self.repo.path / "descriptions" / path).unlink()
        self.repo.commit("Remove")

    # --- the command ---

    def sync(self, *words: str | Path) -> Ran:
        """Run the command in the repository, as a user would, within this process."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.repo.path),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = main([str(word) for word in words])
        return Ran(code, out.getvalue(), without_progress(err.getvalue()))

    def plan(self, *words: str | Path) -> Ran:
        return self.sync("plan", "--format", "json", *words)

    def apply(self, *words: str | Path) -> Ran:
        return self.sync("apply", "--yes", "--format", "json", *words)

    def rollback(self, *words: str) -> Ran:
        return self.sync("rollback", "--yes", "--format", "json", *words)

    @contextlib.contextmanager
    def running(
        self,
        *words: str,
        first: Path | None = None,
        program: Sequence[str] = ("-m", "sync"),
        **streams: int,
    ) -> Iterator[subprocess.Popen[str]]:
        """The command in a process of its own, with the `first` folder to be searched for git."""
        search = os.pathsep.join(map(str, filter(None, [first, os.environ["PATH"]])))
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with started(
            [sys.executable, *program, *words],
            cwd=self.repo.path,
            env=os.environ | {"PATH": search},
            text=True,
            **(pipes | streams),
        ) as process:
            yield process

    # --- what git has ---

    def lacks(self, texts: set[str]) -> set[str]:
        """Those of the texts that git does not have, to the byte, on any ref."""
        objects = set(self.repo.git("rev-list", "--all", "--objects", "--no-object-names").split())
        return {text for text in texts if blob_id(text.encode()) not in objects}

    def snapshot(self, model: str, *, commit: str = REF) -> bytes:
        """What the snapshot ref holds for a model, to the byte."""
        return self.repo.raw("show", f"{commit}:texts/{make_snapshot_file_name(model)}")


def blob_id(content: bytes) -> str:
    """The id that git gives to a file of this content."""
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def ended(process: subprocess.Popen[str], *, timeout: float = LIMIT) -> Ran:
    """Wait for the process, and tell how it ended."""
    out, err = process.communicate(timeout=timeout)
    return Ran(process.returncode, out, without_progress(err))


def until(process: subprocess.Popen[str], words: str) -> str:
    """Read the process's stderr up to the line with these words."""
    for line in process.stderr:
        if words in line:
            return line
    raise AssertionError(f"it ended without saying {words!r}")
