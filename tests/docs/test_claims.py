"""Each sentence that claims something about the world is held by a test in which it is false."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-it-decides.md").read_text()
TABLE = PAGE.split("## What each message claims")[1].split("\n## ")[0]
ROWS = [row.strip("|").split("|") for row in TABLE.splitlines() if row.startswith("| ")][1:]
SOURCE = re.sub(r'"\s*f?"', "", "".join(path.read_text() for path in (ROOT / "sync").rglob("*.py")))
DEFINED = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
}


def find_fixed_words(sentence):
    """Return the parts of a quoted sentence between its placeholders in capitals."""
    quoted = re.search("“(.*)”", sentence)
    parts = re.split(r"\b[A-Z]+\b|[(),]", quoted[1]) if quoted else []
    return [part.strip(" :") for part in parts if len(part.strip(" :")) > 5]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip()[:40])
def test_a_claim_names_what_was_looked_at_and_tests_that_exist(row):
    _, looked_at, exception, tests = row
    assert looked_at.strip()
    assert exception.strip()
    names = re.findall(r"`(test_\w+)`", tests)
    assert names
    assert set(names) <= DEFINED


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip()[:40])
def test_a_claim_is_one_that_the_program_makes(row):
    for words in find_fixed_words(row[0]):
        assert words in SOURCE
