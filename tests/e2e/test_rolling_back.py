"""Rollback: what a run replaced comes back to the byte, and nothing else is touched."""

import pytest
from studio import REF

ODD = "\ufeffNo final newline,\r\nCRLF, an emoji 🐚 and blanks  \r\n\r\n  in the end\t"


@pytest.fixture
def deployed(studio):
    """One run that replaced two texts and made a third."""
    studio.commit({"hero.md": "Old hero\n", "reef.md": ODD})
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n", "oar.md": "Oar\n"})
    studio.remote({"hero": "Old hero\n", "reef": ODD, "oar": None, "other": "Other\n"})
    assert studio.apply().code == 0
    studio.serve()
    return studio


BEFORE = {"hero": "Old hero\n", "reef": ODD, "other": "Other\n"}
AFTER = {"hero": "Hero\n", "reef": "Reef\n", "oar": "Oar\n", "other": "Other\n"}


def test_puts_back_what_the_last_run_replaced_to_the_byte(deployed):
    ran = deployed.rollback()
    assert (ran.code, set(ran.results.values())) == (0, {"applied"})
    assert deployed.texts == BEFORE
    assert deployed.requests == {"GET": 6, "PUT": 3}


def test_twice_it_is_as_if_it_never_was(deployed):
    deployed.rollback()
    assert deployed.rollback().code == 0
    assert deployed.texts == AFTER
    assert deployed.plan("--exit-code").code == 0


def test_shows_a_plan_with_states_of_its_own(deployed):
    ran = deployed.sync("rollback", "--yes")
    assert "~ update  hero.md" in ran.out
    assert "- delete  oar.md" in ran.out
    assert ran.code == 0


def test_what_was_edited_since_is_refused_on_its_own(deployed):
    deployed.store.write_text("hero", "Edited in the web app\n")
    ran = deployed.rollback()
    assert (ran.code, ran.results) == (5, {"hero": "refused", "oar": "applied", "reef": "applied"})
    assert "not the text that run" in ran.reasons["hero"]
    assert deployed.texts == {**BEFORE, "hero": "Edited in the web app\n"}


def test_what_was_changed_since_is_not_said_to_be_in_no_branch_if_the_run_created_it(deployed):
    """Nobody asks git for the text: a commit has it."""
    deployed.store.write_text("oar", "Of a commit\n")
    deployed.commit({"oar.md": "Of a commit\n"})
    report = " ".join(deployed.sync("rollback", "--yes").out.split())
    assert "this is not the text that the run left, so rollback will not delete it" in report
    assert "branch, tag or stash" not in report
    assert deployed.texts["oar"] == "Of a commit\n"


def test_a_text_that_git_has_is_not_said_to_be_in_no_branch(deployed):
    """Since the run, somebody put back a text that a commit has."""
    deployed.store.write_text("hero", "Of a commit\n")
    deployed.commit({"hero.md": "Of a commit\n"})
    report = " ".join(deployed.sync("rollback", "--yes").out.split())
    assert "left: will be left alone" in report
    assert "outside git" not in report


def test_what_was_edited_since_is_put_back_when_asked_for(deployed):
    deployed.store.write_text("hero", "Edited in the web app\n")
    assert deployed.rollback("--on-drift", "overwrite").code == 0
    assert deployed.texts == BEFORE
    assert not deployed.lacks({"Edited in the web app\n"})


def test_only_the_named_models_are_put_back(deployed):
    assert deployed.rollback("--model", "hero").results == {"hero": "applied"}
    assert deployed.texts == {**AFTER, "hero": "Old hero\n"}


def test_any_recorded_run_can_be_put_back(deployed):
    (first,) = deployed.sync("history", "--format", "json").json["runs"]
    deployed.commit({"hero.md": "Newer hero\n"})
    deployed.apply()
    ran = deployed.rollback(first["run"])
    assert ran.results == {"hero": "refused", "oar": "applied", "reef": "applied"}
    assert deployed.texts == {**BEFORE, "hero": "Newer hero\n"}


def test_a_dirty_folder_does_not_matter_to_it(deployed):
    deployed.write({"hero.md": "Not committed\n"})
    assert deployed.rollback().code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param([], "error: no run is recorded for production", id="none is recorded"),
        pytest.param(["2026"], 'error: no run "2026" is recorded for production', id="a name"),
    ],
)
def test_without_a_run_there_is_nothing_to_put_back(studio, words, message):
    studio.commit({"hero.md": "Hero\n"})
    ran = studio.sync("rollback", "--yes", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(message)


def test_the_last_run_is_the_last_that_wrote(deployed):
    """A run whose every write was refused is recorded, and replaced nothing."""
    deployed.commit({"hero.md": "Newer hero\n"})
    deployed.serve("PUT:403")
    assert deployed.apply().code == 4
    deployed.serve()
    last, first = deployed.sync("history", "--format", "json").json["runs"]
    assert (last["written"], last["replaced"]) == (0, 0)
    ran = deployed.sync("rollback", "--yes", last["run"])
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"error: run {last['run']} wrote nothing")
    assert deployed.rollback().results == dict.fromkeys(["hero", "oar", "reef"], "applied")
    assert deployed.texts == BEFORE
    assert first["written"] == 3


