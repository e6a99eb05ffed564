"""What Scenario did not resolve in a text is told by each command that reads it."""

TEXT = "Reef {asset:gone} and {model:hero}\n"
NOTE = "Scenario does not know gone"


def test_a_reference_that_scenario_does_not_know_is_told(studio):
    studio.remote({"hero": "Hero\n", "reef": TEXT})
    studio.commit({"hero.md": "Hero\n", "reef.md": TEXT})
    plan = studio.plan("--exit-code")
    assert (plan.code, plan.states["reef"]) == (0, "in_sync")
    assert plan.change("reef")["notes"] == [NOTE]
    assert plan.change("hero")["notes"] == []
    for command in ("plan", "status"):
        assert NOTE in studio.sync(command).out
    assert studio.requests == {"GET": 6}


def test_a_reference_that_the_new_text_has_no_more_is_not_told(studio):
    studio.remote({"hero": "Hero\n", "reef": TEXT})
    studio.commit({"reef.md": TEXT})
    studio.commit({"reef.md": "Reef {model:hero}\n"})
    assert studio.plan().change("reef")["notes"] == []


def test_a_write_tells_what_scenario_did_not_resolve(studio):
    studio.remote({"hero": None, "reef": None})
    studio.commit({"reef.md": TEXT})
    ran = studio.apply()
    assert (ran.code, ran.results) == (0, {"reef": "applied"})
    (outcome,) = ran.json["outcomes"]
    assert outcome["notes"] == [NOTE]
