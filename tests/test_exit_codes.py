"""The exit codes that interface and scripts rely on."""

from datetime import UTC, datetime

import pytest

from sync.cli import exit_codes
from sync.model.changes import (
    Create,
    Drift,
    Failed,
    InSync,
    Invalid,
    Missing,
    Protected,
    Retired,
    Unmanaged,
)
from sync.model.plan import Plan, Source
from sync.model.run import Outcome, Run, Snapshot
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text

TEXT = Text("x\n")
NEW = Create(model="m", after=TEXT)
SETTLED = (
    InSync(model="a", before=TEXT, after=TEXT),
    Protected(model="b"),
    Retired(model="c"),
    Unmanaged(model="d", before=TEXT),
)


def plan(*changes):
    target = TargetIdentity("t", "https://api.test/v1")
    return Plan(target, Source("worktree"), datetime.now(UTC), changes)


@pytest.mark.parametrize(
    ("changes", "code", "detailed_code"),
    [
        pytest.param((), 0, 0, id="nothing"),
        pytest.param(SETTLED, 0, 0, id="all is as it should be"),
        pytest.param((*SETTLED, NEW), 0, 3, id="something to write"),
        pytest.param((Drift(model="m", before=TEXT),), 0, 3, id="drift"),
        pytest.param((Missing(model="m"),), 4, 4, id="no such model"),
        pytest.param((*SETTLED, Failed(model="m")), 4, 4, id="one could not be read"),
        pytest.param((NEW, Invalid(model="m")), 4, 4, id="a file with faults"),
    ],
)
def test_the_code_of_a_plan(changes, code, detailed_code):
    assert exit_codes.get_plan_exit_code(plan(*changes), detailed=False) == code
    assert exit_codes.get_plan_exit_code(plan(*changes), detailed=True) == detailed_code


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([], 0),
        (["applied", "unchanged"], 0),
        (["applied", "failed"], 4),
        (["altered", "unchanged"], 4),
        (["failed", "refused"], 5),
        (["refused", "not_attempted"], 1),
    ],
)
def test_the_code_of_a_run_is_that_of_the_worst_that_happened(results, code):
    run = Run(plan(), [Outcome(NEW, result) for result in results], Snapshot("ref"))
    assert exit_codes.get_run_exit_code(run) == code


def test_an_interruption_is_worse_than_all_that_it_left():
    run = Run(plan(), [Outcome(NEW, "not_attempted")], Snapshot("ref"), interrupted=True)
    assert exit_codes.get_run_exit_code(run) == 130


@pytest.mark.parametrize(
    ("codes", "worst"),
    [
        ([], 0),
        ([0, 3], 3),
        ([4, 3], 4),
        ([4, 5], 5),
        ([75, 5], 75),
        ([75, 1, 2], 1),
        ([1, 130], 130),
    ],
)
def test_of_several_targets_the_worst_counts(codes, worst):
    assert exit_codes.pick_worst_code(codes) == worst
