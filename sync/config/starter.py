"""The files that a repository of descriptions starts with, as somebody's answers make them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

import yaml

from sync.config.json_schema import render_config_schema

if TYPE_CHECKING:
    from collections.abc import Sequence


STARTER_CONFIG = "config.yaml"
SCHEMA_PATH = ".description-sync/config.schema.json"
SANDBOX = "sandbox"
REMOTE = "origin"
ACTION = "OWNER/description-sync@REF"


@dataclass(frozen=True, slots=True, kw_only=True)
class StarterAnswers:
    """The answers of somebody who starts a repository.

    The target `sandbox` is a simulated project, which every repository gets; any other name is
    that of a project besides. `workflow` is whether GitHub shall preview and apply changes: what
    is merged into `branch`. `action` is where the workflows find description-sync. Snapshots are
    pushed to the remote `origin`, if there is one.
    """

    target: str = "production"
    project_id: str = ""
    descriptions: str = "descriptions"
    config_name: str = STARTER_CONFIG
    workflow: bool = False
    action: str = ACTION
    branch: str = "main"
    has_remote: bool = False


@dataclass(frozen=True, slots=True)
class StarterFile:
    """A file to be made, its path with slashes.

    Where there is one already it is left, and these of its lines are `needed` there, unless it has
    one of those that are `instead` of them.
    """

    path: str
    content: str
    needed: Sequence[str] = ()
    instead: Sequence[str] = ()

    def find_missing_lines(self, content: str) -> list[str]:
        """Find the needed lines that an existing file lacks."""
        present = {line.strip() for line in content.splitlines()}
        if present.intersection(self.instead):
            return []
        return [line for line in self.needed if line not in present]


def make_starter_files(answers: StarterAnswers) -> list[StarterFile]:
    """Make the files of the folder itself, in the order in which a person would read them."""
    folder = f"{answers.descriptions}/" if answers.descriptions else ""
    return [
        StarterFile(answers.config_name, _fill_config(answers)),
        StarterFile(SCHEMA_PATH, render_config_schema()),
        StarterFile(f"{folder}_example.md", _read_template("example.md").template),
        _make_line_file(
            ".gitattributes", _fill_template("gitattributes", pattern=_write_git_pattern(folder))
        ),
        replace(
            _make_line_file(".gitignore", _read_template("gitignore").template),
            # All of it, the schema too, which git cannot take out of a folder that it ignores.
            instead=[f"{start}.description-sync{end}" for start in ("", "/") for end in ("", "/")],
        ),
    ]


def make_workflow_files(answers: StarterAnswers) -> list[StarterFile]:
    """Make the GitHub workflows, for a config.yaml at the root of the repository.

    These are the files of `examples/github`, to which links lead from here.
    """
    return [
        StarterFile(f".github/workflows/{name}", _fill_workflow(name, answers))
        for name in ("preview.yml", "apply.yml")
    ]


def _fill_workflow(name: str, answers: StarterAnswers) -> str:
    folder = f"{answers.descriptions}/" if answers.descriptions else ""
    text = _read_template(name).template.replace('"descriptions/**"', f'"{folder}**"')
    text = text.replace(STARTER_CONFIG, answers.config_name)
    if answers.action != ACTION:
        text = re.sub(rf"{ACTION}( #.*)?", answers.action, text)
    return text.replace("branches: [main]", f"branches: [{_write_yaml_scalar(answers.branch)}]")


def _fill_config(answers: StarterAnswers) -> str:
    hint = "" if answers.workflow and answers.has_remote else "# "
    return _fill_template(
        STARTER_CONFIG,
        folder=_write_yaml_scalar(answers.descriptions or "."),
        default=_write_yaml_scalar(answers.target),
        snapshots=f"{hint}snapshots: {{push: {REMOTE}}}   # replaced texts are kept there, too",
        targets="" if answers.target == SANDBOX else _fill_target(answers),
    )


def _fill_target(answers: StarterAnswers) -> str:
    project = answers.project_id
    return _fill_template(
        "target.yaml",
        name=_write_yaml_scalar(answers.target),
        project=f"project_id: {_write_yaml_scalar(project)}"
        if project
        else "# project_id: proj_xxx",
    )


def _make_line_file(path: str, content: str) -> StarterFile:
    rules = [line for line in content.splitlines() if not line.startswith("#")]
    return StarterFile(path, content, rules)


def _write_git_pattern(folder: str) -> str:
    pattern = f"/{folder}**/*.md"
    return f'"{pattern}"' if " " in pattern else pattern


def _write_yaml_scalar(text: str) -> str:
    """Write a text as YAML, in quotes if it would be another type without them."""
    return str(yaml.safe_dump(text, allow_unicode=True, width=1000)).partition("\n")[0]


def _fill_template(file: str, /, **values: str) -> str:
    return _read_template(file).substitute(values)


def _read_template(name: str) -> Template:
    return Template((files(__package__) / "starter_files" / name).read_text(encoding="utf-8"))
