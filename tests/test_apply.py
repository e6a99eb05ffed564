"""Plans carried out against an API at the wire: what each change becomes, and what is held then."""

import asyncio
from collections import deque
from datetime import UTC, datetime

import httpx
import pytest
from remote import Remote, answer

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
from sync.model.plan import Plan, Source
from sync.model.run import Outcome
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text
from sync.operations.execute import ExecuteOptions, execute_plan, make_unwritten_outcome

pytestmark = pytest.mark.anyio

OLD, NEW, THEIRS, EMPTY = Text("old\n"), Text("new\n"), Text("theirs\n"), Text("")
MOVED = "the text in Scenario was changed since the plan was made"
GONE = "Scenario showed a text when the plan was made, and shows none now"
COME = "Scenario showed no text when the plan was made, and shows one now"
NO = httpx.Response(422, json={"reason": "no"})


def update(model="m", before=OLD, after=NEW):
    return Update(model=model, before=before, after=after)


def holding(*models, text=OLD):
    return Remote(dict.fromkeys(models, text.raw))


def no():
    return False


async def apply(remote, *changes, concurrency=1, stopped=no, **conduct):
    """The outcomes, in the order in which they were told."""
    outcomes = []
    async with remote.client(retries=0, concurrency=concurrency) as scenario:
        conduct = ExecuteOptions(stopped, **conduct)
        await execute_plan(plan(*changes), scenario, conduct, on_outcome=outcomes.append)
    return outcomes


def plan(*changes):
    target = TargetIdentity("t", "https://api.test/v1")
    return Plan(target, Source("worktree"), datetime.now(UTC), changes)


# --- what is not written -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "result", "reason"),
    [
        pytest.param(
            InSync(model="m", before=NEW, after=NEW, notes=("altered",)),
            "unchanged",
            "altered",
            id="in sync",
        ),
        pytest.param(Retired(model="m"), "unchanged", "", id="retired"),
        pytest.param(Unmanaged(model="m", before=OLD), "unchanged", "", id="unmanaged"),
        pytest.param(
            Protected(model="m", before=OLD, after=NEW), "unchanged", "protected", id="protected"
        ),
        pytest.param(
            Drift(model="m", before=OLD, after=NEW, policy="skip", notes=("edited elsewhere",)),
            "unchanged",
            "skipped: edited elsewhere",
            id="drift to be skipped",
        ),
        pytest.param(
            Drift(model="m", before=OLD, after=NEW, notes=("edited elsewhere",)),
            "refused",
            "edited elsewhere",
            id="drift",
        ),
        pytest.param(
            Invalid(model="", path="a.md", notes=("one", "two")),
            "refused",
            "one; two",
            id="a file with faults",
        ),
        pytest.param(
            Missing(model="m", after=NEW), "failed", "there is no such model", id="no such model"
        ),
        pytest.param(
            Failed(model="m", after=NEW, notes=("503: down",)), "failed", "503: down", id="unread"
        ),
    ],
)
async def test_what_needs_no_write_makes_no_request(change, result, reason):
    remote = holding("m")
    assert await apply(remote, change) == [Outcome(change, result, reason)]
    assert (remote.requests, remote.texts) == ([], {"m": "old\n"})


def test_a_write_that_is_not_made_was_not_attempted():
    assert make_unwritten_outcome(update()) == Outcome(update(), "not_attempted")


async def test_each_change_is_told_of_once_those_without_a_write_first():
    changes = (update("a"), InSync(model="b"), update("c"), Missing(model="d"))
    outcomes = await apply(holding("a", "c"), *changes)
    assert [outcome.change.model for outcome in outcomes] == ["b", "d", "a", "c"]


