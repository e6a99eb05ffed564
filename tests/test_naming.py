"""The names in sync/ can be guessed and searched for; docs/architecture.md has its rooms."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def modules():
    """Each module of sync/, parsed."""
    return {path: ast.parse(path.read_text()) for path in sorted(ROOT.glob("sync/**/*.py"))}


def test_no_two_classes_have_one_name(modules):
    nodes = [node for tree in modules.values() for node in ast.walk(tree)]
    counts = Counter(node.name.lstrip("_") for node in nodes if isinstance(node, ast.ClassDef))
    assert [name for name, count in counts.items() if count > 1] == []


def test_every_module_opens_with_its_sentence(modules):
    assert [str(path) for path, tree in modules.items() if not ast.get_docstring(tree)] == []


def test_the_architecture_names_every_room_and_no_other():
    text = (ROOT / "docs/architecture.md").read_text()
    described = set(re.findall(r"\*\*`(\w+)`\*\*", text))
    rooms = {
        path.stem for path in ROOT.glob("sync/[a-z]*") if path.suffix == ".py" or path.is_dir()
    }
    assert described == rooms
