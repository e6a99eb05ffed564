"""`status --undocumented`: the models of a project that have no description."""

import pytest

from sync.sandbox.seed import Seed
from sync.sandbox.store import Store


@pytest.fixture
def studio(studio):
    models = {
        "model_1": {"name": "Lantern", "description": "Brass.\n"},
        "model_2": {"name": "Reef"},
        "model_3": {"name": "Anchor", "description": " \n"},
        "model_4": {"name": "Gull"},
        "demo-1": {"name": "Demo"},
    }
    studio.store = Store(":memory:", seed=Seed.model_validate({"models": models}))
    studio.serve()
    studio.configure(retries=0, config={"ignore": {"models": ["demo-*"]}})
    studio.commit({"reef.md": "---\nmodel: model_2\n---\nReef\n"})
    return studio


def undocumented(studio, *words):
    return studio.sync("status", "--undocumented", "--format", "json", *words)


def test_the_models_without_a_text_are_listed_with_their_files(studio):
    ran = undocumented(studio)
    assert (ran.code, ran.err) == (0, "")
    assert (ran.json["described"], ran.json["total"]) == (1, 4)
    assert {model["id"]: model["path"] for model in ran.json["models"]} == {
        "model_2": "reef.md",
        "model_3": None,
        "model_4": None,
    }
    assert studio.requests == {"GET": 6}  # two lists and four texts


def test_people_are_told_how_many_are_described(studio):
    out = studio.sync("status", "--undocumented").out
    assert "1 of 4 described" in out
    assert "description-sync new model_4 --target production" in out
    assert "description-sync apply reef.md --target production" in out


def test_a_model_that_cannot_be_read_is_not_called_undocumented(studio):
    studio.serve("GET:500@model_4")
    ran = undocumented(studio)
    assert (ran.code, ran.json["unreadable"]) == (4, ["model_4"])
    assert "model_4" not in {model["id"] for model in ran.json["models"]}


@pytest.mark.parametrize("words", [["reef.md"], ["--model", "model_2"], ["--unmanaged"]])
def test_it_goes_with_no_selection(studio, words):
    assert undocumented(studio, *words).code == 2
