"""`doctor` as a command: what it tells of a target, and what it leaves of a scratch model."""

import json
import signal
from datetime import datetime, timedelta

import pytest
from filelock import FileLock
from gate import Gate, Killer
from processes import LIMIT
from studio import KEY, Studio, ended, until

from sync.decisions.doctor_trials import build_trials

TRIALS = build_trials("scratch")
SCRATCH = "  A text of its own,\r\nwith odd ends  \n\n"


@pytest.fixture
def studio(studio):
    """A repository in sync with a project that has a scratch model besides."""
    studio.remote({"hero": "The hero.\n", "scratch": SCRATCH})
    studio.commit({"hero.md": "The hero.\n"})
    return studio


def doctor(studio, *words):
    return studio.sync("doctor", "--format", "json", *words)


def levels(ran):
    return {check["subject"]: check["level"] for check in ran.json["checks"]}


def check(ran, subject):
    (found,) = [each for each in ran.json["checks"] if each["subject"] == subject]
    return found


# --- a target ------------------------------------------------------------------------------------


def test_a_target_where_all_is_well(studio):
    ran = doctor(studio)
    assert (ran.code, ran.err, set(levels(ran).values())) == (0, "", {"ok"})
    assert list(levels(ran)) == [
        *["git", "history", "snapshots", "last run", "server", "credentials", "clock", "reading"],
        *["rate", "drift", "next apply"],
    ]
    assert ran.json["summary"] == {"ok": 11, "warn": 0, "fail": 0}
    assert studio.requests == {"GET": 3}  # one more for the file: the plan of the next apply
    assert studio.repo.git("for-each-ref", "refs/description-sync") == ""


def test_a_key_that_is_not_good(studio):
    studio.serve(credentials=("key", "another"))
    ran = doctor(studio)
    assert (ran.code, check(ran, "credentials")["level"]) == (2, "fail")
    assert "SCENARIO_SDK_API_KEY" in check(ran, "credentials")["advice"]


def test_no_key_at_all(studio, monkeypatch):
    for name in KEY:
        monkeypatch.delenv(name)
    ran = doctor(studio)
    assert (ran.code, check(ran, "credentials")["level"]) == (2, "fail")
    assert levels(ran)["git"] == "ok"


def test_a_key_without_rights(studio):
    studio.serve("GET:403")
    ran = doctor(studio)
    assert (ran.code, check(ran, "project")["level"]) == (2, "fail")
    assert "403" in check(ran, "project")["message"]
    assert check(ran, "project")["advice"] == (
        "Check that the key in SCENARIO_SDK_API_KEY may list its models."
    )


def test_an_address_that_is_not_that_of_the_api(studio):
    url = studio.url.replace("/v1", "/api")
    studio.configure(base_url=url)
    ran = doctor(studio)
    assert (ran.code, check(ran, "server")["level"]) == (1, "fail")
    assert check(ran, "server")["advice"] == (
        f"Check base_url in config.yaml: is {url} the Scenario API?"
    )


def test_where_something_fails_no_text_is_tried_and_that_is_told(studio):
    studio.serve("GET:403")
    ran = doctor(studio, "--model", "scratch", "--yes")
    assert (ran.code, check(ran, "scratch model")["message"]) == (2, "no test text was sent")
    assert "PUT" not in studio.requests


def test_a_server_that_cannot_be_reached(studio):
    studio.configure(base_url="http://127.0.0.1:9/v1")
    ran = doctor(studio)
    assert (ran.code, check(ran, "server")["level"]) == (1, "fail")
    assert "connection refused" in check(ran, "server")["message"]


def test_several_targets_side_by_side(studio):
    targets = {name: {"base_url": studio.url} for name in ("staging", "production")}
    studio.configure(config={"targets": targets})
    ran = doctor(studio, "--target", "staging", "--target", "production")
    assert [each["target"]["name"] for each in ran.json["targets"]] == ["staging", "production"]
    ran = doctor(studio, "--target", "staging", "--target", "production", "--model", "scratch")
    assert (ran.code, "a scratch model belongs to one target" in ran.err) == (2, True)


