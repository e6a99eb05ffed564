"""A key that Scenario refuses ends a command with exit code 2: there is something to correct."""

import pytest


@pytest.fixture
def studio(studio):
    studio.remote({"hero": "Hero\n"})
    studio.commit({"hero.md": "Hero\n"})
    return studio


@pytest.mark.parametrize(
    "words",
    [
        ["plan"],
        ["plan", "--unmanaged"],
        ["apply", "--yes"],
        ["status"],
        ["status", "--undocumented"],
        ["pull"],
        ["pull", "--all"],
        ["show", "hero"],
        ["new", "hero"],
        ["check", "--online"],
        ["doctor"],
        ["doctor", "--model", "hero", "--yes"],
        ["preview", "descriptions/hero.md", "--online", "--no-open"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("refusal", ["another key", "no key"])
def test_a_key_that_is_refused_ends_a_command_with_2(studio, monkeypatch, words, refusal):
    if refusal == "no key":
        monkeypatch.delenv("SCENARIO_SDK_API_KEY")
    else:
        studio.serve(credentials=("key", "another"))
    assert studio.sync(*words).code == 2
