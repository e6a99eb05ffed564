"""What the server makes of a text is told once, remembered, and not fought about."""

import json

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
    studio.store.write_text("reef", "Edited elsewhere\n")
    assert studio.plan().states == {"reef": "drift"}


def test_an_altered_text_whose_answer_was_lost_is_left_to_a_person(studio):
    """It may be an edit, too: what it looks like is told, and decides nothing."""
    studio.commit({"reef.md": "Old\n"})
    studio.commit({"reef.md": TEXT})
    studio.remote({"reef": "Old\n"})
    studio.serve("PUT:trim", "PUT:drop-after:1")
    ran = studio.apply()
    assert (ran.code, ran.results) == (5, {"reef": "refused"})
    assert "probably the server's form of your text (trimmed)" in ran.reasons["reef"]
    assert "third text" not in ran.reasons["reef"]
    plan = studio.plan()
    assert plan.states == {"reef": "drift"}
    assert plan.change("reef")["notes"] == ["probably the server's form of your text (trimmed)"]
    again = studio.apply("--on-drift", "overwrite")
    assert (again.code, again.results) == (4, {"reef": "failed"})
    assert "give the file the text that it keeps" in again.reasons["reef"]


def test_a_text_that_was_never_sent_is_not_said_to_be_cut_by_the_server(studio):
    """A line is added to a text from Scenario before git has the text."""
    studio.remote({"reef": "# Reef\n\nA shallow reef, seen from above at noon.\n"})
    studio.commit({"reef.md": "# Reef\n\nA shallow reef, seen from above at noon.\n\nNew.\n"})
    assert "changed outside git: will be left alone" in studio.sync("plan").out
    (note,) = studio.plan().change("reef")["notes"]
    assert note.startswith("this text is in no Markdown file")


def test_a_run_killed_before_it_saw_what_became_of_a_text_accuses_nobody(studio):
    """As it is after `kill -9` between a PUT and its answer: the run has no end on the ref."""
    studio.remote({"reef": None})
    studio.serve("PUT:trim")
    studio.commit({"reef.md": TEXT})
    before = studio.apply().json["snapshot"]["before"]
    studio.repo.git("update-ref", "refs/description-sync/production", before)
    plan = studio.plan()
    assert plan.states == {"reef": "drift"}
    assert plan.change("reef")["notes"] == ["probably the server's form of your text (trimmed)"]
    report = studio.sync("plan").out
    assert "probably the server's form of your text (trimmed)" in report
    assert "changed outside git" not in report


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("a  b\n\n\nc\n", "a b\n\nc\n", id="blanks"),
        pytest.param("notable\n", "not able\n", id="two words"),
        pytest.param("plain\n", "<b>plain</b>\n", id="HTML"),
    ],
)
def test_a_server_that_keeps_the_old_text_is_told_at_every_run(studio, old, new):
    studio.commit({"reef.md": old})
    studio.commit({"reef.md": new})
    studio.remote({"reef": old})
    leaving(studio, old)
    for _ in range(2):
        ran = studio.apply()
        assert (ran.code, ran.results) == (4, {"reef": "failed"})
        assert "still has the old text" in ran.reasons["reef"]
        assert studio.plan().states == {"reef": "update"}


def test_a_deletion_that_leaves_something_is_not_repeated(studio):
    studio.configure(prune=True)
    studio.remote({"hero": "Hero\n", "reef": "Reef\n"})
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    studio.remove("reef.md")
    leaving(studio, "No description.")
    assert studio.apply().results["reef"] == "altered"
    plan = studio.plan("--exit-code")
    assert (plan.code, plan.states["reef"]) == (0, "retired")
    assert "returned this text after the deletion" in plan.change("reef")["notes"][0]
    assert studio.apply().code == 0


def leaving(studio, text):
    """Serve so that a deletion leaves this text."""
    app = studio.app

    async def answer(scope, receive, send):
        if scope["method"] != "PUT":
            await app(scope, receive, send)
            return
        studio.store.write_text("reef", text)
        body = json.dumps({"description": {"value": text, "assets": [], "models": []}}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    studio.stage.app = answer


@pytest.mark.parametrize("there", ["Old\n", None], ids=["a text", "no text"])
def test_a_write_that_was_not_kept_is_read_back_the_next_time(studio, there):
    """The server answers with the new text, and stores nothing."""
    studio.commit({"reef.md": "Old\n"})
    studio.commit({"reef.md": "New\n"})
    studio.remote({"reef": there})
    forgetting(studio)
    assert studio.apply().results == {"reef": "applied"}
    assert "did not keep it" in studio.plan().change("reef")["notes"][0]
    ran = studio.apply()
    assert (ran.code, ran.results) == (4, {"reef": "failed"})
    assert "the server accepted the write, and still" in ran.reasons["reef"]
    last = studio.sync("history", "--format", "json").json["runs"][0]
    assert (last["written"], last["unsure"]) == (0, 1)
    assert studio.rollback().results in ({}, {"reef": "unchanged"})  # nothing to put back
    studio.stage.app = studio.app
    assert studio.apply().results == {"reef": "applied"}
    assert studio.texts == {"reef": "New\n"}


def forgetting(studio):
    """Serve so that each PUT is answered as usual, and nothing of it stays."""
    app = studio.app

    async def answer(scope, receive, send):
        before = studio.texts.get("reef")
        await app(scope, receive, send)
        studio.store.write_text("reef", before)

    studio.stage.app = answer


def test_a_rollback_of_an_altered_text_puts_the_older_one_back(studio):
    studio.commit({"reef.md": "Old\n"})
    studio.commit({"reef.md": TEXT})
    studio.remote({"reef": "Old\n"})
    studio.serve("PUT:cut=20")
    studio.apply()
    assert studio.rollback().code == 0
    assert studio.texts == {"reef": "Old\n"}


def test_a_write_that_the_server_stores_late_is_unsure_in_the_history_and_can_be_rolled_back(
    studio,
):
    studio.commit({"reef.md": "Old\n"})
    studio.commit({"reef.md": "New\n"})
    studio.remote({"reef": "Old\n"})
    studio.serve("PUT:keep")
    assert studio.apply().results == {"reef": "failed"}
    studio.serve()
    (run,) = studio.sync("history", "--format", "json").json["runs"]
    assert (run["written"], run["unsure"]) == (0, 1)
    assert "0 written, 1 possibly written" in " ".join(studio.sync("history").out.split())
    assert "written is unknown" in " ".join(studio.sync("history", run["run"]).out.split())
    studio.store.write_text("reef", "New\n")
    assert studio.rollback().code == 0
    assert studio.texts == {"reef": "Old\n"}
