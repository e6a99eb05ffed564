"""With --quiet a decision is told when it is new, and then once in a while."""

import pytest


@pytest.fixture
def drifted(studio):
    """One description in sync, one that was edited in Scenario."""
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    studio.remote({"hero": "Hero\n", "reef": "Coral reef\n"})
    return studio


def apply(studio, *words):
    ran = studio.sync("apply", "--yes", "--quiet", *words)
    return ran.code, ran.out


def test_a_decision_is_told_once_with_the_two_commands_to_choose_from(drifted):
    code, out = apply(drifted)
    assert code == 5
    assert "production" in out
    assert "description-sync pull reef.md --target production" in out
    assert "description-sync apply reef.md --target production --on-drift overwrite" in out
    assert apply(drifted) == (5, "")


def test_another_edit_and_another_file_are_new_decisions(drifted):
    apply(drifted)
    drifted.store.write_text("reef", "Coral reef at dusk\n")
    assert "dusk" in apply(drifted)[1]
    assert apply(drifted) == (5, "")
    drifted.store.write_text("hero", "Edited, too\n")
    assert "hero.md" in apply(drifted)[1]


def test_a_decision_that_was_made_is_no_news(drifted):
    drifted.store.write_text("hero", "Edited, too\n")
    apply(drifted)
    drifted.store.write_text("hero", "Hero\n")
    assert apply(drifted) == (5, "")


def test_it_is_told_again_after_a_while(drifted):
    apply(drifted)
    assert apply(drifted, "--remind", "0.0000001")[1]
    assert apply(drifted, "--remind", "1") == (5, "")


def test_a_file_with_faults_and_a_model_that_does_not_exist_are_named_once(drifted):
    drifted.store.write_text("reef", "Reef\n")
    drifted.commit({"bad.md": "---\nmodle: bad\n---\nBad\n", "gone.md": "Gone\n"})
    out = apply(drifted)[1]
    assert "bad.md" in out
    assert "gone.md" in out
    assert apply(drifted)[1] == ""


def test_what_is_written_is_told_each_time_and_with_it_the_decision(drifted):
    apply(drifted)
    drifted.commit({"hero.md": "A hero\n"})
    out = apply(drifted)[1]
    assert "1 updated" in out
    assert "reef.md" in out


def test_json_is_never_left_out(drifted):
    apply(drifted)
    assert drifted.sync("apply", "--yes", "--quiet", "--format", "json").json["outcomes"]


def test_the_memory_is_in_the_folder_of_git_and_needs_not_be_there(drifted):
    apply(drifted)
    assert drifted.repo.git("status", "--porcelain") == ""
    (memory,) = (drifted.repo.path / ".git" / "description-sync").glob("told-*.json")
    memory.write_text("rubbish")
    assert apply(drifted)[1]
    memory.unlink()
    assert apply(drifted)[1]


def test_without_quiet_everything_is_told_each_time(drifted):
    for _ in range(2):
        assert "reef.md" in drifted.sync("plan").out
