"""Every state: what plan says of it, what apply makes of it, and what the server then holds."""

from dataclasses import dataclass, field
from types import EllipsisType

import pytest
from studio import REF

NEVER_THERE = ...
OLD, NEW, EDITED = "Old\n", "New\n", "Edited in the web app\n"
PROTECTED = "---\nprotected: true\n---\nNew\n"
CLEAR = "---\nclear: true\n---\n"
DONE, SKIPPED, FAILED, REFUSED = (0, 3, 0), (0, 0, 0), (4, 4, 4), (0, 3, 5)


@dataclass(frozen=True)
class Case:
    """The versions of a file, None where it is removed, and the text that the server has.

    `codes` are those of plan, plan --exit-code and apply.
    """

    versions: list[str | None]
    remote: str | EllipsisType | None
    state: str
    result: str
    codes: tuple[int, int, int]
    afterwards: str | None
    fault: str = ""
    target: dict[str, object] = field(default_factory=dict)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case([NEW], NEW, "in_sync", "unchanged", SKIPPED, NEW), id="in sync"),
        pytest.param(
            Case(
                [NEW],
                "\ufeff\r\nNew\r\n\r\n",
                "in_sync",
                "unchanged",
                SKIPPED,
                "\ufeff\r\nNew\r\n\r\n",
            ),
            id="in sync but for its form",
        ),
        pytest.param(Case([NEW], None, "create", "applied", DONE, NEW), id="no text yet"),
        pytest.param(Case([NEW], " \n", "create", "applied", DONE, NEW), id="a blank text"),
        pytest.param(
            Case([NEW], None, "create", "applied", DONE, NEW, fault="GET:unset=404"),
            id="no text yet, which the server answers with 404",
        ),
        pytest.param(Case([OLD, NEW], OLD, "update", "applied", DONE, NEW), id="an older version"),
        pytest.param(
            Case([OLD, CLEAR], OLD, "update", "applied", DONE, None), id="to be empty on purpose"
        ),
        pytest.param(
            Case([CLEAR], None, "in_sync", "unchanged", SKIPPED, None), id="empty already"
        ),
        pytest.param(
            Case([OLD, NEW], EDITED, "drift", "refused", REFUSED, EDITED), id="edited elsewhere"
        ),
        pytest.param(
            Case([NEW], EDITED, "drift", "unchanged", DONE, EDITED, target={"on_drift": "skip"}),
            id="edited elsewhere, to be skipped",
        ),
        pytest.param(
            Case([NEW], EDITED, "drift", "applied", DONE, NEW, target={"on_drift": "overwrite"}),
            id="edited elsewhere, to be overwritten",
        ),
        pytest.param(
            Case([OLD, None], OLD, "retired", "unchanged", SKIPPED, OLD), id="a file removed"
        ),
        pytest.param(
            Case([OLD, None], OLD, "delete", "applied", DONE, None, target={"prune": True}),
            id="a file removed, where descriptions may be deleted",
        ),
        pytest.param(
            Case([OLD, None], EDITED, "drift", "refused", REFUSED, EDITED, target={"prune": True}),
            id="a file removed whose text was edited elsewhere",
        ),
        pytest.param(
            Case([OLD, PROTECTED], OLD, "protected", "unchanged", SKIPPED, OLD), id="protected"
        ),
        pytest.param(
            Case([NEW], NEVER_THERE, "missing", "failed", (4, 4, 4), None), id="no such model"
        ),
        pytest.param(
            Case(["---\nmodle: x\n---\nNew\n"], OLD, "invalid", "refused", (4, 4, 5), OLD),
            id="a file with faults",
        ),
        pytest.param(
            Case([NEW], OLD, "failed", "failed", FAILED, OLD, fault="GET:500@reef"),
            id="cannot be read",
        ),
    ],
)
def test_a_model_in_this_state(studio, case):
    reef = {} if case.remote is NEVER_THERE else {"reef": case.remote}
    studio.remote({"lantern": "Lantern\n", **reef})
    studio.serve(*filter(None, [case.fault]))
    studio.configure(**case.target)
    studio.commit({"lantern.md": "Lantern\n"})
    for version in case.versions:
        if version is None:
            studio.remove("reef.md")
        else:
            studio.commit({"reef.md": version})
    before = studio.repo.git("status", "--porcelain")

    planned, detailed = studio.plan(), studio.plan("--exit-code")
    assert {each["path"]: each["state"] for each in planned.json["changes"]} == {
        "lantern.md": "in_sync",
        "reef.md": case.state,
    }
    assert "PUT" not in studio.requests
    assert studio.repo.git("for-each-ref", REF) == ""
    assert studio.repo.git("status", "--porcelain") == before

    applied = studio.apply()
    outcomes = {each["path"]: each for each in applied.json["outcomes"]}
    assert (outcomes["reef.md"]["state"], outcomes["reef.md"]["result"]) == (
        case.state,
        case.result,
    )
    assert (planned.code, detailed.code, applied.code) == case.codes
    assert studio.texts.get("reef") == case.afterwards
    assert {planned.err, detailed.err, applied.err} == {""}
