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
    assert 'no run "1999"' in ran.err


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("form", ["markdown", "html"])
def test_each_format_shows_the_texts(studio, form):
    (run,) = studio.sync("history", "--format", "json").json["runs"]
    out = studio.sync("history", run["run"], "--format", form).out
    assert "Oar" in out
    assert "Hero" in out


# --- runs that wrote nothing, or not everything --------------------------------------------------


def history(studio):
    return studio.sync("history", "--format", "json").json


@pytest.fixture
def written(studio):
    """Ten descriptions in sync."""
    names = ["hero", "reef", *(f"model{number}" for number in range(8))]
    studio.remote({name: f"{name}\n" for name in names})
    studio.commit({f"{name}.md": f"{name}\n" for name in names})
    return studio


def test_a_run_that_a_limit_refused_is_listed_with_its_reason_and_counted(written):
    written.configure(config={"limits": {"max_change_percent": 10}})
    head = written.commit({"hero.md": "A hero\n", "reef.md": "A reef\n"})
    assert [written.apply().code for _ in range(3)] == [5, 5, 5]
    found = history(written)
    (failed,) = found["failed_runs"]
    assert (found["runs"], failed["end"], failed["times"]) == ([], "refused", 3)
    assert (failed["source_commit"], failed["subject"]) == (head, "Change descriptions")
    assert "limit" in failed["reason"]
    assert failed["first_time"] <= failed["time"]
    shown = written.sync("history").out
    assert "no run recorded on refs/description-sync/production, 3 runs that wrote nothing" in shown
    assert "3 times since" in shown


def test_a_run_that_failed_as_a_whole_is_listed_and_a_wrong_command_line_is_not(written):
    written.commit({"hero.md": "A hero\n"})
    written.serve("GET:401")
    assert written.apply("no-such-file.md").code == 2
    assert written.apply().code == 2
    written.serve()
    assert written.apply().code == 0
    found = history(written)
    assert [(each["end"], each["times"]) for each in found["failed_runs"]] == [("failed", 1)]
    assert [each["written"] for each in found["runs"]] == [1]


def test_a_run_that_wrote_a_part_says_what_it_did_not_write(written):
    written.commit({"hero.md": "A hero\n", "reef.md": "A reef\n"})
    written.serve("PUT:422@reef")
    assert written.apply().code == 4
    found = history(written)
    assert found["failed_runs"] == []
    assert [(each["written"], each["unwritten"]) for each in found["runs"]] == [(1, 1)]
    text = written.sync("history").out
    assert "1 written, 1 replaced, 1 not written" in text
    assert "reef.md: " in text


def test_a_run_that_nobody_agreed_to_and_one_with_nothing_to_do_are_no_failures(written):
    assert written.apply().code == 0
    written.commit({"hero.md": "A hero\n"})
    assert written.sync("apply").code != 0  # no terminal to ask on
    assert history(written)["failed_runs"] == []


def test_a_log_that_is_rubbish_is_no_fault(written):
    written.configure(config={"limits": {"max_change_percent": 10}})
    written.commit({"hero.md": "A hero\n", "reef.md": "A reef\n"})
    assert written.apply().code == 5
    (log,) = (written.repo.path / ".git/description-sync").glob("runs-*.json")
    log.write_bytes(b"\xff{")
    assert history(written)["failed_runs"] == []
    assert written.apply().code == 5
    assert len(history(written)["failed_runs"]) == 1
