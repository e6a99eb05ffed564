"""What the server makes of a text is told once, remembered, and not fought about."""

import pytest

TEXT = "  Reef <b>bold</b>, seen from above\n\nAsk Jo.\n"


@pytest.mark.parametrize(
    ("fault", "held", "reason"),
    [
        pytest.param("PUT:trim", TEXT.strip(), "trimmed", id="trimmed"),
        pytest.param(
            "PUT:strip-html", TEXT.replace("<b>", "").replace("</b>", ""), "HTML", id="html"
        ),
        pytest.param("PUT:cut=20", TEXT[:20], "20", id="cut"),
    ],
)
def test_an_altered_text_is_not_sent_again(studio, fault, held, reason):
    studio.remote({"reef": None})
    studio.serve(fault)
    studio.commit({"reef.md": TEXT})
    ran = studio.apply()
    assert (ran.code, ran.results) == (4, {"reef": "altered"})
    assert reason in ran.reasons["reef"]
    assert studio.texts == {"reef": held}

    studio.serve(fault)
    plan = studio.plan("--exit-code")
    assert (plan.code, plan.states) == (0, {"reef": "in_sync"})
    assert "the server altered this text" in plan.change("reef")["notes"][0]
    again = studio.apply()
    assert (again.code, again.results) == (0, {"reef": "unchanged"})
    assert studio.requests == {"GET": 2}


def test_line_endings_are_no_alteration(studio):
    studio.remote({"reef": None})
    studio.serve("PUT:crlf")
    studio.commit({"reef.md": TEXT})
    assert studio.apply().results == {"reef": "applied"}
    assert studio.texts == {"reef": TEXT.replace("\n", "\r\n")}
    assert studio.plan("--exit-code").code == 0


def test_a_new_text_is_sent_and_the_altered_one_is_no_drift(studio):
    studio.remote({"reef": None})
    studio.serve("PUT:trim")
    studio.commit({"reef.md": TEXT})
    studio.apply()
    studio.commit({"reef.md": f"{TEXT}More.\n"})
    assert studio.plan().states == {"reef": "update"}
    studio.apply()
    assert studio.texts == {"reef": f"{TEXT}More.".strip()}


def test_an_edit_of_the_altered_text_is_drift(studio):
    studio.remote({"reef": None})
    studio.serve("PUT:trim")
    studio.commit({"reef.md": TEXT})
    studio.apply()
    studio.store.write("reef", "Edited elsewhere\n")
    assert studio.plan().states == {"reef": "drift"}


def test_a_rollback_of_an_altered_text_puts_the_older_one_back(studio):
    studio.commit({"reef.md": "Old\n"})
    studio.commit({"reef.md": TEXT})
    studio.remote({"reef": "Old\n"})
    studio.serve("PUT:cut=20")
    studio.apply()
    assert studio.rollback().code == 0
    assert studio.texts == {"reef": "Old\n"}
