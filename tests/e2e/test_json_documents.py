"""Each document that a command prints is what the published schema of its kind says."""

import json
from importlib.resources import files

import jsonschema
import pytest

from sync.reports.documents import DocumentKind

COMMANDS = {
    "plan": ("plan", "--unmanaged"),
    "apply": ("apply", "--yes"),
    "pull": ("pull", "--all"),
    "history": ("history",),
    "check": ("check",),
    "map": ("map", "production", "staging"),
    "import": ("import", "notes", "--dry-run"),
    "doctor": ("doctor",),
    "targets": ("plan", "--all-targets"),
}


@pytest.fixture
def project(studio):
    """Two targets, one of which nobody serves, with texts in every state that a file can cause."""
    studio.remote({"model_a": None, "model_b": "old", "model_c": "edited", "model_d": "no file"})
    target = {"base_url": studio.url, "requests_per_minute": 0}
    closed = {"base_url": "http://127.0.0.1:9", "requests_per_minute": 0}
    studio.configure(
        config={
            "targets": {
                "production": target,
                "staging": target,
                "closed": closed,
            },
            "target": "production",
        }
    )
    studio.commit({"model_a.md": "new {asset:asset_1}\n", "model_b.md": "old\n"})
    studio.commit(
        {"model_b.md": "newer\n", "model_c.md": "ours\n", "bad.md": "---\nmodle: x\n---\n"}
    )
    studio.repo.write("notes/model_e.md", "A <b>note</b>.\n")
    return studio


def validate(document):
    """Check a document, and that it has each field of its schema in the order of the schema."""
    schema = json.loads(
        files("sync.reports.schema").joinpath(f"{document['kind']}.json").read_text()
    )
    jsonschema.Draft202012Validator(schema).validate(document)
    assert [*document] == [*schema["properties"]]


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_document_is_what_the_schema_of_its_kind_says(project, kind):
    if kind == "history":
        project.apply()
    document = project.sync(*COMMANDS[kind], "--format", "json").json
    assert document["kind"] == kind
    validate(document)


def test_a_failed_target_is_a_document_of_its_own(project):
    document = project.sync("plan", "--all-targets", "--format", "json").json
    kinds = {each["target"]["name"]: each["kind"] for each in document["targets"]}
    assert kinds == {"production": "plan", "staging": "plan", "closed": "failure"}
    for each in document["targets"]:
        validate(each)


def test_every_kind_has_a_schema_that_the_command_prints(studio):
    for kind in DocumentKind.__args__:
        published = files("sync.reports.schema").joinpath(f"{kind}.json").read_text()
        assert studio.sync("schema", kind).out == published
