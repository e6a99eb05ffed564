from datetime import UTC, datetime

import pytest

from sync.config import Limits
from sync.guard import Allowed, refusals
from sync.model import (
    Create,
    Delete,
    Drift,
    InSync,
    Invalid,
    Plan,
    Source,
    TargetIdentity,
    Text,
    Update,
)

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


def plan(*changes, documents=None, dirty=False):
    return Plan(
        TargetIdentity("t", "https://x"),
        Source("worktree", "c0ffee", dirty),
        datetime.now(UTC),
        changes,
        documents=len(changes) if documents is None else documents,
    )


DIRTY = (
    "the folder has changes that are not committed, so that git could not give them back. "
    "Commit them, or pass --allow-dirty."
)


@pytest.mark.parametrize(
    ("made", "allowed", "expected"),
    [
        pytest.param(plan(*create(20)), Allowed(), [], id="creations replace nothing"),
        pytest.param(plan(*update(3), *in_sync(7)), Allowed(), [], id="30 percent are fine"),
        pytest.param(
            plan(*update(3), *overwrite(1), *in_sync(6)),
            Allowed(),
            ["4 of 10 descriptions would be replaced"],
            id="more are not",
        ),
        pytest.param(
            plan(*update(3), *overwrite(1), *in_sync(6)),
            Allowed(mass_change=True),
            [],
            id="unless they are meant",
        ),
        pytest.param(plan(*update(9)), Allowed(), [], id="few documents have no percentage"),
        pytest.param(
            plan(*update(9), documents=100), Allowed(), [], id="the percentage is of all documents"
        ),
        pytest.param(
            plan(*update(9), documents=20),
            Allowed(),
            ["9 of 20 descriptions would be replaced"],
            id="also where only some are planned for",
        ),
        pytest.param(
            plan(*blocked(9), *in_sync(1)), Allowed(), [], id="what is refused replaces nothing"
        ),
        pytest.param(plan(*delete(5), *in_sync(20)), Allowed(), [], id="five deletions are fine"),
        pytest.param(
            plan(*delete(6), *in_sync(20)),
            Allowed(mass_change=True),
            ["6 descriptions would be deleted"],
            id="six are not",
        ),
        pytest.param(
            plan(*delete(6), *in_sync(20)),
            Allowed(mass_delete=True),
            [],
            id="unless they are meant ",
        ),
        pytest.param(plan(*create(1), dirty=True), Allowed(), [DIRTY], id="a dirty folder"),
        pytest.param(
            plan(*create(1), dirty=True), Allowed(dirty=True), [], id="allowed to be dirty"
        ),
        pytest.param(
            plan(*in_sync(1), dirty=True), Allowed(), [], id="dirty, and nothing to write"
        ),
        pytest.param(
            plan(*create(1), Invalid(model="", path="a.md", notes=("fault",))),
            Allowed(dirty=True, mass_change=True, mass_delete=True),
            ["1 file has faults. Mend them"],
            id="a file with faults cannot be allowed",
        ),
        pytest.param(
            plan(*update(10), *delete(6), dirty=True),
            Allowed(),
            [DIRTY, "16 of 16 descriptions would be replaced", "6 descriptions would be deleted"],
            id="every reason at once",
        ),
    ],
)
def test_what_may_be_applied(made, allowed, expected):
    reasons = refusals(made, Limits(), allowed)
    assert len(reasons) == len(expected)
    assert all(reason.startswith(start) for reason, start in zip(reasons, expected, strict=True))


def test_each_limit_names_its_way_past():
    made = plan(*update(10), *delete(6), dirty=True)
    reasons = " ".join(refusals(made, Limits(), Allowed()))
    for flag in ("--allow-dirty", "--allow-mass-change", "--allow-mass-delete"):
        assert flag in reasons
