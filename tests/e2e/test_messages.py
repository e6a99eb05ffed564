"""What goes wrong is said in one message: what happened, where, and what to do next."""

import contextlib
import os
import re
import subprocess

import pytest
from repositories import Repo
from serving import serving
from studio import ended

COMMANDS = ["plan", "apply", "status", "rollback"]


def told(ran, *, code):
    """The message of a command that could do nothing: no report, no traceback, a next step."""
    assert (ran.code, ran.out) == (code, "")
    assert "Traceback" not in ran.err
    first, *rest = ran.err.splitlines()
    assert first.startswith("error: ")
    assert rest, "there is no word on what to do next"
    return ran.err


def run(studio, command):
    return studio.sync(command, *(["--yes"] if command in {"apply", "rollback"} else []))


@pytest.fixture
def hero(studio):
    studio.remote({"hero": None})
    studio.commit({"hero.md": "Hero\n"})
    return studio


# --- credentials ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        pytest.param([], "SCENARIO_SDK_API_KEY and SCENARIO_SDK_API_SECRET not set", id="none"),
        pytest.param(["SCENARIO_SDK_API_KEY"], "SCENARIO_SDK_API_SECRET not set", id="no secret"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply", "status"])
def test_credentials_are_missing(hero, monkeypatch, command, kept, words):
    for name in {"SCENARIO_SDK_API_KEY", "SCENARIO_SDK_API_SECRET"} - set(kept):
        monkeypatch.delenv(name)
    message = told(run(hero, command), code=2)
    assert f'target "production" has no credentials: {words}' in message
    assert "Create an API key in Scenario's project settings" in message
    assert hero.requests == {}


def test_the_variables_are_those_that_the_config_names(hero):
    hero.configure(credentials={"api_key_env": "STUDIO_KEY", "api_secret_env": "STUDIO_SECRET"})
    assert "STUDIO_KEY and STUDIO_SECRET not set" in told(hero.sync("plan"), code=2)


@pytest.mark.parametrize("command", ["plan", "apply", "status"])
def test_credentials_are_wrong(hero, command):
    hero.serve(credentials=("key", "another secret"))
    message = told(run(hero, command), code=2)
    assert "does not accept the key (401: Invalid API key)" in message
    assert "SCENARIO_SDK_API_KEY" in message
    assert "secret" not in message.replace("SCENARIO_SDK_API_SECRET", "")


def test_a_token_has_expired(hero, monkeypatch):
    for name in ("SCENARIO_SDK_API_KEY", "SCENARIO_SDK_API_SECRET"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("SCENARIO_SDK_JWT", "a.b.c")
    hero.serve(credentials=("key", "secret"))
    message = told(hero.sync("plan"), code=2)
    assert "The token has expired" in message
    assert "SCENARIO_SDK_JWT" in message


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_project_is_forbidden(studio, command):
    names = ["hero", "oar", "reef"]
    studio.remote(dict.fromkeys(names))
    studio.serve("GET:403")
    studio.configure(project_id="proj_other")
    studio.commit({f"{name}.md": "Text\n" for name in names})
    message = told(run(studio, command), code=2)
    assert "The key may not read project proj_other" in message
    assert "Check project_id" in message


def test_a_key_that_may_not_write_stops_the_run(studio):
    names = [f"m{number}" for number in range(8)]
    studio.remote(dict.fromkeys(names))
    studio.serve("PUT:403")
    studio.configure(concurrency=1)
    studio.commit({f"{name}.md": "Text\n" for name in names})
    ran = studio.apply()
    assert ran.code == 2
    assert studio.requests["PUT"] == 5
    assert set(ran.results.values()) == {"failed", "not_attempted"}
    assert "The key may not write to its project" in " ".join(ran.reasons.values())


def test_one_model_that_may_not_be_written_does_not_keep_the_others(studio):
    names = ["hero", "oar", "reef"]
    studio.remote(dict.fromkeys(names))
    studio.serve("PUT:403@oar")
    studio.commit({f"{name}.md": "Text\n" for name in names})
    ran = studio.apply()
    assert (ran.code, ran.results) == (
        4,
        {"hero": "applied", "oar": "failed", "reef": "applied"},
    )
    assert "Ask for the right" in ran.reasons["oar"]


# --- the place -----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_this_is_no_git_repository(studio, tmp_path, command):
    config = (studio.repo.path / "config.yaml").read_bytes()
    studio.repo = Repo(tmp_path / "elsewhere")
    studio.repo.write("config.yaml", config)
    message = told(run(studio, command), code=2)
    assert f"{studio.repo.path} is not in a git repository" in message
    assert "git init" in message


def test_git_fails_where_the_command_and_the_config_are_right(studio):
    studio.commit({"hero.md": "Hero\n"})
    blob = studio.repo.git("rev-parse", "HEAD:descriptions/hero.md").strip()
    (studio.repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    message = told(studio.sync("plan", "--commit", "HEAD"), code=1)
    assert blob in message
    assert "git fsck" in message


@pytest.mark.parametrize("command", [*COMMANDS, "history"])
def test_there_is_no_config(studio, command):
    (studio.repo.path / "config.yaml").unlink()
    message = told(run(studio, command), code=2)
    assert f"no config.yaml in {studio.repo.path} or above it" in message
    assert "--config FILE" in message


def test_all_faults_of_the_config_are_told_at_once_with_their_places(studio):
    faults = 'version: 1\nlimts: {}\ntargets:\n  a: {concurrency: "8"}\n  a: {on_drfit: skip}\n'
    studio.repo.write("config.yaml", faults)
    message = told(studio.sync("plan"), code=2)
    for words in ("config.yaml:2:1", "config.yaml:4:7", "config.yaml:5:3"):
        assert words in message
    assert 'Did you mean "limits"?' in message


@pytest.mark.parametrize("command", ["plan", "apply", "status"])
def test_the_folder_is_empty(studio, command):
    studio.commit()
    message = told(run(studio, command), code=2)
    assert "no description in descriptions/ is tracked by git" in message
    assert "git add" in message


def test_files_that_were_never_added_do_not_count(studio):
    studio.write({"hero.md": "Hero\n"})
    assert "git add" in told(studio.sync("plan"), code=2)


def test_a_repository_without_a_commit_is_a_dirty_one(studio):
    studio.remote({"hero": None})
    studio.write({"hero.md": "Hero\n"})
    studio.repo.git("add", "--all")
    assert studio.plan().states == {"hero": "create"}
    assert studio.apply().code == 5
    assert studio.apply("--allow-dirty").code == 0


# --- the server ----------------------------------------------------------------------------------


def test_a_model_that_does_not_exist_is_named(studio):
    studio.remote({})
    studio.commit({"characters/hero.md": "Hero\n"})
    plan = studio.sync("plan")
    assert plan.code == 4
    assert "characters/hero.md" in plan.out
    assert "has no such model" in plan.out
    assert studio.sync("apply", "--yes").code == 4


@pytest.mark.parametrize("command", ["plan", "apply", "status"])
def test_the_server_cannot_be_reached(hero, command):
    with serving(hero.app) as url:
        gone = url
    hero.configure(base_url=gone, retries=1)
    message = told(run(hero, command), code=1)
    assert "Cannot connect" in message
    assert "connection refused" in message
    assert "Check base_url, the network and the proxy." in message


@pytest.mark.parametrize(
    "fault",
    ["GET:html:2", "GET:drop:2", "GET:truncated:2", "GET:500:2", "GET:429:2", "GET:empty:2"],
)
def test_a_hiccup_of_the_server_is_waited_out(hero, fault):
    hero.serve(fault)
    ran = hero.apply()
    assert (ran.code, ran.results) == (0, {"hero": "applied"})


@pytest.mark.parametrize(
    "fault", ["PUT:drop-after:1", "PUT:drop:1", "PUT:503:1", "PUT:truncated:1"]
)
def test_a_write_that_broke_off_is_settled_by_reading(hero, fault):
    hero.serve(fault)
    ran = hero.apply()
    assert (ran.code, ran.results) == (0, {"hero": "applied"})
    assert hero.texts == {"hero": "Hero\n"}
    assert hero.plan("--exit-code").code == 0


def test_a_write_that_fails_for_good_is_named_and_the_next_run_converges(studio):
    studio.remote({"hero": None, "reef": None})
    studio.serve("PUT:500@hero")
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    ran = studio.apply()
    assert (ran.code, ran.results) == (4, {"hero": "failed", "reef": "applied"})
    assert "500 Internal Server Error" in ran.reasons["hero"]
    studio.serve()
    assert studio.apply().code == 0
    assert studio.texts == {"hero": "Hero\n", "reef": "Reef\n"}


def test_after_an_error_the_rest_is_left_when_asked_to(studio):
    studio.remote(dict.fromkeys(["a", "b", "c"]))
    studio.serve("PUT:400@a")
    studio.configure(concurrency=1)
    studio.commit({f"{name}.md": "Text\n" for name in "abc"})
    ran = studio.apply("--on-error", "abort")
    assert (ran.code, ran.results) == (
        1,
        {"a": "failed", "b": "not_attempted", "c": "not_attempted"},
    )
    assert "--on-error is abort" in ran.reasons["b"]
    assert studio.texts == {}


def test_no_line_of_a_ci_log_can_be_made_a_command_by_a_text(studio):
    studio.remote({"hero": "::error::gone\n\x1b[2Jcleared\n"})
    studio.commit({"hero.md": "Hero\n"})
    for words in ([], ["--format", "json"]):
        out = studio.sync("plan", *words).out
        assert not any(line.lstrip().startswith("::") for line in out.splitlines())
        assert "\x1b" not in out


# --- usage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["paln"], 'no such command "paln". Did you mean "plan"?', id="a command"),
        pytest.param(["plan", "--formt", "json"], "No such option", id="an option"),
        pytest.param(["plan", "--format", "yaml"], "'yaml' is not one of", id="a value"),
        pytest.param(["apply", "--lock-timeout", "-1"], "--lock-timeout", id="a number"),
    ],
)
def test_wrong_words_are_told_in_a_line(hero, words, message):
    ran = hero.sync(*words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


@pytest.mark.parametrize(
    "option", [["--out", "nowhere/plan.json"], ["--report", "json=nowhere/plan.json"]]
)
def test_a_file_that_could_not_be_written_is_told_before_anything_is_done(hero, option):
    ran = hero.sync("plan", *option)
    assert (ran.code, ran.out) == (2, "")
    assert "there is no folder nowhere" in ran.err
    assert hero.requests == {}


def test_a_reader_that_is_gone_is_told_in_one_line(hero):
    reading, writing = os.pipe()
    os.close(reading)
    with hero.running("plan", stdout=writing) as process:
        os.close(writing)
        ran = ended(process)
    message = "error: The report cannot be written on stdout: Broken pipe.\n"
    assert (ran.code, ran.err) == (1, message)


def test_a_pipe_into_head_ends_in_order(studio):
    studio.remote(dict.fromkeys(f"m{number}" for number in range(200)))
    studio.commit({f"m{number}.md": "Text\n" * 50 for number in range(200)})
    with studio.running("plan", "--format", "json") as process:
        head = subprocess.run(
            ["head", "-1"], stdin=process.stdout, capture_output=True, check=True, timeout=60
        )
        process.stdout.close()
        with contextlib.closing(process.stderr) as err:
            assert "Traceback" not in err.read()
    assert head.stdout == b"{\n"


@pytest.mark.parametrize("words", [("plan",), ("apply", "--yes"), ("status",), ("history",)])
def test_what_an_error_quotes_acts_on_no_terminal_and_no_runner(studio, words):
    evil = "\x1b]0;pwned\x07\u202e\n::error::x\n##[add-mask]y"
    studio.configure(config={evil: 1})
    studio.commit({"hero.md": "Hero\n"})
    ran = studio.sync(*words)
    assert (ran.code, ran.out) == (2, "")
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.err)
    assert not re.search(r"^\s*::", ran.err, re.MULTILINE)
    assert "##[" not in ran.err


def test_a_pulled_text_with_many_errors_names_the_first_of_them(studio):
    studio.remote({"hero": "".join(f"{{asset:@a{number}}}\n" for number in range(50))})
    studio.commit({"reef.md": "Reef\n"})
    ran = studio.sync("pull", "--model", "hero", "--all", "--format", "json")
    (reason,) = [each["reason"] for each in ran.json["files"] if each["model"] == "hero"]
    assert reason.count("is not one of the assets") == 3
    assert reason.endswith("and 47 more errors")
