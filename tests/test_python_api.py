"""The public Python API: plan and apply from a program that only says `import sync`."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import HERMETIC, Repo
from sandbox_files import SandboxFile
from studio import KEY

import sync
from sync.errors import DeclinedError, RefusedError
from sync.sandbox.app import create_app
from sync.sandbox.schema import StoredModel
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

ROOT = Path(__file__).parent.parent
NAMES = [
    "Credentials",
    "Events",
    "OpenTarget",
    "Outcome",
    "Overrides",
    "Plan",
    "Run",
    "Scenario",
    "Server",
    "Stop",
    "SyncError",
    "Text",
    "open_target",
]
CONFIG = "version: 1\ntargets: {production: {sandbox: store.sqlite3}}\n"
REEF = "---\nmodel: model_reef\n---\nA shallow reef, at dusk.\n"


@pytest.fixture
def repo(tmp_path):
    """A repository with one text to update, its target a sandbox."""
    repo = Repo.create(tmp_path / "studio")
    first = REEF.replace(", at dusk", "")
    repo.committed({"config.yaml": CONFIG, ".gitignore": "store.sqlite3\n"})
    repo.committed({"descriptions/worlds/reef.md": first})
    repo.committed({"descriptions/worlds/reef.md": REEF})
    SandboxFile(repo.path / "store.sqlite3").fill({"model_reef": "A shallow reef.\n"})
    return repo


def remote_text(repo):
    return SandboxFile(repo.path / "store.sqlite3").texts["model_reef"]


def run_script(script, cwd):
    """Run a script in a process of its own, in which nothing of this project is imported."""
    environment = {**os.environ, **HERMETIC}
    command = [sys.executable, "-W", "error", "-c", script]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def documented_scripts():
    return re.findall(
        r"^```python\n(.*?)^```$", (ROOT / "docs/python.md").read_text(), re.MULTILINE | re.DOTALL
    )


def test_the_public_names_are_these_and_no_others():
    assert sync.__all__ == NAMES
    assert set(dir(sync)) == {*NAMES, "__version__"}
    assert all(getattr(sync, name).__name__ == name for name in NAMES)


def test_importing_the_package_imports_nothing_else():
    ran = run_script("import sync, sys; print([m for m in sys.modules if m[:5] == 'sync.'])", ".")
    assert (ran.stdout, ran.stderr) == ("[]\n", "")


def test_a_name_of_a_command_is_not_a_module_of_the_package():
    for name in ("plan", "apply", "pull"):
        with pytest.raises(ImportError, match=name):
            exec(f"from sync import {name}")  # noqa: S102 - the statement that a user writes


SCRIPT = """
import asyncio, json, logging, os, signal, sys
def look():
    signals = [signal.getsignal(number) for number in sorted(signal.valid_signals())]
    root = logging.getLogger()
    return dict(os.environ), list(map(str, signals)), root.level, list(root.handlers)
before, asked = look(), []
import sync
async def main():
    async with sync.open_target() as target:
        plan = await target.plan()
        return plan, await target.apply(plan, confirm=lambda plan: asked.append(plan) or True)
plan, run = asyncio.run(main())
assert look() == before and asked == [plan]
with open("result.json", "w") as file:
    json.dump([plan.summary, run.summary], file)
