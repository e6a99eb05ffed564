"""What goes to stderr: nothing where nothing happened, a line of JSON where a collector reads."""

import json
from datetime import UTC, datetime

import pytest


@pytest.fixture
def reef(studio):
    studio.remote({"reef": None})
    studio.commit({"reef.md": "Reef\n"})
    return studio


def lines(ran):
    return [json.loads(line) for line in ran.err.splitlines()]


def test_a_quiet_run_says_nothing_where_nothing_happened(reef):
    assert reef.sync("apply", "--yes", "--quiet").code == 0
    ran = reef.sync("apply", "--yes", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_quiet_run_tells_of_drift(reef):
    reef.store.write_text("reef", "Edited elsewhere\n")
    ran = reef.sync("apply", "--yes", "--quiet")
    assert ran.code == 5
    assert "! drift" in ran.out


@pytest.mark.parametrize("words", [["--log-format", "json", "plan"], ["plan", "--log-format=json"]])
def test_an_error_is_one_object(reef, monkeypatch, words):
    monkeypatch.delenv("SCENARIO_SDK_API_KEY")
    before = datetime.now(UTC)
    ran = reef.sync(*words)
    (line,) = lines(ran)
    assert (ran.code, ran.out) == (2, "")
    assert set(line) == {"time", "level", "message", "hint"}
    assert line["level"] == "error"
    assert "SCENARIO_SDK_API_KEY" in line["message"]
    assert before.replace(microsecond=0) <= datetime.fromisoformat(line["time"])


def test_a_usage_error_is_one_object(reef):
    ran = reef.sync("--log-format", "json", "plan", "--no-such-option")
    assert ran.code == 2
    assert [line["level"] for line in lines(ran)] == ["error"]


def test_a_warning_is_one_object(reef):
    reef.configure(config={"snapshots": {"push": "nowhere"}})
    reef.repo.commit()
    ran = reef.sync("apply", "--yes", "--log-format", "json")
    assert ran.code == 1  # what was replaced could not be shared, as the config asks
    assert {line["level"] for line in lines(ran)} == {"warning"}
    assert "nowhere" in lines(ran)[0]["message"]


def test_the_report_stays_what_it_is(reef):
    plain, logged = reef.sync("plan"), reef.sync("plan", "--log-format", "json")
    assert plain.out == logged.out


def test_the_next_command_speaks_to_people_again(reef):
    reef.sync("plan", "nowhere.md", "--log-format", "json")
    assert reef.sync("plan", "nowhere.md").err.startswith("error: nowhere.md ")