def test_faults_of_config_yaml_exit_with_2(studio):
    studio.repo.write("config.yaml", "version: 1\n")
    ran = doctor(studio)
    assert (ran.code, ran.out) == (2, "")


# --- on call -------------------------------------------------------------------------------------


def test_the_last_run_is_told_with_its_reason_and_how_often_it_ended_so(studio):
    assert check(doctor(studio), "last run")["message"] == "no run is recorded in this clone"
    studio.commit({"hero.md": "A hero.\n"})
    assert studio.apply().code == 0
    assert check(doctor(studio), "last run")["level"] == "ok"
    studio.store.write_text("hero", "Edited in the web app.\n")
    assert [studio.apply().code for _ in range(2)] == [5, 5]
    last = check(doctor(studio), "last run")
    assert (last["level"], last["message"].startswith("refused: apply, ")) == ("warn", True)
    assert "2 runs ended like this" in last["message"]
    assert "hero.md" in last["message"]


def make_log_older(studio, age):
    """Let all that the log of the clone says have happened before."""
    (path,) = (studio.repo.path / ".git/description-sync").glob("runs-*.json")
    log = json.loads(path.read_bytes())
    for drift in log["drift"]:
        drift["since"] = (datetime.fromisoformat(drift["since"]) - age).isoformat()
    path.write_text(json.dumps(log))


def test_drift_is_told_with_its_age_until_it_is_gone_or_another_text(studio):
    studio.commit({"hero.md": "A hero.\n"})
    assert studio.apply().code == 0
    studio.store.write_text("hero", "Edited in the web app.\n")
    seen = check(doctor(studio), "drift")
    assert seen["level"] == "warn"
    assert "hero.md, seen now for the first time in this clone, after the run of" in seen["message"]
    make_log_older(studio, timedelta(days=2, hours=1))
    later = check(doctor(studio), "drift")["message"]
    assert "hero.md, for at least 2 days (seen " in later
    studio.store.write_text("hero", "Edited again.\n")
    assert "for the first time" in check(doctor(studio), "drift")["message"]
    studio.store.write_text("hero", "A hero.\n")
    assert check(doctor(studio), "drift")["level"] == "ok"


def test_what_the_next_apply_would_do_is_told_and_what_would_keep_it_from_it(studio):
    studio.commit({"hero.md": "A hero.\n"})
    following = check(doctor(studio), "next apply")
    assert following["message"] == "0 to create, 1 to update, 0 to delete."
    studio.write({"hero.md": "A hero, not committed.\n"})
    following = check(doctor(studio), "next apply")
    assert (following["level"], "--allow-dirty" in following["message"]) == ("warn", True)
    assert studio.texts["hero"] == "The hero.\n"


# --- git -----------------------------------------------------------------------------------------


def test_what_is_missing_in_git_is_told_with_its_cure(studio, tmp_path):
    studio.commit({"hero.md": "The hero, again.\n"})
    clone = studio.repo.clone(tmp_path / "clone", "--depth=1")
    hook = clone.write(".git/hooks/reference-transaction", "#!/bin/sh\n")
    hook.chmod(0o755)
    here = Studio(clone, studio.url, studio.stage)
    here.configure(deploy_branch="origin/live", config={"snapshots": {"push": "elsewhere"}})
    here.remote({})
    ran = doctor(here)
    assert ran.code == 1
    assert levels(ran) | {"server": "", "rate": ""} == {
        "git": "ok",
        "history": "warn",
        "deploy branch": "fail",
        "snapshots": "ok",
        "snapshots.push": "fail",
        "hooks": "warn",
        "last run": "ok",
        "server": "",
        "credentials": "ok",
        "clock": "ok",
        "reading": "warn",
        "rate": "",
    }
    assert "fetch-depth: 0" in check(ran, "history")["advice"]


