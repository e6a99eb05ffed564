"""What the README shows is what a user sees."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import make_hermetic
from story import write_story

from sync.cli import main
from sync.cli.commands import LazyCommandGroup

README = (Path(__file__).parent.parent / "README.md").read_text()


def block(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def story(tmp_path, monkeypatch):
    make_hermetic(monkeypatch)
    write_story(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.usefixtures("story")
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