"""


def test_a_script_plans_and_applies_without_a_trace_in_its_process(repo):
    ran = run_script(SCRIPT, repo.path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert json.loads((repo.path / "result.json").read_text()) == [{"update": 1}, {"applied": 1}]
    assert remote_text(repo) == "A shallow reef, at dusk.\n"


def test_plan_and_apply_of_the_docs_run(repo):
    deploy, _ = documented_scripts()
    ran = run_script(deploy, repo.path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "{'update': 1} []\n{'applied': 1} ['']\n"
    assert remote_text(repo) == "A shallow reef, at dusk.\n"


def test_the_client_of_the_docs_runs(served, tmp_path, monkeypatch):
    url, stage = served
    model = StoredModel(id="model_reef", description="A reef.\n")
    store = Store(tmp_path / "store.sqlite3", seed=Seed(models={model.id: model}))
    stage.app = create_app(store, without_key=True)
    for name, value in {**KEY, "SCENARIO_BASE_URL": url}.items():
        monkeypatch.setenv(name, value)
    _, show = documented_scripts()
    ran = run_script(show, tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "A reef.\n () ()\nA new text.\n\n"
    assert store.read_text("model_reef") == "A new text.\n"


@pytest.mark.anyio
async def test_nothing_is_written_if_confirm_returns_false(repo):
    async def decline(plan):
        return len(plan.writes) > 1

    async with sync.open_target(repo.path / "config.yaml") as target:
        plan = await target.plan(models=["model_reef"])
        with pytest.raises(DeclinedError):
            await target.apply(plan, confirm=decline)
    assert remote_text(repo) == "A shallow reef.\n"


@pytest.mark.anyio
async def test_a_limit_refuses_the_run_unless_it_is_lifted(repo):
    repo.write("descriptions/worlds/reef.md", REEF.replace("dusk", "dawn"))
    async with sync.open_target(repo.path / "config.yaml") as target:
        plan = await target.plan()
        assert [violation.rule for violation in plan.violations] == ["dirty_folder"]
        refused = await target.apply(plan)
        run = await target.apply(plan, overrides=sync.Overrides(allow_dirty=True))
    assert (refused.summary, len(refused.refusals)) == ({"refused": 1}, 1)
    assert run.summary == {"applied": 1}
    assert remote_text(repo) == "A shallow reef, at dawn.\n"


@pytest.mark.anyio
async def test_a_change_of_the_file_since_the_plan_is_refused(repo):
    async with sync.open_target(repo.path / "config.yaml") as target:
        plan = await target.plan()
        repo.committed({"descriptions/worlds/reef.md": REEF.replace("dusk", "dawn")})
        run = await target.apply(plan)
    assert run.summary == {"refused": 1}
    assert remote_text(repo) == "A shallow reef.\n"


@pytest.mark.anyio
async def test_a_plan_of_another_project_is_refused(repo):
    other = CONFIG.replace("store.sqlite3", "other.sqlite3")
    async with sync.open_target(repo.path / "config.yaml") as target:
        plan = await target.plan()
    repo.write("config.yaml", other)
    async with sync.open_target(repo.path / "config.yaml") as target:
        with pytest.raises(RefusedError):
            await target.apply(plan)


@pytest.mark.anyio
async def test_a_run_is_rolled_back_as_the_command_would(repo):
    async with sync.open_target(repo.path / "config.yaml") as target:
        await target.apply(await target.plan())
        run = await target.apply(await target.plan_rollback())
    assert run.summary == {"applied": 1}
    assert remote_text(repo) == "A shallow reef.\n"
    log = repo.git("log", "--format=%s", "--all", "--glob=refs/description-sync/*")
    assert "rollback" in log


@pytest.mark.anyio
async def test_a_rollback_holds_until_it_is_resumed(repo):
    async with sync.open_target(repo.path / "config.yaml") as target:
        await target.apply(await target.plan())
        await target.apply(await target.plan_rollback())
        assert (await target.plan()).summary == {"held": 1}
        run = await target.apply(await target.plan(resume=True))
    assert run.summary == {"applied": 1}


@pytest.mark.anyio
async def test_an_older_release_replaces_a_newer_text_only_if_that_is_allowed(repo):
    older = repo.head()
    async with sync.open_target(repo.path / "config.yaml") as target:
        await target.apply(await target.plan())
        repo.write("descriptions/worlds/reef.md", REEF.replace("at dusk", "at noon"))
        repo.commit()
        await target.apply(await target.plan())
        assert (await target.plan(commit=older)).writes == ()
        assert len((await target.plan(commit=older, allow_older=True)).writes) == 1
