"""docs/reference.md says what the program accepts, no more and no less."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from sync import model
from sync.cli import exits
from sync.config import Config, Target
from sync.documents import FrontMatter

REFERENCE = (Path(__file__).parent.parent / "docs" / "reference.md").read_text()
ITEMS = [kind for kind in vars(model).values() if isinstance(kind, type) and hasattr(kind, "state")]


def keys(section: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, object]]:
    """Each key with what it is for and its default, sections before what is in them."""
    for name, info in section.model_fields.items():
        key = f"{prefix}{info.alias or name}"
        if key == "rules":  # docs/rules.md lists them
            yield key, info.description or "", None
            continue
        inner = [each for each in models(info.annotation) if each is not section]
        default = None if inner or info.is_required() else info.get_default()
        yield key, info.description or "", "required" if info.is_required() else default
        for each in inner:
            yield from keys(each, f"{key}.NAME." if each is Target else f"{key}.")


def models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models(argument)


def table(section: type[BaseModel]) -> str:
    rows = ["| key | default | for |", "|---|---|---|"]
    for key, purpose, default in keys(section):
        shown = "" if default is None or default == {} else f"`{default}`"
        shown = shown.replace("`required`", "required")
        rows.append(
            f"| `{key}` | {shown.replace('True', 'true').replace('False', 'false')} | {purpose} |"
        )
    return "\n".join(rows)


@pytest.mark.parametrize("section", [Config, FrontMatter])
def test_every_key_is_there_with_its_default(section):
    assert table(section) in REFERENCE


@pytest.mark.parametrize("kind", ITEMS, ids=lambda kind: kind.__name__)
def test_every_state_is_there_with_its_meaning(kind):
    if isinstance(getattr(kind, "state", None), str):
        meaning = kind.__doc__.replace("\n", " ")
        assert f"| `{kind.state}` | {re.sub(r' +', ' ', meaning)} |" in REFERENCE


def test_every_result_is_there():
    for result in get_args(model.Result):
        assert f"| `{result}` |" in REFERENCE


def test_every_exit_code_is_there():
    codes = {
        value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)
    }
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", REFERENCE, re.MULTILINE)} == codes | {
        75
    }
