from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sync.config.settings import LimitsConfig
from sync.decisions.limits import Overrides, find_violations, lift_violations
from sync.model.changes import Create, Delete, Drift, InSync, Invalid, Update
from sync.model.plan import Plan, Source, Violation
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text

OLD, NEW = Text("old\n"), Text("new\n")


def create(count):
    return tuple(Create(model=f"c{n}", after=NEW) for n in range(count))


def update(count):
    return tuple(Update(model=f"u{n}", before=OLD, after=NEW) for n in range(count))


def delete(count):
    return tuple(Delete(model=f"d{n}", before=OLD) for n in range(count))


def overwrite(count):
    return tuple(
        Drift(model=f"o{n}", before=OLD, after=NEW, policy="overwrite") for n in range(count)
    )


def blocked(count):
    return tuple(Drift(model=f"b{n}", before=OLD, after=NEW) for n in range(count))


def in_sync(count):
    return tuple(InSync(model=f"s{n}", before=NEW, after=NEW) for n in range(count))


def faulty(count):
    return tuple(Invalid(model="", path=f"{n}.md", notes=("fault",)) for n in range(count))


def plan(*changes, documents=None, dirty=False, kind="worktree"):
    return Plan(
        TargetIdentity("t", "https://x"),
        Source(kind, "c0ffee", dirty),
        datetime.now(UTC),
        changes,
        documents=len(changes) if documents is None else documents,
    )


DIRTY = (
    "a description or the config file has uncommitted changes, which git could not restore. "
    "Commit them (`git status` lists them), or pass --allow-dirty."
)


def deleted(texts, limit):
    return (
        f"{texts} would be deleted, more than the {limit} of limits.max_deletes. "
        "If this is intended, pass --allow-mass-delete."
    )


def replaced(count, total):
    return (
        f"{count} of {total} descriptions would be replaced, more than the 30 % of "
        "limits.max_change_percent. If this is intended, pass --allow-mass-change."
    )


@pytest.mark.parametrize(
    ("made", "allowed", "expected"),
    [
        pytest.param(plan(*create(20)), Overrides(), [], id="creations replace nothing"),
        pytest.param(plan(*update(3), *in_sync(7)), Overrides(), [], id="30 percent are fine"),
        pytest.param(
            plan(*update(3), *overwrite(1), *in_sync(6)),
            Overrides(),
            [replaced(4, 10)],
            id="more are not",
        ),
        pytest.param(
            plan(*update(3), *overwrite(1), *in_sync(6)),
            Overrides(allow_mass_change=True),
            [],
            id="unless they are meant",
        ),
        pytest.param(plan(*update(9)), Overrides(), [], id="few documents have no percentage"),
        pytest.param(
            plan(*update(9), documents=100),
            Overrides(),
            [],
            id="the percentage is of all documents",
        ),
        pytest.param(
            plan(*update(9), documents=20),
            Overrides(),
            [replaced(9, 20)],
            id="also where only some are planned for",
        ),
        pytest.param(
            plan(*blocked(9), *in_sync(1)), Overrides(), [], id="what is refused replaces nothing"
        ),
        pytest.param(plan(*delete(5), *in_sync(20)), Overrides(), [], id="five deletions are fine"),
        pytest.param(
            plan(*delete(6), *in_sync(20)),
            Overrides(allow_mass_change=True),
            [deleted("6 descriptions", 5)],
            id="six are not",
        ),
        pytest.param(
            plan(*delete(6), *in_sync(20)),
            Overrides(allow_mass_delete=True),
            [],
            id="unless they are meant ",
        ),
        pytest.param(plan(*create(1), dirty=True), Overrides(), [DIRTY], id="a dirty folder"),
        pytest.param(
            plan(*create(1), dirty=True), Overrides(allow_dirty=True), [], id="allowed to be dirty"
        ),
        pytest.param(
            plan(*in_sync(1), dirty=True), Overrides(), [], id="dirty, and nothing to write"
        ),
        pytest.param(
            plan(*create(1), *faulty(1)),
            Overrides(allow_dirty=True, allow_mass_change=True, allow_mass_delete=True),
            ["1 file has faults. Correct them, or name only the files to apply."],
            id="a file with faults cannot be allowed",
        ),
        pytest.param(
            plan(*create(1), *faulty(2)),
            Overrides(),
            ["2 files have faults. Correct them, or name only the files to apply."],
            id="files with faults",
        ),
        pytest.param(
            plan(
                *create(1),
                *(replace(each, cause="untranslatable") for each in faulty(2)),
                kind="target",
            ),
            Overrides(),
            [],
            id="texts that cannot be copied are refused alone",
        ),
        pytest.param(plan(*faulty(1)), Overrides(), [], id="faults, and nothing to write"),
        pytest.param(
            plan(*update(10), *delete(6), dirty=True),
            Overrides(),
            [DIRTY, replaced(16, 16), deleted("6 descriptions", 5)],
            id="every reason at once",
        ),
    ],
)
def test_what_may_be_applied(made, allowed, expected):
    found = replace(made, violations=find_violations(made, LimitsConfig()))
    left = lift_violations(found, allowed).violations
    assert [violation.message for violation in left] == expected


def test_a_violation_has_its_numbers_and_the_flag_that_lifts_it():
    made = plan(*update(10), *delete(6), *faulty(1), dirty=True)
    assert [
        (each.rule, each.count, each.total, each.limit, each.flag)
        for each in find_violations(made, LimitsConfig())
    ] == [
        ("invalid_files", 1, None, None, None),
        ("dirty_folder", None, None, None, "--allow-dirty"),
        ("mass_change", 16, 17, 30, "--allow-mass-change"),
        ("mass_delete", 6, None, 5, "--allow-mass-delete"),
    ]


def test_many_texts_that_are_gone_are_a_fault_of_scenario_rather_than_deletions():
    gone = tuple(replace(each, had_text=True) for each in create(6))
    assert find_violations(plan(*gone[:5], documents=100), LimitsConfig()) == ()
    (violation,) = find_violations(plan(*gone, *create(9), documents=100), LimitsConfig())
    assert violation == Violation(
        rule="mass_absence",
        message="Scenario has no text for 6 models, although git or the last run knows one "
        "(limits.max_deletes is 5). If these texts were never applied, or are really gone, pass "
        "--allow-mass-change.",
        count=6,
        limit=5,
        flag="--allow-mass-change",
    )


def test_the_limits_are_those_of_the_configuration():
    limits = LimitsConfig(max_change_percent=12.5, min_documents=1, max_deletes=0)
    made = plan(*update(1), *delete(1), *in_sync(6))
    assert [violation.message for violation in find_violations(made, limits)] == [
        replaced(2, 8).replace("30 %", "12.5 %"),
        deleted("1 description", 0),
    ]
