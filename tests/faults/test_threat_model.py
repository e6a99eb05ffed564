"""What the threat model says is guarded by a test is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.findall(r"`(test_\w+)`", (ROOT / "docs" / "threat-model.md").read_text())
DEFINED = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
}


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_a_guard_is_there(name):
    assert name in DEFINED


def test_each_boundary_names_its_guards():
    rows = (ROOT / "docs" / "threat-model.md").read_text().split("## Boundaries")[1].splitlines()
    boundaries = [row for row in rows if row.startswith("| ") and "guarded by" not in row]
    assert len(boundaries) > 10
    assert [row for row in boundaries if "`test_" not in row] == []
