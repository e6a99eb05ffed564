"""What a command imports before it does anything, which is most of what a short one takes."""

import os
import subprocess
import sys

import pytest

from sync.cli.commands import commands

PRINT_MODULES = """
import sys
from contextlib import suppress
from sync.cli import main
for words in {runs}:
    with suppress(SystemExit):  # which ends a completion
        main(words)
print(*sys.modules, file=sys.stderr)
"""
# What is slow to import, and rooms that no help text needs.
LIBRARIES = {
    "PIL", "asyncio", "difflib", "filelock", "git", "httpx", "jinja2", "json", "logging",
    "markdown_it", "nh3", "pathspec", "pydantic", "pyromark", "rapidfuzz", "regex", "rich",
    "sqlite3", "starlette", "tenacity", "uvicorn", "yaml",
}  # fmt: skip
ROOMS = {
    "config", "decisions", "descriptions", "diff", "forge", "git", "model.changes", "model.text",
    "operations", "sandbox", "scenario",
}  # fmt: skip


def list_modules(*runs, **variables):
    """Run the commands in one process that writes no help text here; return what it imported."""
    script = PRINT_MODULES.format(runs=[list(words) for words in runs])
    # What measures coverage imports modules of its own.
    environment = {name: os.environ[name] for name in os.environ if not name.startswith("COV")}
    environment |= variables
    ran = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment
    )
    assert ran.stdout
    return set(ran.stderr.split())


def find_slow(modules):
    return (modules & LIBRARIES) | (modules & {f"sync.{room}" for room in ROOMS})


def test_the_version_and_the_list_of_commands_import_no_command():
    modules = list_modules(["--version"], ["--help"])
    assert not find_slow(modules)
    assert not {name for name in modules if name.startswith("sync.cli.commands.")}


def test_the_help_of_every_command_imports_no_operation():
    assert not find_slow(list_modules(*([name, "--help"] for name in commands.summaries)))


# Of other commands, or for what most plans do not have, such as another target.
NOT_FOR_A_PLAN = {
    "filelock", "git", "pygments", "rich", "sync.decisions.doctor", "sync.decisions.pull",
    "sync.descriptions.rewrite", "sync.forge.calls", "sync.git.facts",
    "sync.operations.sources.another_target", "sync.operations.sources.branch",
    "sync.reports.media", "sync.reports.run", "sync.workspace.reminders",
}  # fmt: skip


def test_a_plan_imports_nothing_that_only_other_commands_need(tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "descriptions").mkdir()
    (tmp_path / "descriptions" / "lantern.md").write_text("A lantern.\n")
    subprocess.run(["git", "add", "descriptions"], cwd=tmp_path, check=True)
    config = tmp_path / "config.yaml"
    config.write_text("version: 1\ntargets: {tried: {sandbox: sandbox.sqlite3}}\n")
    modules = list_modules([f"--config={config}", "plan"])
    assert {"httpx", "sync.operations.plan"} <= modules
    assert modules.isdisjoint(NOT_FOR_A_PLAN), sorted(modules & NOT_FOR_A_PLAN)


def test_the_completion_of_a_model_imports_little(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("version: 1\ndescriptions: texts\ntargets: {tried: {sandbox: s.sqlite3}}\n")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "hero.md").write_text("---\nmodel: lantern\n---\nA lantern.\n")
    words = f"description-sync --config={config} plan --model la"
    asked = {"_DESCRIPTION_SYNC_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": "4"}
    slow = find_slow(list_modules([], **asked))
    assert slow == {"sync.config", "sync.descriptions", "yaml"}


CREATE, DRIFT = "model_NSCbULiEkg2SF3zvY5F74N", "model_DvzoXe8ohMtTSaQyeiyTSo"


def make_project(path, *models):
    """Make a repository whose only commit has a description of each model."""
    subprocess.run(["git", "init", "--quiet", path], check=True)
    (path / "descriptions").mkdir()
    for model in models:
        (path / "descriptions" / f"{model}.md").write_text("A lantern.\n")
    (path / "config.yaml").write_text("version: 1\ntargets: {tried: {sandbox: sandbox.sqlite3}}\n")
    subprocess.run(["git", "add", "--all"], cwd=path, check=True)
    who = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.com"]
    subprocess.run(["git", *who, "commit", "--quiet", "-m", "A lantern"], cwd=path, check=True)
    return path


def list_git_commands(project, *words):
    """Plan in the project with these words; return the commands of git that this runs."""
    trace = project.parent / "trace"
    list_modules([f"--config={project / 'config.yaml'}", "plan", *words], GIT_TRACE=str(trace))
    lines = trace.read_text().splitlines()
    trace.unlink()
    return [command for line in lines if (command := line.partition("built-in: git ")[2])]


@pytest.mark.parametrize(("model", "most"), [(CREATE, 14), (DRIFT, 24)])
def test_a_plan_starts_git_only_as_often_as_it_has_questions(tmp_path, model, most):
    asked = list_git_commands(make_project(tmp_path / "project", model))
    about_runs = [words for words in asked if words.endswith("refs/description-sync/tried")]
    assert len(about_runs) == 2  # when the session is opened, and when texts are looked up
    assert len(asked) <= most, asked


@pytest.mark.parametrize("words", [["--model", CREATE], ["--since", "HEAD"]])
def test_a_plan_of_a_few_files_does_not_read_the_history_of_all(tmp_path, words):
    project = make_project(tmp_path / "project", CREATE, DRIFT)
    (project / "descriptions" / f"{CREATE}.md").write_text("A lamp.\n")
    assert find_reads_of_all_history(list_git_commands(project))
    assert not find_reads_of_all_history(list_git_commands(project, *words))


def find_reads_of_all_history(commands):
    return [
        command
        for command in commands
        if command.endswith("-- descriptions")
        if "log" in command.split() and "--no-walk" not in command
    ]
