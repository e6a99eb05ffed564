"""`new`: the file of a model that is found by its name."""

import pytest

from sync.sandbox.seed import Seed
from sync.sandbox.store import Store


@pytest.fixture
def studio(studio):
    models = {
        "model_1": {"name": "Storm Lantern", "description": "Brass.\n"},
        "model_2": {"name": "Tidal Reef"},
        "model_3": {"name": "Twin"},
        "model_4": {"name": "twin"},
        "model_5": {"name": "Hidden", "privacy": "unlisted"},
        "hero": {"name": "Hero", "description": "Hero\n"},
    }
    studio.store = Store(":memory:", seed=Seed.model_validate({"models": models}))
    studio.serve()
    studio.commit({"hero.md": "Hero\n"})
    return studio


def created(studio):
    folder = studio.repo.path / "descriptions"
    return {path.name: path.read_text() for path in folder.iterdir() if path.name != "hero.md"}


@pytest.mark.parametrize("word", ["Storm Lantern", "storm  LANTERN", "model_1"])
def test_a_model_is_found_by_its_name_or_id_and_has_its_text(studio, word):
    ran = studio.sync("new", word)
    assert (ran.code, ran.err) == (0, "")
    ((name, content),) = created(studio).items()
    assert content.endswith("Brass.\n")
    assert f"descriptions/{name}" in ran.out
    studio.repo.git("add", "--all")
    assert studio.plan().states == {"hero": "in_sync", "model_1": "in_sync"}


def test_a_model_without_a_text_gets_a_start_that_check_finds(studio):
    assert studio.sync("new", "Tidal Reef").code == 0
    ((name, content),) = created(studio).items()
    assert "# Tidal Reef" in content
    found = studio.sync("check", f"descriptions/{name}", "--format", "json").json["findings"]
    assert [finding["rule"] for finding in found] == ["placeholder"]
    assert "PUT" not in studio.requests


def test_an_unlisted_model_is_found_by_its_id(studio):
    assert studio.sync("new", "model_5").code == 0


@pytest.mark.parametrize(
    ("word", "code", "said"),
    [
        ("Twin", 2, "model_3 or model_4"),
        ("Hero", 2, "descriptions/hero.md already describes hero"),
        ("Storm Lantren", 4, "Did you mean Storm Lantern (model_1)?"),
    ],
)
def test_no_file_is_made_where_it_is_not_clear_which(studio, word, code, said):
    ran = studio.sync("new", word)
    assert (ran.code, ran.out, created(studio)) == (code, "", {})
    assert said in ran.err


def test_run_twice_it_makes_no_second_file(studio):
    assert studio.sync("new", "Tidal Reef").code == 0
    before = created(studio)
    ran = studio.sync("new", "Tidal Reef")
    assert (ran.code, created(studio)) == (2, before)
    assert "already describes model_2" in ran.err
