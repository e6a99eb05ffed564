"""What the README shows is what a user sees."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import Repo, make_hermetic

from sync.cli import main
from sync.cli.commands import LazyCommandGroup
from sync.sandbox.schema import StoredModel
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

README = (Path(__file__).parent.parent / "README.md").read_text()
LANTERN = "A brass lantern, {}, for night scenes.\n\n{{asset:asset_7HqPw2Jc}}\n"
REEF = "A shallow reef, seen from above.\n"
CONFIG = "version: 1\ntargets: {production: {sandbox: store.sqlite3}}\n"


def block(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def studio(tmp_path, monkeypatch):
    make_hermetic(monkeypatch)
    repo = Repo.create(tmp_path)
    names = {"props/lantern": LANTERN.format("hand-painted"), "worlds/reef": REEF}
    for n in range(5):
        names[f"props/crate-{n}"] = f"Crate number {n}.\n"
    models = {path: f"model_{path.rpartition('/')[2]}" for path in names}
    front = {path: f"---\nmodel: {model}\n---\n" for path, model in models.items()}
    first = {f"descriptions/{path}.md": front[path] + text for path, text in names.items()}
    repo.committed({"config.yaml": CONFIG, ".gitignore": "store.sqlite3\n", **first})
    lit = front["props/lantern"] + LANTERN.format("lit from within")
    hero = "---\nmodel: model_hero\n---\nMaren, the keeper's daughter.\n"
    repo.committed({"descriptions/props/lantern.md": lit, "descriptions/characters/hero.md": hero})
    held = {models[path]: text for path, text in names.items()} | {"model_hero": None}
    held["model_reef"] = "A shallow reef, seen from above, at noon.\n"
    stored = {key: StoredModel(id=key, description=text) for key, text in held.items()}
    seed = Seed(models=stored, assets={"asset_7HqPw2Jc": None})
    Store(tmp_path / "store.sqlite3", seed=seed).close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.usefixtures("studio")
def test_the_picture_is_what_a_user_sees(capsys):
    assert main(["plan"]) == 0
    picture, *_ = block("console")
    assert picture == f"$ description-sync plan\n{capsys.readouterr().out}"


def test_each_command_is_in_the_readme():
    for name in LazyCommandGroup.summaries:
        assert f"`{name}" in README, name


def test_there_are_two_blocks_of_one_command_line_each():
    assert [len(each.splitlines()) for each in block("sh")] == [1, 1]


def test_the_first_block_works_on_a_clone(tmp_path):
    """The words behind the installation, as they stand there."""
    root = Path(__file__).parent.parent
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(root), str(clone)], check=True)
    _, _, *commands = block("sh")[0].strip().split(" && ")
    folder = Path(sys.executable).parent
    for command in commands:
        words = command.replace(".venv/bin", str(folder)).split()
        answer = subprocess.run(words, cwd=clone, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stderr
    assert "9 descriptions" in answer.stdout
    assert "in sync, nothing to do" in answer.stdout


def test_the_command_and_the_module_are_the_same():
    command = Path(sys.executable).with_name("description-sync")
    for words in ([str(command)], [sys.executable, "-m", "sync"]):
        answer = subprocess.run(
            [*words, "--version"], capture_output=True, text=True, check=True, env=os.environ
        )
        assert re.fullmatch(r"description-sync \d+\.\d+\.\d+\n", answer.stdout)