# --- what is written -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "change", "left"),
    [
        pytest.param(None, Create(model="m", after=NEW), "new\n", id="create"),
        pytest.param("old\n", update(), "new\n", id="update"),
        pytest.param("old\n", update(after=EMPTY), None, id="empty on purpose"),
        pytest.param(
            "theirs\n",
            Drift(model="m", before=THEIRS, after=NEW, policy="overwrite"),
            "new\n",
            id="overwrite",
        ),
        pytest.param("old\n", Delete(model="m", before=OLD), None, id="delete"),
        pytest.param(
            "theirs\n",
            Drift(model="m", before=THEIRS, policy="overwrite"),
            None,
            id="delete what was edited elsewhere",
        ),
    ],
)
async def test_a_write_leaves_the_text_that_the_plan_says(held, change, left):
    remote = Remote({"m": held})
    (outcome,) = await apply(remote, change)
    assert outcome == Outcome(change, "applied", attempts=2, remote_text=Text(left or ""))
    assert remote.texts == {"m": left}
    assert [request.split()[0] for request in remote.requests] == ["GET", "PUT"]


@pytest.mark.parametrize(
    ("change", "held", "reason"),
    [
        pytest.param(update(), Text("new"), None, id="line ends"),
        pytest.param(update(after=Text("<b>new</b>")), NEW, "HTML removed", id="altered"),
        pytest.param(update(), EMPTY, "emptied", id="emptied"),
        pytest.param(update(), THEIRS, "text changed", id="another text"),
    ],
)
async def test_the_server_decides_what_a_text_became(change, held, reason):
    remote = holding("m")
    remote.script.extend([None, httpx.Response(200, json=answer(held.raw))])
    result = "altered" if reason else "applied"
    assert await apply(remote, change) == [Outcome(change, result, reason or "", 2, held)]


# --- what moved since ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "change", "result", "reason"),
    [
        pytest.param("theirs\n", update(), "refused", MOVED, id="edited since"),
        pytest.param("old", update(), "refused", MOVED, id="edited in form alone"),
        pytest.param(None, update(), "refused", GONE, id="emptied since"),
        pytest.param(
            "theirs\n", Create(model="m", after=NEW), "refused", COME, id="described since"
        ),
        pytest.param("theirs\n", Delete(model="m", before=OLD), "refused", MOVED, id="not deleted"),
    ],
)
async def test_what_moved_since_the_plan_is_left_alone(held, change, result, reason):
    remote = Remote({"m": held})
    assert await apply(remote, change) == [Outcome(change, result, reason, 1)]
    assert remote.texts == {"m": held}


@pytest.mark.parametrize(
    ("held", "change"),
    [
        pytest.param("new", update(), id="written meanwhile"),
        pytest.param(None, Delete(model="m", before=OLD), id="deleted meanwhile"),
        pytest.param(" \n", update(after=EMPTY), id="emptied meanwhile"),
    ],
)
async def test_what_became_so_meanwhile_is_not_written_again(held, change):
    remote = Remote({"m": held})
    reason = "Scenario already has this text"
    assert await apply(remote, change) == [
        Outcome(change, "unchanged", reason, 1, Text(held or ""))
    ]
    assert remote.texts == {"m": held}


async def test_an_empty_text_has_no_form_to_be_edited():
    remote = Remote({"m": "\r\n"})
    (outcome,) = await apply(remote, Create(model="m", after=NEW))
    assert (outcome.result, remote.texts) == ("applied", {"m": "new\n"})


async def test_an_edit_at_the_moment_of_the_write_is_left_alone():
    remote = holding("m")
    remote.script.extend([None, remote.edited("m", "theirs\n", httpx.Response(500))])
    assert await apply(remote, update()) == [
        Outcome(
            update(),
            "refused",
            (
                "m: Scenario has a third text, neither the old nor the new one; it was left alone. "
                "Make a new plan to see the text that Scenario has now."
            ),
            3,
            in_doubt=True,
        )
    ]
    assert remote.texts == {"m": "theirs\n"}


# --- what fails ----------------------------------------------------------------------------------


async def test_a_model_that_went_since_the_plan_fails():
    (outcome,) = await apply(Remote({}), update())
    assert (outcome.result, outcome.reason) == ("failed", "m: there is no such model any more")


