"""Who refuses is told apart: the key, the project, the address, a firewall, or one model."""

import pytest
from harbour import CROWD, NEW, OLD

# What answers every GET, or every PUT, and how the command ends.
READS = [
    pytest.param("401", 2, "does not accept the key (401", id="a wrong key"),
    pytest.param("expired", 2, "does not accept the key (403", id="a refused credential"),
    pytest.param("403", 2, "The key may not read its project", id="a wrong project"),
    pytest.param("no-route", 2, "is not the address of the Scenario API", id="a wrong path"),
]


@pytest.mark.parametrize("words", [(), ("--model", "reef")], ids=["three models", "one model"])
@pytest.mark.parametrize(("fault", "code", "told"), READS)
def test_what_the_configuration_is_to_blame_for_ends_with_2(studio, fault, code, told, words):
    studio.serve(f"GET:{fault}")
    for command in ("plan", "status"):
        ran = studio.sync(command, *words)
        assert ran.code == code
        assert told in ran.err


@pytest.mark.parametrize("fault", ["firewall", "restricted", "quota"])
def test_what_it_is_not_to_blame_for_fails_item_by_item(studio, fault):
    studio.serve(f"GET:{fault}")
    ran = studio.plan()
    assert (ran.code, set(ran.states.values())) == (4, {"failed"})
    assert studio.requests == {"GET": 3}


def test_a_firewall_that_dislikes_many_texts_stops_none_of_the_others(crowd):
    disliked = CROWD[:30]
    crowd.serve(*(f"PUT:firewall@{model}" for model in disliked))
    ran = crowd.apply("--allow-mass-change")
    assert ran.code == 4
    assert {model for model, result in ran.results.items() if result == "failed"} == {*disliked}
    assert crowd.texts.keys() == {*CROWD} - {*disliked}


def test_a_key_that_may_not_write_ends_the_run_with_2(crowd):
    crowd.serve("PUT:403")
    ran = crowd.apply("--allow-mass-change")
    assert ran.code == 2
    assert "not_attempted" in ran.results.values()
    assert "The key may not write to its project" in "".join(ran.reasons.values())
    assert crowd.texts == {}


def test_a_model_that_is_refused_alone_costs_one_look_at_the_project(studio):
    studio.serve("GET:403@reef")
    ran = studio.plan("--model", "reef")
    assert (ran.code, ran.states) == (4, {"reef": "failed"})
    assert studio.requests == {"GET": 2}


def test_a_gateway_that_knows_no_way_to_write_fails_the_items(studio):
    studio.serve("PUT:no-route")
    ran = studio.apply()
    assert (ran.code, ran.results) == (4, dict.fromkeys(NEW, "failed"))
    assert studio.texts == OLD
