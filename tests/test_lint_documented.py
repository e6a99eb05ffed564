"""docs/rules.md is true: of each rule the bad example is found, and the good one has no fault."""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from repositories import Repo, make_hermetic

from sync.cli import main
from sync.config.rules import list_rules

PAGE = (Path(__file__).parent.parent / "docs" / "rules.md").read_text()
ONLINE = {"missing-model", "missing-reference", "private-asset"}
FENCE = re.compile(
    r"^```(?P<language>\w+)(?: (?P<kind>bad|good))?(?: (?P<name>\S+))?\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass
class Section:
    level: str
    files: dict[str, dict[str, bytes]]


def content(language, text):
    if language != "python":
        return text.encode()
    value = eval(compile(ast.parse(text, mode="eval"), "example", "eval"), {})  # noqa: S307 - our own page
    return value if isinstance(value, bytes) else value.encode()


def files(text):
    found = {"bad": {}, "good": {}, "both": {}}
    for fence in FENCE.finditer(text):
        if fence["kind"] or fence["name"]:
            name = fence["name"] or "hero.md"
            found[fence["kind"] or "both"][name] = content(fence["language"], fence["text"])
    return found


def section(text):
    return Section(re.search(r"Default: \*\*(\w+)\*\*", text)[1], files(text))


INTRODUCTION, *SECTIONS = re.split(r"^### (?=[a-z-]+$)", PAGE, flags=re.MULTILINE)
DOCUMENTED = {text.split("\n", 1)[0]: section(text) for text in SECTIONS}
CONFIG = files(INTRODUCTION)["both"]


def check(folder, contents, *options, capsys):
    for name, data in contents.items():
        place = folder if name == "config.yaml" else folder / "descriptions"
        place.mkdir(exist_ok=True)
        (place / name).write_bytes(data)
    code = main(["check", "--format", "json", *options])
    return code, json.loads(capsys.readouterr().out)["findings"]


def test_every_rule_is_documented_with_its_level():
    assert {name: each.level for name, each in DOCUMENTED.items()} == {
        rule.name: rule.level for rule in list_rules()
    }


@pytest.mark.parametrize("kind", ["bad", "good"])
@pytest.mark.parametrize("rule", DOCUMENTED)
def test_the_examples_are_what_they_say(rule, kind, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make_hermetic(monkeypatch)
    options = ["--online"] if rule in ONLINE else []
    if options:
        Repo.create(tmp_path)
    (tmp_path / "descriptions").mkdir()
    level, own = DOCUMENTED[rule].level, DOCUMENTED[rule].files
    code, findings = check(tmp_path, CONFIG | own["both"] | own[kind], *options, capsys=capsys)
    found = {(finding["rule"], finding["severity"]) for finding in findings}
    if kind == "good":
        assert (code, found) == (0, set())
    else:
        assert own["bad"]
        assert found == {(rule, level)}
        assert code == (2 if rule == "config" else 4 if level == "error" else 0)
