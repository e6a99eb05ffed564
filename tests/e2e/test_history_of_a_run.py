"""`history RUN`: what one recorded run wrote."""

import pytest


@pytest.fixture
def applied(studio):
    """A run that created, updated and deleted a text."""
    studio.remote({"hero": None, "reef": "Reef\n", "oar": "Oar\n", "gull": "Gull\n"})
    studio.configure(prune=True)
    studio.commit({"reef.md": "Reef\n", "oar.md": "Oar\n", "gull.md": "Gull\n"})
    studio.remove("oar.md")
    studio.commit({"reef.md": "A reef\n", "hero.md": "Hero\n"})
    ran = studio.apply()
    assert ran.code == 0


@pytest.mark.usefixtures("applied")
def test_a_run_is_shown_with_the_texts_before_and_after_it(studio):
    (run,) = studio.sync("history", "--format", "json").json["runs"]
    shown = studio.sync("history", run["run"], "--format", "json").json
    assert [each["run"] for each in shown["runs"]] == [run["run"]]
    assert {each["model"]: (each["before"], each["after"]) for each in shown["texts"]} == {
        "hero": (None, "Hero\n"),
        "oar": ("Oar\n", None),
        "reef": ("Reef\n", "A reef\n"),
    }
    assert all(each["known"] for each in shown["texts"])
    text = studio.sync("history", run["run"][:8]).out
    assert "+ created" in text
    assert "- deleted" in text
    assert "before the run" in text


@pytest.mark.usefixtures("applied")
def test_the_list_of_runs_has_no_texts(studio):
    assert studio.sync("history", "--format", "json").json["texts"] is None


@pytest.mark.usefixtures("applied")
def test_a_run_that_is_not_recorded_is_told(studio):
    ran = studio.sync("history", "1999")
    assert ran.code != 0
    assert 'No run "1999"' in ran.err


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("form", ["markdown", "html"])
def test_each_format_shows_the_texts(studio, form):
    (run,) = studio.sync("history", "--format", "json").json["runs"]
    out = studio.sync("history", run["run"], "--format", form).out
    assert "Oar" in out
    assert "Hero" in out
