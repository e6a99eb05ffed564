import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

import sync.reports.schema
from sync.model.changes import Create, Drift, InSync, Invalid, Update
from sync.model.document import Reference
from sync.model.known_texts import DeployedCommit
from sync.model.plan import Plan, Source
from sync.model.run import Outcome, Run, Snapshot
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text
from sync.reports.documents.plan import PlanDocument
from sync.reports.documents.targets import TargetsDocument
from sync.reports.formats.json import render_json
from sync.reports.schema import DOCUMENT_KINDS, render_report_schema

CHANGES = (
    Create(
        model="m1",
        path="a.md",
        after=Text("See {asset:asset_1}."),
        references=(Reference("asset", "asset_1", 1, 5),),
    ),
    Update(
        model="m2",
        path="b.md",
        before=Text("old"),
        after=Text("new"),
        deployed=DeployedCommit("a" * 40, 2),
    ),
    Drift(model="m3", before=Text("elsewhere"), policy="skip", notes=("edited elsewhere",)),
    InSync(model="m4", path="d.md", before=Text("same"), after=Text("same")),
    Invalid(model="", path="e.md", notes=("e.md:1:1: no text",)),
)
PLAN = Plan(
    TargetIdentity("production", "https://api.cloud.scenario.com/v1", "proj_1"),
    Source("worktree", "3f2a9c1d" * 5, dirty=True),
    datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    CHANGES,
    notes=("left out: f.md",),
)
RUN = Run(
    PLAN,
    [
        Outcome(CHANGES[0], "applied", attempts=1, remote_text=CHANGES[0].after),
        Outcome(CHANGES[1], "failed", "503", 5),
        Outcome(CHANGES[2], "refused", "skipped"),
    ],
    Snapshot("refs/description-sync/production", "b" * 40, "c" * 40, "20261123"),
)


def published(kind):
    return Path(sync.reports.schema.__file__).with_name(f"{kind}.json").read_text()


@pytest.mark.parametrize("kind", DOCUMENT_KINDS)
def test_the_published_schema_is_that_of_the_documents(kind):
    stale = "write it anew: python -m sync.reports.schema"
    assert published(kind) == render_report_schema(kind), stale


@pytest.mark.parametrize("kind", DOCUMENT_KINDS)
def test_the_schema_names_every_field_of_every_part(kind):
    schema = json.loads(published(kind))
    parts = [schema, *schema.get("$defs", {}).values()]
    named = [part for part in parts if "properties" in part]
    assert [part for part in named if part.get("additionalProperties") is not False] == []


@pytest.mark.parametrize("kind", DOCUMENT_KINDS)
def test_the_published_schema_is_a_json_schema(kind):
    jsonschema.Draft202012Validator.check_schema(json.loads(published(kind)))


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        pytest.param("plan", render_json([PLAN]), id="plan"),
        pytest.param("apply", render_json([RUN]), id="run"),
        pytest.param(
            "apply",
            render_json(
                [
                    Run(
                        PLAN,
                        [],
                        Snapshot("refs/description-sync/production"),
                        refusals=("too many",),
                    )
                ]
            ),
            id="run that was refused",
        ),
    ],
)
def test_reports_are_what_the_schema_says(kind, document):
    jsonschema.Draft202012Validator(json.loads(published(kind))).validate(json.loads(document))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"version": 2}, id="another version"),
        pytest.param({"kind": "apply"}, id="another kind"),
        pytest.param({"surprise": True}, id="an unknown key"),
        pytest.param({"summary": {"gone": 1}}, id="an unknown state"),
        pytest.param({"created_at": None}, id="no time"),
    ],
)
def test_the_schema_refuses_what_no_plan_says(change):
    validator = jsonschema.Draft202012Validator(json.loads(published("plan")))
    assert not validator.is_valid(json.loads(render_json([PLAN])) | change)


def test_a_schema_does_not_depend_on_what_was_made_before():
    TargetsDocument.model_rebuild(force=True)
    PlanDocument.model_rebuild(force=True)
    assert {kind: render_report_schema(kind) for kind in DOCUMENT_KINDS} == {
        kind: published(kind) for kind in DOCUMENT_KINDS
    }
