"""`ignore.models` in config.yaml: models without a file that no command brings up by itself."""

import pytest

PATTERNS = {"ignore": {"models": ["scratch", "demo-*"]}}


@pytest.fixture
def studio(studio):
    studio.remote({"hero": "Hero\n", "scratch": "S\n", "demo-1": "D\n", "Demo-2": "D\n"})
    studio.configure(config=PATTERNS)
    studio.commit({"hero.md": "Hero\n"})
    return studio


def test_an_ignored_model_is_not_unmanaged(studio):
    planned = studio.plan("--unmanaged")
    assert planned.states == {"hero": "in_sync", "Demo-2": "unmanaged"}
    assert studio.requests == {"GET": 4}  # two lists and two texts: nothing for what is ignored


def test_an_ignored_model_is_not_pulled_with_all_others(studio):
    pulled = studio.sync("pull", "--all", "--format", "json")
    assert {file["model"] for file in pulled.json["files"]} == {"Demo-2"}
    assert not (studio.repo.path / "descriptions/scratch.md").exists()


def test_an_ignored_model_is_pulled_if_it_is_named(studio):
    pulled = studio.sync("pull", "--all", "--model", "scratch", "--format", "json")
    assert {file["model"] for file in pulled.json["files"]} == {"scratch"}


def test_a_file_is_never_ignored(studio):
    studio.commit({"demo-1.md": "Demo\n", "scratch.md": "S\n"})
    assert studio.plan("--on-drift", "overwrite").states == {
        "demo-1": "drift",
        "hero": "in_sync",
        "scratch": "in_sync",
    }
    assert studio.apply("--on-drift", "overwrite").code == 0
    assert studio.texts["demo-1"] == "Demo\n"


def test_a_model_that_a_file_named_once_is_left_out_of_plans(studio):
    """Another id in one commit would be `retired` in each plan from then on."""
    for model in ("scratch", "demo-9", "hero"):
        studio.commit({"hero.md": f"---\nmodel: {model}\n---\nHero\n"})
    assert studio.plan().states == {"hero": "in_sync"}
    assert studio.plan("--model", "scratch").states == {"scratch": "retired"}
    studio.configure(prune=True, config=PATTERNS)
    assert studio.plan().states == {"hero": "in_sync"}


def test_a_preview_shows_what_is_deleted_as_it_is_no_longer_ignored(studio):
    studio.commit({"scratch.md": "S\n"})
    studio.remove("scratch.md")
    studio.configure(prune=True, config=PATTERNS)
    studio.configure(prune=True)
    planned = studio.plan("--since", "HEAD~1")
    assert planned.states == {"scratch": "delete"}
    assert any("ignore.models" in note for note in planned.json["notes"])
