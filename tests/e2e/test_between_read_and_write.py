"""An edit that somebody makes between our reading and our writing is never overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send
    from studio import Studio

EDIT = "Edited in the web app, kept nowhere else\n"
RETRY_AFTER = 150  # seconds


class EditedMeanwhile:
    """An app in which somebody saves an edit right after the first request of one kind.

    `limited` answers that request with 429, as a server does that asks for a long wait.
    """

    def __init__(self, studio: Studio, *, method: str, at: str, limited: bool = False) -> None:
        self.app: ASGIApp = studio.app
        self.studio = studio
        self.kind = (method, at)
        self.limited = limited
        self.edits: list[str] = []
        self.saved = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, at = self.kind
        strikes = not self.saved and scope["method"] == method and f"/{at}/" in scope["path"]
        self.saved |= strikes
        if strikes and self.limited:
            headers = [(b"retry-after", str(RETRY_AFTER).encode())]
            await send({"type": "http.response.start", "status": 429, "headers": headers})
            await send({"type": "http.response.body", "body": b"{}"})
        else:
            await self.app(scope, receive, send)
        if strikes:
            for model in self.edits:
                self.studio.store.write_text(model, EDIT)


@pytest.fixture
def meanwhile(studio):
    """Let somebody edit models right after the first request of a method for `at`."""

    def begin(method: str, *, at: str, edits: list[str], limited: bool = False) -> EditedMeanwhile:
        studio.serve()
        app = EditedMeanwhile(studio, method=method, at=at, limited=limited)
        app.edits = edits
        studio.stage.app = app
        return app

    return begin


@pytest.fixture
def reef(studio):
    """A file and Scenario's older text of it."""
    studio.remote({"reef": "Reef\n"})
    studio.commit({"reef.md": "Reef\n"})
    studio.commit({"reef.md": "Newer\n"})
    return studio


def apply_files(studio):
    return studio.apply


def apply_saved_plan(studio):
    assert studio.plan("--out", "plan.json").code == 0
    return lambda: studio.apply("--plan", "plan.json")


def roll_back(studio):
    assert studio.apply().results == {"reef": "applied"}
    return studio.rollback


@pytest.mark.parametrize("prepare", [apply_files, apply_saved_plan, roll_back])
@pytest.mark.parametrize("before", ["Reef\n", None])
def test_an_edit_made_while_a_limit_is_waited_out_is_left_alone(reef, meanwhile, prepare, before):
    reef.store.write_text("reef", before)
    run = prepare(reef)
    app = meanwhile("PUT", at="reef", edits=["reef"], limited=True)
    ran = run()
    assert app.saved
    assert (ran.code, ran.results) == (5, {"reef": "refused"})
    assert reef.texts == {"reef": EDIT}


@pytest.mark.parametrize("before", ["Reef\n", None])
def test_an_edit_made_after_the_plan_was_shown_is_left_alone(reef, meanwhile, before):
    reef.store.write_text("reef", before)
    app = meanwhile("GET", at="reef", edits=["reef"])
    ran = reef.apply()
    assert app.saved
    assert (ran.code, ran.results) == (5, {"reef": "refused"})
    assert reef.texts == {"reef": EDIT}


@pytest.mark.parametrize("prepare", [apply_saved_plan, roll_back])
def test_an_edit_made_before_an_approved_write_is_left_alone(reef, prepare):
    run = prepare(reef)
    reef.store.write_text("reef", EDIT)
    ran = run()
    assert ran.code == 5
    assert reef.texts == {"reef": EDIT}


def test_an_edit_of_a_text_that_waits_in_the_queue_is_left_alone(studio, meanwhile):
    """With 100 requests per minute, the last of 120 writes comes minutes after the first one."""
    models = [f"model_{number:03}" for number in range(120)]
    studio.configure(requests_per_minute=100)
    studio.remote(dict.fromkeys(models, "Old\n"))
    studio.commit({f"{model}.md": "Old\n" for model in models})
    studio.commit({f"{model}.md": "New\n" for model in models})
    app = meanwhile("PUT", at=models[0], edits=models[-1:])
    ran = studio.apply("--allow-mass-change")
    assert app.saved
    assert (ran.code, ran.results[models[-1]]) == (5, "refused")
    assert studio.texts == {**dict.fromkeys(models, "New\n"), models[-1]: EDIT}