def test_a_run_in_which_everything_was_withheld_is_none(deployed):
    deployed.commit({"hero.md": "Newer hero\n"})
    deployed.plan("--out", "plan.json")
    deployed.commit({"hero.md": "Newest hero\n"})
    ran = deployed.apply("--plan", "plan.json")
    assert (ran.code, ran.results["hero"]) == (5, "refused")
    assert ran.json["snapshot"]["before"] is None
    assert len(deployed.sync("history", "--format", "json").json["runs"]) == 1


def test_what_is_protected_by_now_is_not_put_back(deployed):
    deployed.commit(
        {
            "hero.md": "---\nprotected: true\n---\nHero\n",
            "oar.md": "---\nprotected: true\n---\nOar\n",
        }
    )
    ran = deployed.rollback()
    assert (ran.code, ran.results) == (
        0,
        {"hero": "unchanged", "oar": "unchanged", "reef": "applied"},
    )
    assert deployed.texts == {**AFTER, "reef": ODD}


def test_a_text_of_blanks_alone_comes_back_to_the_byte(studio):
    studio.remote({"hero": "  \n"})
    studio.commit({"hero.md": "Hero\n"})
    studio.apply()
    assert studio.rollback().code == 0
    assert studio.texts == {"hero": "  \n"}


def test_a_run_that_is_not_recorded_is_told(deployed):
    ran = deployed.sync("rollback", "--yes", "1999")
    assert (ran.code, ran.err) == (
        2,
        (
            'error: no run "1999" is recorded for production\n'
            "`description-sync history` lists the runs.\n"
        ),
    )


def test_history_names_every_run_and_what_it_did(deployed):
    deployed.rollback()
    ran = deployed.sync("history", "--format", "json")
    assert [(run["command"], run["written"], run["replaced"]) for run in ran.json["runs"]] == [
        ("rollback", 3, 3),
        ("apply", 3, 2),
    ]
    text = deployed.sync("history").out
    assert all(run["run"] in text for run in ran.json["runs"])


def test_the_histories_of_two_targets_are_one_document(deployed):
    target = {"base_url": deployed.url}
    deployed.configure(config={"targets": {"production": target, "staging": target}})
    ran = deployed.sync(
        "history", "--format", "json", "--target", "production", "--target", "staging"
    )
    assert [len(each["runs"]) for each in ran.json["targets"]] == [1, 0]


def test_git_alone_shows_every_text_that_was_replaced(deployed):
    log = deployed.repo.git("log", "-p", "--format=%s", REF)
    assert log.startswith("apply production: 3 texts written")
    assert "-Old hero" in log
    assert "+Hero" in log
    assert deployed.snapshot("reef", commit=f"{REF}~1") == ODD.encode()


def test_a_deletion_is_put_back(studio):
    studio.configure(prune=True)
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    studio.remote({"hero": "Hero", "reef": "Reef\n"})
    studio.remove("hero.md")
    assert studio.apply().results == {"hero": "applied", "reef": "unchanged"}
    assert studio.texts == {"reef": "Reef\n"}
    assert studio.rollback().code == 0
    assert studio.texts == {"hero": "Hero", "reef": "Reef\n"}


def test_a_rollback_keeps_to_the_limits(studio):
    names = [f"m{number}" for number in range(12)]
    old, new = ({f"{name}.md": f"{name} {age}\n" for name in names} for age in ("old", "new"))
    studio.commit(old)
    studio.commit(new)
    studio.remote({name: f"{name} old\n" for name in names})
    assert studio.apply("--allow-mass-change").code == 0
    assert studio.rollback().code == 5
    assert studio.texts == {name: f"{name} new\n" for name in names}
    assert studio.rollback("--allow-mass-change").code == 0
    assert studio.texts == {name: f"{name} old\n" for name in names}


def test_the_history_says_which_run_a_rollback_undid(deployed):
    deployed.rollback()
    undid, run = deployed.sync("history", "--format", "json").json["runs"]
    assert (undid["undoes"], run["undoes"]) == (run["run"], None)
    for words in (["history"], ["history", undid["run"]]):
        assert f"undid run {run['run']}: 3 written" in " ".join(deployed.sync(*words).out.split())
