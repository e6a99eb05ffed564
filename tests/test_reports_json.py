import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import RefusedError, UsageError
from sync.model.changes import (
    Create,
    Delete,
    Drift,
    Failed,
    InSync,
    Invalid,
    Missing,
    Protected,
    Retired,
    Unmanaged,
    Update,
)
from sync.model.document import Reference
from sync.model.known_texts import DeployedCommit
from sync.model.plan import Plan, SnapshotSharing, Source, Violation
from sync.model.run import Outcome, Run, Snapshot
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text
from sync.reports.documents.plan import compute_checksum
from sync.reports.documents.saved_plan import parse_plan_json
from sync.reports.formats.json import render_json

TARGET = TargetIdentity("production", "https://api.cloud.scenario.com/v1", "proj_1")
SOURCE = Source("commit", "3f2a9c1d" * 5, dirty=True, label="x")
CREATED = datetime(2026, 11, 23, 8, 0, 5, tzinfo=UTC)
CREATE = Create(
    model="model_hero",
    path="hero.md",
    after=Text("See {asset:a1} {model:m1}\n{asset:a1}"),
    references=(
        Reference("asset", "a1", 1, 5),
        Reference("model", "m1", 1, 16),
        Reference("asset", "a1", 2, 1),
    ),
)
DRIFT = Drift(
    model="model_reef",
    path="reef.md",
    before=Text("\ufeff  dusk\r\n"),
    after=Text("dawn"),
    deployed=DeployedCommit("a" * 40, 2),
    policy="skip",
    notes=("edited elsewhere",),
)
EVERY_STATE = (
    CREATE,
    Update(model="m2", path="a.md", before=Text("1\r\n"), after=Text("2")),
    DRIFT,
    replace(DRIFT, policy="overwrite", after=None),
    Delete(model="m3", path="b.md", before=Text("bye"), deployed=DeployedCommit("b" * 40, 0)),
    Retired(model="m4", path="c.md", before=Text("kept")),
    Protected(model="m5", path="d.md", before=Text("1"), after=Text("2")),
    Missing(model="m6", path="e.md", after=Text("x")),
    Invalid(model="", path="f.md", notes=("f.md:1:1: off",)),
    Failed(model="m7", path="g.md", after=Text(""), notes=("503",)),
    Unmanaged(model="m8", before=Text("hi")),
    InSync(model="m9", path="h.md", notes=("altered by the server",)),
)


def plan(*changes, created_at=CREATED, notes=()):
    return Plan(TARGET, SOURCE, created_at, changes, notes)


