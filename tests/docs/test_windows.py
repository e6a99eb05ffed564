"""The commands for PowerShell are PowerShell, and none that differs there is forgotten."""

import re
from pathlib import Path

import pytest
import tree_sitter_powershell
from transcripts import COMMAND, FENCE
from tree_sitter import Language, Parser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PARSER = Parser(Language(tree_sitter_powershell.language()))
BLOCKS = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"^```powershell\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
    )
]


def has_error(script):
    return PARSER.parse(script.encode()).root_node.has_error


@pytest.mark.parametrize("block", BLOCKS)
def test_the_commands_for_powershell_parse(block):
    assert not has_error(block)


def test_the_grammar_finds_what_is_not_powershell():
    assert has_error("if [ -d x ]; then echo; fi\n")
    assert has_error("if ($true) { description-sync plan\n")


def test_each_program_of_the_transcripts_is_the_same_in_powershell_or_on_the_page():
    page = FENCE.sub("", (ROOT / "docs/windows.md").read_text())
    listed = {word for code in re.findall(r"`([^`]+)`", page) for word in code.split()[:1]}
    used = {
        part.split()[0]
        for each in PAGES
        for fence in FENCE.finditer(each.read_text())
        if fence["language"] == "console"
        for command in COMMAND.findall(fence["text"])
        for part in re.split(r" && | \| ", command.removeprefix("$ ").splitlines()[0])
    }
    assert "export" in used
    assert {word.removesuffix("()") for word in used} - listed <= {"description-sync", "git", "}"}