def test_a_hook_that_leads_nowhere_is_none(studio):
    hooks = studio.repo.path / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "reference-transaction").symlink_to("nowhere")
    ran = doctor(studio)
    assert (ran.code, "hooks" in levels(ran)) == (0, False)


def test_a_lock_that_nobody_can_hold_is_told(studio):
    lock = studio.repo.path / ".git/description-sync/production.lock"
    lock.mkdir(parents=True)
    ran = doctor(studio)
    assert (ran.code, check(ran, "lock")["level"]) == (1, "fail")
    assert check(ran, "lock")["message"].startswith(f"{lock} cannot be locked: ")
    assert "It must be a file that you may write to" in check(ran, "lock")["advice"]


def test_another_run_at_work_is_told(studio):
    lock = studio.repo.path / ".git/description-sync/production.lock"
    assert "lock" not in levels(doctor(studio))
    assert not lock.exists()
    lock.parent.mkdir()
    with FileLock(lock):
        assert levels(doctor(studio))["lock"] == "warn"
    assert "lock" not in levels(doctor(studio))


# --- a scratch model -----------------------------------------------------------------------------


def test_a_scratch_model_has_its_own_text_again_to_the_byte(studio):
    ran = doctor(studio, "--model", "scratch", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert studio.texts == {"hero": "The hero.\n", "scratch": SCRATCH}
    # Each test, the empty text, one text more, null, and the model's own text.
    assert studio.requests["PUT"] == len(TRIALS) + 4
    assert set(levels(ran).values()) == {"ok"}
    tried = [*(trial.subject for trial in TRIALS), "PUT null", 'PUT ""', "unset answer"]
    assert levels(ran).keys() >= {*tried, "writing", "read after write", "updatedAt", "restored"}
    assert studio.snapshot("scratch").decode() == SCRATCH
    (run,) = studio.sync("history", "--format", "json").json["runs"]
    assert run["command"] == "doctor"
    assert studio.plan("--exit-code").code == 0


def test_a_model_without_a_description_has_none_again(studio):
    studio.remote({"scratch": None})
    assert doctor(studio, "--model", "scratch", "--yes").code == 0
    assert studio.texts == {}


def test_what_the_server_alters_is_told(studio):
    studio.serve("PUT:strip-html")
    ran = doctor(studio, "--model", "scratch", "--yes")
    assert ran.code == 0
    assert [subject for subject, level in levels(ran).items() if level == "warn"] == ["HTML"]
    assert studio.texts["scratch"] == SCRATCH


def test_what_is_peculiar_to_scenario_is_tried_and_told(studio):
    ran = doctor(studio, "--model", "scratch", "--yes")
    told = {each["subject"]: each["message"] for each in ran.json["checks"]}
    assert told["known tag"].endswith("; Scenario resolved the tag")
    assert told["unknown tag"].endswith("; Scenario did not resolve the tag, as expected")
    assert told["tag in code"].endswith("; Scenario resolved the tag in code, too")
    assert told["PUT null"] == 'clears the description; the answer has "value": ""'
    assert "does not move" in told["updatedAt"]
    resolved = {each["subject"]: each["resolved"] for each in ran.json["trials"]}
    assert {name: known for name, known in resolved.items() if known is not None} == {
        "known tag": True,
        "unknown tag": False,
        "tag in code": True,
    }


@pytest.mark.parametrize("form", ["null", "absent", "lists", "404"])
def test_the_answer_without_a_description_is_told(studio, form):
    studio.serve(f"GET:unset={form}", "PUT:no-null")
    ran = doctor(studio, "--model", "scratch", "--yes")
    words = {"null": '"description": null', "absent": "{}", "lists": "no value"}.get(form, form)
    assert check(ran, "unset answer")["message"] == (
        f"a model without a description answers with {words}"
    )
    assert levels(ran)["PUT null"] == "warn"
    assert (ran.code, studio.texts["scratch"]) == (0, SCRATCH)


def test_the_json_holds_no_text_of_the_model(studio):
    """It can be sent to others: it has what doctor sent, and what came back."""
    studio.serve("PUT:trim", "PUT:cut=20000")
    ran = doctor(studio, "--model", "scratch", "--yes")
    assert "A text of its own" not in ran.out
    assert not set(KEY.values()) & set(ran.out.split('"'))
    trials = {each["subject"]: each for each in ran.json["trials"]}
    assert trials["blank lines"]["held"] == "Blank lines at both ends."
    assert trials["64,000 characters"]["sent_characters"] == 64_000
    assert trials["64,000 characters"]["held_characters"] == 20_000


def test_a_firewall_that_dislikes_a_text_does_not_end_the_tests(studio):
    studio.stage.app = Refusing(studio.app, b"<b>")
    ran = doctor(studio, "--model", "scratch", "--yes")
    assert (ran.code, levels(ran)["HTML"], levels(ran)["nested list"]) == (0, "warn", "ok")
    assert "stopped early" not in levels(ran)


def test_tests_that_end_early_say_which_were_not_made(studio):
    studio.stage.app = Refusing(studio.app, b"<b>", status=401)
    ran = doctor(studio, "--model", "scratch", "--yes")
    assert ran.code == 2
    assert check(ran, "stopped early")["message"].startswith("13 tests not made: Unicode, final")
    assert "does not accept the key (401" in check(ran, "stopped early")["advice"]
    assert studio.texts["scratch"] == SCRATCH


def test_an_edit_amid_the_tests_ends_them_and_is_not_lost(studio):
    studio.stage.app = Refusing(
        studio.app, b"<b>", edit=lambda: studio.store.write_text("scratch", "Edited meanwhile\n")
    )
    ran = doctor(studio, "--model", "scratch", "--yes")
    assert (ran.code, levels(ran)["restored"]) == (1, "fail")
    assert "stopped early" in levels(ran)
    assert studio.texts["scratch"] == "Edited meanwhile\n"


class Refusing:
    """An app that refuses each PUT with these words in its body as a firewall or gateway does.

    With `edit` it calls that after the PUT in place of refusing it.
    """

    def __init__(self, app, words, *, status=403, edit=None):
        self.app, self.words, self.status, self.edit = app, words, status, edit

    async def __call__(self, scope, receive, send):
        message = await receive()
        first = [message]

        async def again():
            return first.pop() if first else await receive()

        if scope["method"] != "PUT" or self.words not in message["body"]:
            await self.app(scope, again, send)
        elif self.edit:
            await self.app(scope, again, send)
            self.edit()
        else:
            headers = [(b"x-amzn-errortype", b"ForbiddenException")]
            start = {"type": "http.response.start", "status": self.status, "headers": headers}
            await send(start)
            await send({"type": "http.response.body", "body": b'{"message": "Forbidden"}'})


def test_where_nothing_may_be_written_nothing_is_changed(studio):
    studio.serve("PUT:403")
    ran = doctor(studio, "--model", "scratch", "--yes")
    assert (ran.code, levels(ran)["writing"]) == (1, "fail")
    assert check(ran, "writing")["message"].startswith(
        "nothing could be written: scratch: 403 Forbidden"
    )
    assert levels(ran).keys().isdisjoint(trial.subject for trial in TRIALS)
    assert studio.texts["scratch"] == SCRATCH
    assert studio.requests["PUT"] <= 5


def test_a_text_that_git_does_not_have_is_no_scratch(studio):
    studio.store.write_text("hero", "Edited in the web app.\n")
    ran = doctor(studio, "--model", "hero", "--yes")
    assert (ran.code, check(ran, "scratch model")["level"]) == (1, "fail")
    assert "PUT" not in studio.requests
    assert studio.plan().states == {"hero": "drift"}


def test_a_model_that_is_not_there_is_told(studio):
    ran = doctor(studio, "--model", "scrach", "--yes")
    assert (ran.code, check(ran, "scratch model")["message"]) == (
        1,
        'production has no model scrach. Did you mean "scratch"?',
    )


def test_nothing_is_written_unasked(studio):
    ran = doctor(studio, "--model", "scratch")
    assert (ran.code, ran.out) == (2, "")
    assert "Pass --yes" in ran.err
    assert not studio.requests


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_the_scratch_model_has_its_text_again(studio, number):
    gate = Gate(studio.app)
    studio.stage.app = gate
    command = ("doctor", "--model", "scratch", "--yes", "--format", "json")
    with studio.running(*command) as process:
        assert gate.full.wait(LIMIT)
        process.send_signal(number)
        until(process, "Stopping")
        gate.opened.set()
        ran = ended(process)
    assert (ran.code, ran.json["interrupted"]) == (130, True)
    assert levels(ran)["restored"] == "ok"
    assert studio.requests["PUT"] == 2
    assert studio.texts["scratch"] == SCRATCH


@pytest.fixture
def killed(studio):
    """A doctor that was killed amid its trials; the server still holds one of them."""

    def kill(*, carried_out=True):
        killer = Killer(studio.app, at=4, carried_out=carried_out)
        studio.stage.app = killer
        with studio.running("doctor", "--model", "scratch", "--yes") as process:
            killer.client.put(process)
            ended(process)
        assert studio.texts["scratch"] == TRIALS[3 if carried_out else 2].text
        studio.serve()
        (run,) = studio.sync("history", "--format", "json").json["runs"]
        return run["run"]

    return kill


@pytest.mark.parametrize("carried_out", [True, False], ids=["done", "lost"])
def test_killed_its_text_is_put_back_by_a_rollback(studio, killed, carried_out):
    killed(carried_out=carried_out)
    assert studio.rollback("--on-drift", "overwrite").code == 0
    assert studio.texts["scratch"] == SCRATCH


def test_killed_its_text_is_put_back_by_the_next_one(studio, killed):
    killed()
    ran = doctor(studio, "--model", "scratch", "--yes")
    assert (ran.code, levels(ran)["restored"]) == (0, "ok")
    assert studio.texts["scratch"] == SCRATCH
    assert "cut off" not in levels(doctor(studio))


def test_a_run_that_was_cut_off_is_told_until_its_texts_are_put_back(studio, killed):
    run = killed()
    ran = doctor(studio)
    assert (ran.code, check(ran, "cut off")["level"]) == (0, "warn")
    assert check(ran, "cut off")["message"].startswith(f"the run {run} (doctor) was cut off")
    assert check(ran, "cut off")["advice"] == (
        f"Restore the replaced texts with `description-sync rollback {run} --on-drift overwrite`."
    )
    studio.rollback("--on-drift", "overwrite")
    assert "cut off" not in levels(doctor(studio))


def test_a_text_that_came_after_the_one_that_was_killed_is_not_lost(studio, killed):
    run = killed()
    studio.store.write_text("scratch", "Edited since.\n")
    ran = doctor(studio, "--model", "scratch", "--yes")
    assert (ran.code, check(ran, "scratch model")["level"]) == (1, "fail")
    assert check(ran, "scratch model")["advice"].endswith(
        f"`description-sync rollback {run} --on-drift overwrite`."
    )
    assert studio.texts["scratch"] == "Edited since.\n"


@pytest.mark.parametrize(
    ("on_drift", "faults", "found"),
    [
        ("block", ["GET:500@reef"], "no text that was read drifted; 1 model could not be read"),
        ("overwrite", [], "1 drifted text, which the next apply overwrites"),
    ],
)
def test_drift_is_denied_only_of_texts_that_were_read_and_left_alone(
    studio, on_drift, faults, found
):
    studio.configure(on_drift=on_drift)
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    edited = "reef" if on_drift == "overwrite" else "none"
    studio.remote({"hero": "Hero\n", "reef": "Reef\n", edited: "Edited in the web app\n"})
    studio.serve(*faults)
    assert check(doctor(studio), "drift")["message"] == found
