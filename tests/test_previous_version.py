"""What the previous version wrote is still read; docs/versioning.md promises it.

`tests/previous_version/` was written by the version before the first release (commit 563e92e): a
repository with the record of one run, a saved plan, and the fields of its JSON and config.
"""

import json
from pathlib import Path

import pytest
from repositories import Repo, make_hermetic

from sync.cli import main
from sync.sandbox.schema import StoredModel
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

BEFORE = Path(__file__).parent / "previous_version"
FIELDS = json.loads((BEFORE / "fields.json").read_text(encoding="utf-8"))
RUN = "20261128-205519-f523"
REF = "refs/description-sync/production"
WRITTEN = {
    "lantern": "A hand-painted lantern.\n",
    "reef": "A shallow reef.\n\n  Two blanks.  \n",
    "hero": "Maren.\n",
    "CON": None,
}


@pytest.fixture
def texts(tmp_path, monkeypatch):
    """A clone, as the previous version left it, and a call for what Scenario holds by now."""
    make_hermetic(monkeypatch)
    repo = Repo.create(tmp_path)
    repo.git("fetch", "--quiet", str(BEFORE / "repository.bundle"), "main", f"{REF}:{REF}")
    repo.git("reset", "--quiet", "--hard", "FETCH_HEAD")
    models = {key: StoredModel(id=key, description=text) for key, text in WRITTEN.items()}
    store = Store(tmp_path / "store.sqlite3", seed=Seed(models=models))
    monkeypatch.chdir(tmp_path)
    yield store.list_descriptions
    store.close()


def test_a_run_that_it_recorded_is_listed_and_rolled_back(texts, capsys):
    assert main(["history", "--format", "json"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert (run["run"], run["command"]) == (RUN, "apply")
    assert (run["replaced"], run["written"]) == (2, 3)
    assert main(["rollback", RUN, "--yes"]) == 0
    assert texts() == {"lantern": "A simple lantern.\n", "hero": "Somebody.\n"}


def test_a_plan_that_it_saved_is_applied(texts):
    assert main(["apply", "--plan", str(BEFORE / "plan.json"), "--yes"]) == 0
    assert texts() == {
        "lantern": "A lantern, lit from within.\n",
        "reef": WRITTEN["reef"],
        "hero": WRITTEN["hero"],
        "CON": "A device.\n",
    }


def test_a_plan_of_another_format_is_refused_with_a_reason(texts, tmp_path, capsys):
    plan = json.loads((BEFORE / "plan.json").read_text(encoding="utf-8")) | {"version": 2}
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    before = texts()
    assert main(["apply", "--plan", "plan.json", "--yes"]) == 5
    assert "another version: this program reads version 1" in capsys.readouterr().err
    assert texts() == before


@pytest.mark.parametrize("subject", FIELDS)
def test_no_field_word_or_key_of_it_is_gone(subject, capsys):
    assert main(["schema", subject]) == 0
    assert set(FIELDS[subject]) <= set(list_fields(json.loads(capsys.readouterr().out)))


def list_fields(schema, node=None, path="", seen=()):
    """List the properties of a JSON Schema with the words that each may hold, by their paths."""
    node = schema if node is None else node
    name = node.get("$ref", "").rpartition("/")[2]
    if name:
        if name not in seen:
            yield from list_fields(schema, schema["$defs"][name], path, (*seen, name))
        return
    for each in (*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())):
        yield from list_fields(schema, each, path, seen)
    for key, value in node.get("properties", {}).items():
        yield f"{path}/{key}"
        yield from list_fields(schema, value, f"{path}/{key}", seen)
    for word in ("items", "additionalProperties"):
        if isinstance(node.get(word), dict):
            yield from list_fields(schema, node[word], f"{path}/*", seen)
    for each in (*node.get("enum", ()), *([node["const"]] if "const" in node else ())):
        yield f"{path}={each}"
