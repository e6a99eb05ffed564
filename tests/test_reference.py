"""docs/reference.md says what the program accepts, no more and no less."""

import re
from pathlib import Path
from typing import get_args

import pytest

from sync import model
from sync.cli import exits

REFERENCE = (Path(__file__).parent.parent / "docs" / "reference.md").read_text()
ITEMS = [kind for kind in vars(model).values() if isinstance(kind, type) and hasattr(kind, "state")]


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