async def test_a_text_that_cannot_be_read_again_is_not_replaced():
    remote = holding("m")
    remote.script.append(NO)
    (outcome,) = await apply(remote, update())
    assert (outcome.result, outcome.remote_text, remote.texts) == ("failed", None, {"m": "old\n"})
    assert "no" in outcome.reason


async def test_one_that_fails_does_not_hold_up_the_others():
    remote = holding("a", "b")
    remote.script.extend([None, NO])
    outcomes = await apply(remote, update("a"), update("b"))
    assert [outcome.result for outcome in outcomes] == ["failed", "applied"]
    assert outcomes[0].reason.startswith("a: 422")
    assert remote.texts == {"a": "old\n", "b": "new\n"}


async def test_abort_leaves_the_rest_as_it_is():
    remote = holding("a", "b")
    remote.script.extend([None, NO])
    changes = (update("a"), update("b"))
    failed, left = await apply(remote, *changes, abort_on_error=True)
    reason = "an earlier one failed, and --on-error is abort"
    assert (failed.result, left) == ("failed", Outcome(changes[1], "not_attempted", reason))
    assert remote.texts == {"a": "old\n", "b": "old\n"}


class Hesitant(Remote):
    """It answers the write of a only after an outcome was told."""

    async def handle(self, request):
        if "/a/" in request.url.path:
            await self.told.wait()
        return super().handle(request)


async def test_what_is_under_way_is_finished_before_an_abort():
    remote = Hesitant(dict.fromkeys("abc", "old\n"), deque([None, NO]))
    remote.told = asyncio.Event()
    outcomes = []

    def done(outcome):
        outcomes.append((outcome.change.model, outcome.result))
        remote.told.set()

    async with remote.client(retries=0, concurrency=2) as scenario:
        conduct = ExecuteOptions(no, abort_on_error=True)
        await execute_plan(plan(*map(update, "abc")), scenario, conduct, on_outcome=done)
    assert outcomes == [("b", "failed"), ("a", "applied"), ("c", "not_attempted")]
    assert remote.texts == {"a": "new\n", "b": "old\n", "c": "old\n"}


async def test_what_moved_is_no_reason_to_abort():
    remote = Remote({"a": "theirs\n", "b": "old\n"})
    outcomes = await apply(remote, update("a"), update("b"), abort_on_error=True)
    assert [outcome.result for outcome in outcomes] == ["refused", "applied"]


async def test_a_key_that_is_wrong_by_now_ends_the_run():
    remote = holding("a", "b")
    remote.script.append(httpx.Response(401, json={"reason": "revoked"}))
    first, second = await apply(remote, update("a"), update("b"))
    assert (first.result, first.attempts) == ("failed", 1)
    assert second.result == "not_attempted"
    assert second.reason.startswith("stopped early: ")
    assert len(remote.requests) == 1


# --- what is held back ---------------------------------------------------------------------------


async def test_what_is_withheld_is_refused_for_the_reason_given():
    remote = holding("a", "b")
    outcomes = await apply(
        remote, update("a"), update("b"), refusal_reasons={"a": "it moved", "x": "no change of it"}
    )
    assert outcomes[0] == Outcome(update("a"), "refused", "it moved")
    assert outcomes[1].result == "applied"
    assert remote.texts == {"a": "old\n", "b": "new\n"}


async def test_once_stopped_nothing_more_is_begun():
    remote = holding("a", "b", "c")
    changes = [*map(update, "abc")]
    first, *rest = await apply(remote, *changes, stopped=lambda: bool(remote.requests))
    assert first.result == "applied"
    assert rest == [
        Outcome(each, "not_attempted", "interrupted before its turn") for each in changes[1:]
    ]
    assert remote.texts == {"a": "new\n", "b": "old\n", "c": "old\n"}


async def test_the_first_reason_to_stop_is_the_one_that_is_told():
    remote = holding("a", "b")
    remote.script.append(NO)
    _, left = await apply(
        remote,
        update("a"),
        update("b"),
        abort_on_error=True,
        stopped=lambda: bool(remote.requests),
    )
    assert left.reason == "an earlier one failed, and --on-error is abort"
