"""A command that fails as a whole writes its reports, too: none goes on showing an old plan."""

import json

import pytest

MARKER = "<!-- description-sync:"


@pytest.fixture
def reported(studio, tmp_path):
    """Run a command with a report file of each format; return the code and the files' contents."""

    def run(*words):
        files = {form: tmp_path / f"report.{form}" for form in ("markdown", "json", "html", "text")}
        options = [f"--report={form}={path}" for form, path in files.items()]
        ran = studio.sync(*words, *options)
        return ran.code, {form: path.read_text() for form, path in files.items()}

    return run


@pytest.mark.parametrize("words", [("plan",), ("apply", "--yes"), ("rollback", "--yes")])
def test_a_server_that_cannot_be_reached_is_in_every_report(studio, reported, words):
    studio.commit({"model_a.md": "A.\n"})
    studio.configure(base_url="http://127.0.0.1:9/v1")
    code, files = reported(*words)
    assert code != 0
    document = json.loads(files["json"])
    assert (document["kind"], document["exit_code"]) == ("failure", code)
    assert document["target"]["name"] == "production"
    assert files["markdown"].startswith(MARKER)
    for content in files.values():
        assert document["error"].partition(" (")[0] in content


def test_the_report_of_a_failure_takes_the_place_of_the_plan_s_comment(studio, reported):
    studio.remote({"model_a": "Old.\n"})
    studio.commit({"model_a.md": "A.\n"})
    _, before = reported("plan")
    studio.serve("GET:401")
    code, after = reported("plan")
    assert code == 2
    assert after["markdown"].partition("\n")[0] == before["markdown"].partition("\n")[0]
    assert after["markdown"] != before["markdown"]


def test_a_config_that_cannot_be_read_is_reported_without_a_target(studio, reported):
    studio.repo.write("config.yaml", "targets: [")
    code, files = reported("plan")
    document = json.loads(files["json"])
    assert (code, document["kind"], document["target"]["name"]) == (2, "failure", "")
    assert "config.yaml" in files["markdown"]


def test_the_first_fault_is_the_headline_and_each_other_one_a_line(studio, reported):
    studio.repo.write("config.yaml", "version: 1\ntargts: {}\n")
    _, files = reported("plan")
    headline = files["markdown"].split("\n")[2]
    assert "the key" in headline
    assert "targts" not in headline
    assert "\n- " in files["markdown"]
    assert "targts" in files["markdown"]


def test_a_target_that_failed_is_in_the_report_of_the_others(studio, reported):
    studio.remote({"model_a": "A.\n"})
    both = {"production": {"base_url": studio.url}, "far": {"base_url": "http://127.0.0.1:9/v1"}}
    studio.configure(config={"targets": both})
    studio.commit({"model_a.md": "A.\n"})
    code, files = reported("--all-targets", "plan")
    assert code == 1
    kinds = {each["target"]["name"]: each["kind"] for each in json.loads(files["json"])["targets"]}
    assert kinds == {"production": "plan", "far": "failure"}
    assert files["markdown"].count(MARKER) == 2
    assert "far: failed" in files["markdown"]
