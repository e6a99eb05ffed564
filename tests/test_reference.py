"""docs/reference.md says what the program accepts, no more and no less."""

import json
import re
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

from sync.cli import exit_codes
from sync.decisions.doctor import Checkup
from sync.decisions.doctor_verdict import Verdict
from sync.decisions.import_ import ImportRun, NotImported
from sync.decisions.map import MissingCounterpart, ModelMap, ModelMatch, RemoteModel, UnmatchedModel
from sync.decisions.pull import PullRun, UntouchedFile
from sync.lint.finding import Finding
from sync.lint.fixes import Fix, FixedFile
from sync.model import changes
from sync.model.document import ReferenceTarget
from sync.model.run import Result
from sync.model.run_record import ForeignRuns, RunRecord
from sync.model.target_identity import TargetIdentity
from sync.reports.check import CheckResult
from sync.reports.formats.json import make_document, render_json
from sync.reports.history import RunHistory
from sync.sandbox.faults import EFFECTS

REFERENCE = (Path(__file__).parent.parent / "docs" / "reference.md").read_text()
JSON = REFERENCE.partition("\n## JSON\n")[2]
TARGET = TargetIdentity("production", "https://api.cloud.scenario.com/v1")
LISTED = RemoteModel("model_1", "Maren", "flux.1-lora")
FOREIGN = ForeignRuns("https://other.test/v1", None, "teamA/config.yaml", 2)
RUN = RunRecord("R", datetime(2026, 11, 23, tzinfo=UTC), "apply", None, 1, 1, "a", None)
ITEMS = [
    kind for kind in vars(changes).values() if isinstance(kind, type) and hasattr(kind, "state")
]


@pytest.mark.parametrize("kind", ITEMS, ids=lambda kind: kind.__name__)
def test_every_state_is_there_with_its_meaning(kind):
    if isinstance(getattr(kind, "state", None), str):
        meaning = " ".join(kind.__doc__.split())
        assert f"| `{kind.state}` | {meaning} |" in REFERENCE


def formats(command: str) -> list[str]:
    module = import_module(f"sync.cli.commands.{command.replace('import', 'import_')}")
    option = next(each for each in module.command.params if each.name == "report_format")
    return list(option.type.choices)


def test_every_format_of_a_command_is_there():
    told = {
        command: re.findall("`([a-z]+)`", row[1])
        for row in re.findall(r"^\| ([^|]+) \| (`text`[^|]+) \|$", REFERENCE, re.MULTILINE)
        for command in re.findall("`([a-z]+)`", row[0])
    }
    assert told == {command: formats(command) for command in told}
    assert told.keys() == {
        *("apply", "check", "doctor", "history", "import", "map", "plan", "pull", "rollback"),
        *("propose", "show", "status"),
    }


@pytest.mark.parametrize(
    "subject",
    [
        CheckResult(
            [Finding("a.md", 1, 1, "raw-html", "info", "no")],
            1,
            fixes=[FixedFile("a.md", (Fix(1, "x"),))],
        ),
        (Checkup(TARGET, [Verdict("git", "ok", "git 2.39.5")])),
        (RunHistory(TARGET, "refs/x", [RUN], [FOREIGN])),
        (ImportRun("production", "docs", [NotImported(result="left_out", source="a.md")])),
        (
            ModelMap(
                *("a", "b", 0),
                matches=(ModelMatch("x", LISTED, LISTED, ("a",)),),
                singles=(UnmatchedModel("a", LISTED, "none"),),
                missing=(MissingCounterpart(ReferenceTarget("asset", "x"), ("m",)),),
            )
        ),
        (PullRun(TARGET, "docs", [UntouchedFile(result="refused", model="m", path="m.md")])),
    ],
    ids=lambda subject: make_document(subject).kind,
)
def test_every_field_of_a_document_is_there(subject):
    content = json.loads(render_json([subject]))
    section = JSON.partition(f"\n### `{content['kind']}`\n")[2].partition("\n#")[0]
    lists = [value for value in content.values() if isinstance(value, list)]
    fields = {
        *content,
        *(key for items in lists if items and isinstance(items[0], dict) for key in items[0]),
    }
    assert fields - {"version", "kind"} <= {*re.findall(r"\w+", section)}


def test_every_result_is_there():
    for result in get_args(Result):
        assert f"| `{result}` |" in REFERENCE


def test_every_effect_of_a_fault_is_there():
    for effect, words in EFFECTS.items():
        assert f"| `{effect}` | {words} |" in REFERENCE


def test_every_exit_code_is_there():
    codes = {
        value
        for name, value in vars(exit_codes).items()
        if name.isupper() and isinstance(value, int)
    }
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", REFERENCE, re.MULTILINE)} == codes | {
        75
    }