def test_a_plan_has_the_documented_shape():
    in_sync = InSync(model="m", path="a.md", before=Text("a\r\n"), after=Text("a"))
    content = json.loads(render_json([plan(CREATE, DRIFT, in_sync, notes=("a note",))]))
    form = json.dumps(
        {key: value for key, value in content.items() if key != "checksum"},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    assert content.pop("checksum") == hashlib.sha256(form.encode()).hexdigest()
    assert content == {
        "version": 1,
        "kind": "plan",
        "target": {
            "name": "production",
            "base_url": "https://api.cloud.scenario.com/v1",
            "project_id": "proj_1",
            "config": "config.yaml",
        },
        "source": {"kind": "commit", "commit": "3f2a9c1d" * 5, "dirty": True, "label": "x"},
        "created_at": "2026-11-23T08:00:05Z",
        "summary": {"create": 1, "drift": 1, "in_sync": 1},
        "changes": [
            {
                "model": "model_hero",
                "path": "hero.md",
                "state": "create",
                "policy": None,
                "cause": None,
                "before": None,
                "after": "See {asset:a1} {model:m1}\n{asset:a1}",
                "before_sha256": None,
                "after_sha256": CREATE.after.sha256,
                "deployed": None,
                "diff": (
                    "--- before\n+++ after\n@@ -0,0 +1,2 @@\n"
                    "+See {asset:a1} {model:m1}\n+{asset:a1}\n"
                ),
                "references": {
                    "assets": ["a1"],
                    "models": ["m1"],
                    "tags": [
                        {"kind": "asset", "id": "a1", "line": 1, "column": 5},
                        {"kind": "model", "id": "m1", "line": 1, "column": 16},
                        {"kind": "asset", "id": "a1", "line": 2, "column": 1},
                    ],
                },
                "notes": [],
            },
            {
                "model": "model_reef",
                "path": "reef.md",
                "state": "drift",
                "policy": "skip",
                "cause": "edited",
                "before": "\ufeff  dusk\r\n",
                "after": "dawn",
                "before_sha256": DRIFT.before.sha256,
                "after_sha256": DRIFT.after.sha256,
                "deployed": {"commit": "a" * 40, "versions_behind": 2},
                "diff": "--- before\n+++ after\n@@ -1,1 +1,1 @@\n-  dusk\n+dawn\n",
                "references": {"assets": [], "models": [], "tags": []},
                "notes": ["edited elsewhere"],
            },
            {
                "model": "m",
                "path": "a.md",
                "state": "in_sync",
                "policy": None,
                "cause": None,
                "before": None,
                "after": None,
                "before_sha256": Text("a").sha256,
                "after_sha256": Text("a").sha256,
                "deployed": None,
                "diff": "",
                "references": {"assets": [], "models": [], "tags": []},
                "notes": [],
            },
        ],
        "notes": ["a note"],
        "documents": 0,
        "offline": False,
        "violations": [],
        "on_drift": None,
        "allow_older": False,
        "resume": False,
        "made_by": "",
    }


def test_a_run_has_the_documented_shape():
    in_sync = InSync(model="m", path="a.md", before=Text("a"), after=Text("a"))
    delete = Delete(model="m3", path=None, before=Text("bye"))
    run = Run(
        plan(CREATE, in_sync, delete),
        [
            Outcome(CREATE, "altered", "trimmed", 2, Text("See")),
            Outcome(in_sync, "unchanged"),
            Outcome(delete, "failed", "503", 5),
        ],
        Snapshot(ref="refs/description-sync/production", before="a" * 40, after="b" * 40, run="R7"),
        interrupted=True,
        sharing=SnapshotSharing(shared=False, remote="origin", failure="no answer"),
    )
    assert json.loads(render_json([run])) == {
        "version": 1,
        "kind": "apply",
        "target": {
            "name": "production",
            "base_url": "https://api.cloud.scenario.com/v1",
            "project_id": "proj_1",
            "config": "config.yaml",
        },
        "source": {"kind": "commit", "commit": "3f2a9c1d" * 5, "dirty": True, "label": "x"},
        "snapshot": {
            "ref": "refs/description-sync/production",
            "before": "a" * 40,
            "after": "b" * 40,
            "run": "R7",
        },
        "interrupted": True,
        "refusals": [],
        "summary": {"altered": 1, "unchanged": 1, "failed": 1},
        "outcomes": [
            {
                "model": "model_hero",
                "path": "hero.md",
                "state": "create",
                "result": "altered",
                "reason": "trimmed",
                "attempts": 2,
                "after_sha256": CREATE.after.sha256,
                "remote_sha256": Text("See").sha256,
                "notes": [],
            },
            {
                "model": "m",
                "path": "a.md",
                "state": "in_sync",
                "result": "unchanged",
                "reason": "",
                "attempts": 0,
                "after_sha256": Text("a").sha256,
                "remote_sha256": Text("a").sha256,
                "notes": [],
            },
            {
                "model": "m3",
                "path": None,
                "state": "delete",
                "result": "failed",
                "reason": "503",
                "attempts": 5,
                "after_sha256": None,
                "remote_sha256": None,
                "notes": [],
            },
        ],
        "kept": {
            "ref": "refs/description-sync/production",
            "shared": False,
            "remote": "origin",
            "failure": "no answer",
        },
        "files": None,
    }


def test_a_run_that_wrote_nothing_made_no_commits():
    run = Run(plan(), [], Snapshot("refs/x"))
    nothing = {"ref": "refs/x", "before": None, "after": None, "run": None}
    assert json.loads(render_json([run]))["snapshot"] == nothing


def test_times_are_in_utc():
    there = CREATED.astimezone(timezone(timedelta(hours=9)))
    content = json.loads(render_json([plan(created_at=there)]))
    assert content["created_at"] == "2026-11-23T08:00:05Z"


def test_a_saved_plan_comes_back_whole():
    violation = Violation(rule="mass_delete", message="6 deleted", count=6, limit=5, flag="--x")
    saved = replace(plan(*EVERY_STATE, notes=("a note",)), violations=(violation,))
    assert parse_plan_json(render_json([saved])) == saved


def test_what_is_in_sync_comes_back_without_its_texts():
    in_sync = InSync(model="m", path="a.md", before=Text("a"), after=Text("a"))
    restored = parse_plan_json(render_json([plan(in_sync)]))
    assert restored.changes == (InSync(model="m", path="a.md"),)


@given(st.text(), st.text(), st.text())
def test_texts_come_back_byte_for_byte(before, after, note):
    saved = plan(
        Update(model=note, path=note, before=Text(before), after=Text(after), notes=(note,))
    )
    document = render_json([saved])
    assert parse_plan_json(document) == saved
    assert document.isascii()


def test_a_document_in_a_log_is_no_command():
    document = render_json([plan(replace(CREATE, after=Text("##[error]x ##vso[task] ### h")))])
    assert "##[" not in document
    assert "##vso[" not in document
    assert json.loads(document)["changes"][0]["after"] == "##[error]x ##vso[task] ### h"


def edited(**values):
    """A saved plan with other values, and the checksum that they call for."""
    content = json.loads(render_json([plan(DRIFT)])) | values
    return json.dumps(content | {"checksum": compute_checksum(content)})


def with_change(**values):
    (change,) = json.loads(render_json([plan(DRIFT)]))["changes"]
    return edited(changes=[change | values])


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param("", "this is not a saved plan: Expecting value", id="empty"),
        pytest.param("{", "this is not a saved plan: Expecting property", id="cut off"),
        pytest.param("[]", "this is not a saved plan: it is not a JSON object", id="a list"),
        pytest.param(
            "[" * 100_000, "this is not a saved plan: maximum recursion depth", id="nested too deep"
        ),
        pytest.param('{"a": NaN}', "this is not a saved plan: NaN is not JSON", id="NaN"),
        pytest.param(
            '{"kind": "plan", "kind": "plan"}',
            "this is not a saved plan: an object has the same key twice",
            id="a key twice",
        ),
        pytest.param(
            f'{{"version": {"9" * 5000}}}',
            "this is not a saved plan: Exceeds the limit",
            id="an endless number",
        ),
        pytest.param("{}", 'this is not a saved plan: its kind is not "plan"', id="no kind"),
        pytest.param(
            render_json([Run(plan(), [], Snapshot("refs/x"))]),
            'this is not a saved plan: its kind is not "plan"',
            id="a run",
        ),
        pytest.param(
            edited(version=2),
            "this is a saved plan of another version: this program reads version 1",
            id="another version",
        ),
        pytest.param(
            edited(target={"name": "x"}),
            "the saved plan is not valid at target.base_url: Field required",
            id="a field is missing",
        ),
        pytest.param(
            edited(more=1),
            "the saved plan is not valid at more: Extra inputs",
            id="an unknown field",
        ),
        pytest.param(
            edited(created_at="2026-11-23T08:00:05"),
            "the saved plan is not valid at created_at: Input should have timezone info",
            id="a time of nowhere",
        ),
        pytest.param(
            with_change(state="unheard"),
            "the saved plan is not valid at changes.0.state",
            id="a state",
        ),
        pytest.param(
            with_change(after="dusk"),
            "the saved plan is not valid at changes.0: Value error, a text is not the one",
            id="another text",
        ),
        pytest.param(
            with_change(before=None, before_sha256=None),
            "the saved plan is not valid at changes.0: Value error, a change of state drift",
            id="a text is missing",
        ),
        pytest.param(
            edited().replace('"dawn"', r'"\ud800"'),
            "this is not a saved plan: 'utf-8' codec can't encode",
            id="a surrogate",
        ),
        pytest.param(
            edited().replace('"production"', '"staging"'),
            "the saved plan was changed after it was made",
            id="tampered",
        ),
        pytest.param(
            edited().replace('"policy": "skip"', '"policy": "overwrite"'),
            "the saved plan was changed after it was made",
            id="another policy",
        ),
    ],
)
def test_refuses_what_is_not_a_whole_plan(document, message):
    with pytest.raises(UsageError if message.startswith("this is not") else RefusedError) as error:
        parse_plan_json(document)
    assert error.value.message.startswith(message)
    assert error.value.hint == "Make it again: description-sync plan --out PLAN.json"


@pytest.mark.parametrize("depth", [100, 300, 900, 985])
def test_refuses_nesting_of_any_depth(depth):
    nested = "[" * depth + "]" * depth
    with pytest.raises((UsageError, RefusedError)):
        parse_plan_json(f'{{"kind": "plan", "version": 1, "more": {nested}}}')


@given(st.text() | st.from_type(dict[str, int]).map(json.dumps))
def test_reading_anything_else_is_a_usage_error(document):
    with pytest.raises(UsageError):
        parse_plan_json(document)
