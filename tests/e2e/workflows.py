"""Runs workflows as GitHub's runner does, as far as ours need it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
OURS = "OWNER/description-sync@"
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
PAGE = "https://github.test/artifacts/1"
_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}", re.DOTALL)


def workflow(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "examples/github" / name).read_text())


@dataclass
class Ended:
    """How a job ended: whether it succeeded, its outputs, its log, and its summary."""

    success: bool
    outputs: dict[str, str]
    log: str
    summary: str


@dataclass
class Runner:
    """One run of workflows in a checkout. `github` and `secrets` are contexts by dotted name.

    Other actions are not run: the checkout is there, and artifacts are handed on in a folder.
    """

    checkout: Path
    folder: Path
    github: dict[str, str]
    secrets: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)

    def job(self, job: dict[str, Any]) -> Ended | None:
        """Run a job; None where its condition does not hold."""
        contexts = self._contexts()
        if not _truth(job.get("if", ""), contexts):
            return None
        run = _Run(self, contexts, self.environment)
        success = run.all_of(job["steps"], contexts, run.step)
        outputs = {key: _filled(value, contexts) for key, value in job.get("outputs", {}).items()}
        return Ended(success, outputs, run.log, run.summary.read_text())

    def action(self, **inputs: str) -> Ended:
        """Run our action alone, with these inputs."""
        run = _Run(self, self._contexts(), {**self.environment, **self.secrets})
        success = run.ours(inputs, run.environment)
        outputs = {
            key: _filled(each["value"], run.inner) for key, each in ACTION["outputs"].items()
        }
        return Ended(success, outputs, run.log, run.summary.read_text())

    def _contexts(self) -> dict[str, str]:
        return {
            **{f"github.{key}": value for key, value in self.github.items()},
            **{f"secrets.{key}": value for key, value in self.secrets.items()},
            **self.needs,
        }


class _Run:
    def __init__(
        self, runner: Runner, contexts: dict[str, str], environment: dict[str, str]
    ) -> None:
        self.runner = runner
        self.contexts = contexts
        self.environment = environment
        self.inner: dict[str, str] = {}
        self.log = ""
        runner.folder.mkdir(exist_ok=True)
        self.summary = runner.folder / "summary.md"
        self.summary.write_text("")

    def all_of(
        self,
        steps: list[dict[str, Any]],
        contexts: dict[str, str],
        run: Callable[[dict[str, Any]], bool],
    ) -> bool:
        """Run steps; after a failure only those that say so, as `!cancelled()`."""
        success = True
        for step in steps:
            condition = step.get("if", "")
            if (success or "!cancelled()" in condition) and _truth(condition, contexts):
                success = (run(step) or step.get("continue-on-error", False)) and success
        return success

    def step(self, step: dict[str, Any]) -> bool:
        given = {key: _filled(value, self.contexts) for key, value in step.get("with", {}).items()}
        env = {**self.environment, **_environment(step, self.contexts)}
        uses = step.get("uses", "")
        if uses.startswith(OURS):
            success = self.ours(given, env)
            if "id" in step:
                for key, each in ACTION["outputs"].items():
                    name = f"steps.{step['id']}.outputs.{key}"
                    self.contexts[name] = _filled(each["value"], self.inner)
            return success
        if uses:
            self._theirs(uses, given)
            return True
        return self._shell(step, env, self.contexts)

    def ours(self, given: dict[str, str], env: dict[str, str]) -> bool:
        """Our action, but for the steps before `Run`, which need a package index."""
        self.inner = dict(self.contexts)
        for key, each in ACTION["inputs"].items():
            self.inner[f"inputs.{key}"] = given.get(key) or _filled(each["default"], self.contexts)
        steps = ACTION["runs"]["steps"]
        first = next(at for at, step in enumerate(steps) if step["name"] == "Run")

        def inside(step: dict[str, Any]) -> bool:
            if "uses" in step:
                given = {key: _filled(value, self.inner) for key, value in step["with"].items()}
                self._theirs(step["uses"], given)
                self.inner[f"steps.{step.get('id')}.outputs.artifact-url"] = PAGE
                return True
            return self._shell(step, {**env, **_environment(step, self.inner)}, self.inner)

        return self.all_of(steps[first:], self.inner, inside)

    def _theirs(self, uses: str, given: dict[str, str]) -> None:
        artifacts = self.runner.folder / "artifacts"
        if uses.startswith("actions/upload-artifact@"):
            artifacts.mkdir(exist_ok=True)
            shutil.copy(given["path"], artifacts)
        elif uses.startswith("actions/download-artifact@"):
            shutil.copytree(artifacts, self.runner.checkout / given["path"])

    def _shell(self, step: dict[str, Any], env: dict[str, str], contexts: dict[str, str]) -> bool:
        output = self.runner.folder / "output"
        output.write_text("")
        files = {
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(self.runner.folder),
        }
        answer = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.runner.checkout / _filled(step.get("working-directory", "."), contexts),
            env={**base(), **env, **files, "GITHUB_ACTIONS": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
        self.log += answer.stdout + answer.stderr
        for line in output.read_text().splitlines():
            key, _, value = line.partition("=")
            contexts[f"steps.{step.get('id')}.outputs.{key}"] = value
        return answer.returncode == 0


def base() -> dict[str, str]:
    """What every process needs, and no credentials."""
    kept = ("HOME", "LANG", "DESCRIPTION_SYNC_NO_WAIT", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")
    return {
        "PATH": PATH,
        "CI": "true",
        **{key: os.environ[key] for key in kept if key in os.environ},
    }


def _environment(step: dict[str, Any], contexts: dict[str, str]) -> dict[str, str]:
    return {key: _filled(value, contexts) for key, value in step.get("env", {}).items()}


def _filled(value: object, contexts: dict[str, str]) -> str:
    """The value with its expressions replaced by what they are."""
    text = value if isinstance(value, str) else json.dumps(value)
    return _EXPRESSION.sub(lambda match: _value(match[1], contexts), text)


def _value(expression: str, contexts: dict[str, str]) -> str:
    if "==" in expression or "!=" in expression:
        return json.dumps(_truth(expression, contexts))
    return contexts.get(expression, "")


def _truth(condition: str, contexts: dict[str, str]) -> bool:
    bare = condition.strip().removeprefix("${{").removesuffix("}}").replace("!cancelled()", "")
    return all(_holds(part.strip(), contexts) for part in bare.split("&&") if part.strip())


def _holds(comparison: str, contexts: dict[str, str]) -> bool:
    left, operator, right = re.fullmatch(r"(\S+)\s+([!=]=)\s+(\S+)", comparison).groups()
    one, other = (
        word[1:-1] if word.startswith("'") else contexts.get(word, "") for word in (left, right)
    )
    return (one == other) == (operator == "==")
