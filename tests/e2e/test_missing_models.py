"""Models that do not exist: a plan fails on them, and says which models may be meant."""

import pytest
from starlette.responses import PlainTextResponse

from sync.sandbox.seed import Seed
from sync.sandbox.store import Store


@pytest.fixture
def studio(studio):
    models = {
        "model_7Kq": {"name": "Storm Lantern"},
        "model_9Zx": {"name": "Tidal Reef"},
        "hero": {"description": "Hero\n"},
    }
    studio.store = Store(":memory:", seed=Seed.model_validate({"models": models}))
    studio.serve()
    studio.commit({"hero.md": "Hero\n"})
    return studio


def notes(plan, model):
    return plan.change(model)["notes"]


@pytest.mark.parametrize(
    ("stem", "note"),
    [
        ("storm-lantren", "Did you mean Storm Lantern (model_7Kq)?"),
        ("heroo", "Did you mean hero?"),
        ("zzzz", None),
    ],
)
def test_a_name_instead_of_an_id_is_recognised(studio, stem, note):
    studio.commit({f"{stem}.md": "A text\n"})
    planned = studio.plan()
    assert (planned.code, planned.states[stem]) == (4, "missing")
    assert notes(planned, stem) == ([note] if note else [])
    assert note is None or note in studio.sync("plan").out


def test_a_name_is_recognised_whatever_its_case(studio):
    studio.store = Store(
        ":memory:", seed=Seed.model_validate({"models": {"model_1": {"name": "Reef"}}})
    )
    studio.serve()
    studio.commit({"reef.md": "Reef\n"})
    assert notes(studio.plan(), "reef") == ["The id of the model with this name is model_1."]


def test_two_models_of_that_name_are_both_named(studio):
    models = {"model_1": {"name": "Reef"}, "model_2": {"name": "reef"}, "hero": {}}
    studio.store = Store(":memory:", seed=Seed.model_validate({"models": models}))
    studio.serve()
    studio.commit({"reef.md": "Reef\n"})
    (note,) = notes(studio.plan(), "reef")
    assert "model_1 or model_2" in note


def test_a_list_that_cannot_be_had_costs_the_suggestion_only(studio):
    studio.commit({"heroo.md": "Hero\n"})
    served = studio.app

    async def app(scope, receive, send):
        refused = scope["path"] == "/v1/models"
        await (PlainTextResponse("no", 403) if refused else served)(scope, receive, send)

    studio.stage.app = app
    planned = studio.plan()
    assert notes(planned, "heroo") == []
    assert (planned.code, planned.states["heroo"]) == (4, "missing")


def test_only_a_missing_model_costs_a_list(studio):
    assert studio.plan().code == 0
    assert studio.requests == {"GET": 1}


def test_if_no_model_exists_the_project_is_doubted(studio):
    studio.remote({"another": None})
    studio.commit({"reef.md": "Reef\n"})
    for command in ("plan", "status"):
        ran = studio.sync(command)
        assert ran.code == 4
    assert "Is base_url right" in studio.sync("plan").out
    ran = studio.sync("apply", "--yes")
    assert ran.code == 4
    assert "project_id" in ran.out


def test_one_of_several_is_no_reason_to_doubt_the_project(studio):
    studio.commit({"heroo.md": "Hero\n"})
    assert "project_id" not in studio.sync("plan").out
