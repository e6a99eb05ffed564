"""What `--since` selects: whatever the files and the config say otherwise than an older commit."""

from dataclasses import replace

import pytest

from sync.config.settings import CredentialNames, LimitsConfig, TargetConfig
from sync.decisions.changed_since import (
    BaseState,
    TargetSettings,
    describe_setting_changes,
    select_changes,
)
from sync.decisions.desired import DesiredState, FormerModel, SourceFiles
from sync.model.document import Document, Fault, InvalidFile
from sync.model.plan import Source
from sync.model.text import Text

URL = "https://api.example/v1"
BASE = "c0ffee" + "0" * 34
CAT, DOG = (Document(name, f"{name}.md", Text(f"{name}\n")) for name in ("cat", "dog"))
FAULTY = InvalidFile("bad.md", "bad", (Fault("d/bad.md", 1, 1, "no text"),))
GONE = {"fox": FormerModel("fox.md")}
DESIRED = DesiredState([CAT, DOG], [FAULTY], GONE)


def target(*, limits=None, push=None, ignored=(), **section):
    return TargetSettings(
        TargetConfig(base_url=URL, **section), limits or LimitsConfig(), push, ignored
    )


def select(base, *, settings=None, changed=()):
    """The documents, invalid files and former models that differ from the base."""
    files = SourceFiles(Source("worktree"), {}, changed_paths=set(changed))
    chosen = select_changes(DESIRED, base, files, settings=settings or target())
    return (
        [each.model for each in chosen.documents],
        [each.model for each in chosen.invalid],
        [*chosen.removed],
    )


def base(*documents, invalid=(FAULTY,), settings=None):
    return BaseState(BASE, {each.model: each for each in documents}, invalid, settings or target())


ALL = (["cat", "dog"], ["bad"], ["fox"])
NOTHING = ([], [], [])


@pytest.mark.parametrize(
    ("before", "changed", "expected"),
    [
        pytest.param(base(CAT, DOG), (), NOTHING, id="nothing differs"),
        pytest.param(base(CAT, DOG), ("dog.md",), (["dog"], [], []), id="a file was changed"),
        pytest.param(base(CAT, DOG), ("bad.md",), ([], ["bad"], []), id="a file with faults was"),
        pytest.param(base(CAT, DOG), ("fox.md",), ([], [], ["fox"]), id="a file was removed"),
        pytest.param(base(CAT), (), (["dog"], [], []), id="a model had no file"),
        pytest.param(
            base(CAT, replace(DOG, text=Text("Dog\n"))), (), (["dog"], [], []), id="another text"
        ),
        pytest.param(
            base(CAT, replace(DOG, text=Text("\r\ndog"))), (), NOTHING, id="other line ends only"
        ),
        pytest.param(
            base(CAT, replace(DOG, protected=True)), (), (["dog"], [], []), id="it was protected"
        ),
        pytest.param(base(CAT, DOG, invalid=()), (), ([], ["bad"], []), id="faults are new"),
        pytest.param(
            base(CAT, DOG, invalid=[replace(FAULTY, faults=())]), (), ([], ["bad"], []), id="others"
        ),
        pytest.param(
            base(CAT, DOG, Document("fox", "x/fox.md", Text("fox\n"))),
            (),
            ([], [], ["fox"]),
            id="a file named a model that none names now",
        ),
        pytest.param(
            base(CAT, DOG, invalid=[FAULTY, InvalidFile("x.md", "fox", ())]),
            (),
            ([], [], ["fox"]),
            id="a file with faults did",
        ),
    ],
)
def test_what_differs_is_selected_whichever_file_it_comes_from(before, changed, expected):
    assert select(before, changed=changed) == expected


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param({"project_id": "p"}, {"project_id": "q"}, ALL, id="another project"),
        pytest.param({"project_id": "p"}, {}, NOTHING, id="a project that is not named any more"),
        pytest.param({}, {"project_id": "p"}, NOTHING, id="a project that is named now"),
        pytest.param({"on_drift": "skip"}, {}, ALL, id="another policy for drift"),
        pytest.param({"deploy_branch": "main"}, {"deploy_branch": "live"}, ALL, id="a branch"),
        pytest.param({"prune": True}, {}, ([], [], ["fox"]), id="removed files are deleted"),
        pytest.param({"ignored": ("x",)}, {}, ([], [], ["fox"]), id="models to be left alone"),
        pytest.param({"push": "origin"}, {}, NOTHING, id="where snapshots go"),
        pytest.param({"limits": LimitsConfig(max_deletes=3)}, {}, NOTHING, id="limits"),
    ],
)
def test_a_policy_selects_what_it_decides_about(before, now, expected):
    assert select(base(CAT, DOG, settings=target(**before)), settings=target(**now)) == expected


def test_another_server_selects_everything():
    before = replace(target(), section=TargetConfig(base_url="https://other.example/v1"))
    assert select(base(CAT, DOG, settings=before)) == ALL
    sandbox = replace(target(), section=TargetConfig(sandbox="a.sqlite3"))
    assert select(base(CAT, DOG, settings=sandbox)) == ALL


def test_a_target_that_the_config_did_not_name_selects_everything():
    assert select(replace(base(CAT, DOG), settings=None)) == ALL


def test_each_difference_of_the_config_is_told_with_both_values():
    before = target(project_id="p", prune=True, deploy_branch="main", ignored=("a", "b"))
    now = target(
        project_id="q",
        on_drift="skip",
        push="origin",
        credentials=CredentialNames(api_key_env="A_KEY"),
        limits=LimitsConfig(max_change_percent=12.5),
    )
    told = [*describe_setting_changes(base(settings=before), now)]
    assert [line.removeprefix("since c0ffee0, the config ") for line in told] == [
        "names another server or project for this target",
        "says prune: false (it was true)",
        "says on_drift: skip (it was block)",
        "says deploy_branch: nothing (it was main)",
        "says snapshots.push: origin (it was nothing)",
        "says ignore.models: nothing (it was a, b)",
        "says credentials.api_key_env: A_KEY (it was SCENARIO_SDK_API_KEY)",
        "says limits.max_change_percent: 12.5 (it was 30)",
    ]
    assert [*describe_setting_changes(base(settings=now), now)] == []


def test_a_target_that_the_config_did_not_name_is_told_and_nothing_else():
    (told,) = describe_setting_changes(replace(base(), settings=None), target())
    assert told == "the config of c0ffee0 does not name this target"
