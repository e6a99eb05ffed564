"""What `doctor` makes of what it sees."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate

import httpx
import pytest
from remote import Remote

from sync.decisions.doctor import (
    Checkup,
    GitFacts,
    ServerFacts,
    judge_git,
    judge_refusal,
    judge_server,
)
from sync.decisions.doctor_trials import (
    ClearingResult,
    TextTrial,
    TrialResult,
    build_trials,
    find_own_text,
    judge_clearing,
    judge_reading_back,
    judge_restored_text,
    judge_trial,
    judge_updated_at,
    judge_writing,
)
from sync.decisions.doctor_verdict import Verdict
from sync.errors import AccessError, CredentialsError, RequestError
from sync.model.remote_text import NoSuchModel, RemoteText, UnreadableModel
from sync.model.run_record import RunRecord
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text
from sync.reports.doctor import build_doctor_report
from sync.reports.formats.json import render_json
from sync.reports.formats.text import render_text
from sync.scenario import ProbeResult

TARGET = TargetIdentity("production", "https://api.test/v1", "proj_1")
FACTS = GitFacts(version=(2, 39, 5), snapshot_ref="refs/description-sync/production")


# --- what one look shows -------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_look_tells_of_time_limits_and_one_model():
    remote = Remote({})
    page = {"models": [{"id": "model_1", "privacy": "private", "type": "custom"}]}
    headers = {"date": formatdate(700, usegmt=True), "X-RateLimit-Remaining": "99"}
    remote.script.append(httpx.Response(200, json=page, headers=headers))
    async with remote.client() as scenario:
        seen = await scenario.probe()
    assert seen == ProbeResult(0.0, 300.0, {"x-ratelimit-remaining": "99"}, "model_1")
    assert remote.requests == ["GET /v1/models?pageSize=1"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(401, json={"reason": "no"}), CredentialsError),
        (httpx.Response(200, json={"assets": []}), RequestError),
    ],
    ids=["refused", "not the API"],
)
async def test_a_look_that_fails_says_why(response, error):
    remote = Remote({})
    remote.script.append(response)
    async with remote.client() as scenario:
        with pytest.raises(error):
            await scenario.probe()


# --- verdicts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ((2, 36), Verdict("git", "ok", "git 2.36")),
        ((3, 0, 1), Verdict("git", "ok", "git 3.0.1")),
        (
            (2, 35, 8),
            Verdict("git", "fail", "git 2.35.8 is too old", "Install git 2.36 or newer."),
        ),
    ],
    ids=["the oldest", "a new one", "too old"],
)
def test_the_version_of_git(version, expected):
    facts = GitFacts(version=version, snapshot_ref=FACTS.snapshot_ref)
    assert next(judge_git(facts)) == expected


@pytest.mark.parametrize(
    ("command", "options"), [("apply", ""), ("doctor", " --on-drift overwrite")]
)
def test_a_run_that_was_cut_off(command, options):
    run = RunRecord("r1", datetime(2026, 11, 23, tzinfo=UTC), command, None, 1, 0, "c0", None)
    facts = replace(FACTS, cut_off=[run])
    assert list(judge_git(facts))[-1] == Verdict(
        "cut off",
        "warn",
        f"the run r1 ({command}) was cut off: its texts may still be on the server",
        f"Restore the replaced texts with `description-sync rollback r1{options}`.",
    )


@pytest.mark.parametrize(
    ("error", "target", "expected"),
    [
        pytest.param(
            RequestError("404 Not Found: no", status=404),
            TARGET,
            Verdict(
                "server",
                "fail",
                "404 Not Found: no",
                "Check base_url in config.yaml: is https://api.test/v1 the Scenario API?",
            ),
            id="no such address",
        ),
        pytest.param(
            AccessError("403 Forbidden: no", status=403),
            TARGET,
            Verdict(
                "project",
                "fail",
                "403 Forbidden: no",
                "Check project_id in config.yaml (proj_1), and that the key in KEY may list its "
                "models.",
            ),
            id="of another project",
        ),
        pytest.param(
            RequestError("503", hint="Try again later."),
            TARGET,
            Verdict("server", "fail", "503", "Try again later."),
            id="anything else",
        ),
    ],
)
def test_a_server_that_refuses(error, target, expected):
    assert judge_refusal(error, target, key="KEY") == expected


TRIALS = build_trials("model_1")
TRIAL = Text(TRIALS[3].text)


@pytest.mark.parametrize(
    ("held", "replaced", "expected"),
    [
        pytest.param(Text("held"), None, Text("held"), id="nothing was cut off"),
        pytest.param(TRIAL, Text("own"), Text("own"), id="a trial is still there"),
        pytest.param(Text("own\n"), Text("own"), Text("own\n"), id="it has its own text"),
        pytest.param(Text(""), Text("own"), Text("own"), id="it was cleared"),
        pytest.param(Text("newer"), Text("own"), None, id="a text that came since"),
    ],
)
def test_which_text_is_the_model_s_own(held, replaced, expected):
    assert find_own_text("model_1", held, replaced) == expected


@pytest.mark.parametrize(
    ("skew", "level", "message"),
    [
        (0.2, "ok", "within 1 s of the server's"),
        (-60.0, "ok", "within 60 s of the server's"),
        (61.0, "warn", "this machine's clock is 61 s fast, by the server's"),
        (-3600.0, "warn", "this machine's clock is 3600 s slow, by the server's"),
    ],
)
def test_the_clock(skew, level, message):
    facts = ServerFacts(seconds=0.1, skew=skew)
    (clock,) = [each for each in judge_server(facts, TARGET) if each.subject == "clock"]
    assert (clock.level, clock.message) == (level, message)


@pytest.mark.parametrize(
    ("read", "level"),
    [
        (None, "warn"),
        (("m", RemoteText(Text(""))), "ok"),
        (("m", NoSuchModel()), "warn"),
        (("m", UnreadableModel("403")), "fail"),
    ],
    ids=["no model", "held", "gone", "unreadable"],
)
def test_reading(read, level):
    verdicts = judge_server(ServerFacts(seconds=0.1, read=read), TARGET)
    assert {each.subject: each.level for each in verdicts}["reading"] == level


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(
            ServerFacts(seconds=0, requests_per_minute=100),
            ("ok", "the server states no limit; our own limit is 100 requests per minute"),
            id="not told",
        ),
        pytest.param(
            ServerFacts(seconds=0, limits={"ratelimit-limit": "100"}),
            ("ok", "ratelimit-limit: 100; requests_per_minute sets no limit"),
            id="told",
        ),
        pytest.param(
            ServerFacts(seconds=0, rejections=2),
            (
                "warn",
                (
                    "the server rejected requests as too many (2 times); "
                    "requests_per_minute sets no limit"
                ),
            ),
            id="rejected",
        ),
    ],
)
def test_the_rate(facts, expected):
    *_, rate = judge_server(facts, TARGET)
    assert (rate.level, rate.message) == expected


@pytest.mark.parametrize(
    ("sent", "held", "level", "message"),
    [
        pytest.param("a  \n", "a  \n", "ok", "kept as it was sent", id="same"),
        pytest.param(
            "a\r\n",
            "a\n",
            "ok",
            "kept, but for line ends or blank lines, which don't count",
            id="LF",
        ),
        pytest.param(
            "e\u0301\n", "\u00e9\n", "warn", "altered: Unicode normalised (NFC)", id="NFC"
        ),
        pytest.param("<b>a</b>\n", "a\n", "warn", "altered: HTML removed", id="HTML"),
        pytest.param("abcdef", "abc", "warn", "altered: cut at 3 characters", id="cut"),
    ],
)
def test_what_became_of_a_text(sent, held, level, message):
    verdict = judge_trial(TrialResult(TextTrial("text", sent), Text(held)))
    assert (verdict.subject, verdict.level, verdict.message) == ("text", level, message)


def test_a_text_that_was_refused():
    tried = TrialResult(TRIALS[0], None, "413 Too Large")
    assert judge_trial(tried).message == "refused: 413 Too Large"
    assert judge_writing([tried]).level == "fail"
    assert judge_writing([tried, TrialResult(TRIALS[1], Text("a"))]).level == "ok"
    assert judge_writing([]) is None


@pytest.mark.parametrize(
    ("subject", "resolved", "level", "told"),
    [
        ("known tag", True, "ok", "; Scenario resolved the tag"),
        ("known tag", False, "warn", "; Scenario did not resolve the tag, although the model ex"),
        ("unknown tag", False, "ok", "; Scenario did not resolve the tag, as expected"),
        ("unknown tag", True, "warn", "; Scenario resolved the tag, although nothing has this id"),
        ("tag in code", True, "ok", "; Scenario resolved the tag in code, too"),
        ("tag in code", False, "ok", "; Scenario did not resolve the tag in code"),
        ("known tag", None, "ok", "; the answer does not list what the tags mean"),
        ("table", None, "ok", ""),
    ],
)
def test_what_a_tag_was_resolved_to(subject, resolved, level, told):
    (trial,) = [each for each in TRIALS if each.subject == subject]
    verdict = judge_trial(TrialResult(trial, Text(trial.text), is_resolved=resolved))
    assert verdict.level == level
    assert verdict.message.startswith(f"kept as it was sent{told}")


NULL, EMPTY = "null", '""'


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param(
            [ClearingResult(NULL, "{}", "404"), ClearingResult(EMPTY, "{}", "404")],
            ["ok", "ok", "a model without a description answers with 404"],
            id="both alike",
        ),
        pytest.param(
            [ClearingResult(NULL, "{}", "404"), ClearingResult(EMPTY, "{}", "no value")],
            ["ok", "ok", 'after PUT null: 404; after PUT "": no value'],
            id="not alike",
        ),
        pytest.param(
            [ClearingResult(NULL, refused="400"), ClearingResult(EMPTY, "{}", "404")],
            ["warn", "ok", "a model without a description answers with 404"],
            id="null refused",
        ),
        pytest.param(
            [ClearingResult(NULL, "{}", "a text"), ClearingResult(EMPTY, refused="400")],
            ["warn", "warn"],
            id="never cleared",
        ),
    ],
)
def test_how_a_description_is_cleared(results, expected):
    *clearings, last = verdicts = list(judge_clearing(results))
    told = [last.message] if last.subject == "unset answer" else []
    judged = clearings if told else verdicts
    assert [*(each.level for each in judged), *told] == expected


def test_a_text_that_is_read_late_is_told():
    whole = TrialResult(TRIALS[0], Text("a"), read_back=Text("a"))
    late = TrialResult(TRIALS[1], Text("b"), read_back=Text("a"))
    assert judge_reading_back([whole]).level == "ok"
    assert judge_reading_back([whole, late]).message.startswith("1 of 2 texts read differently")
    assert judge_reading_back([TrialResult(TRIALS[0], None, "no")]) is None


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [("1", "2", "moves"), ("1", "1", "does not move"), (None, "1", "no updatedAt")],
)
def test_whether_updated_at_moves(before, after, words):
    assert words in judge_updated_at(before, after).message


@pytest.mark.parametrize(
    ("held", "level"),
    [(Text("own\n"), "ok"), (Text("own"), "ok"), (Text("other"), "warn"), ("no answer", "fail")],
    ids=["to the byte", "but for its end", "altered", "not known"],
)
def test_whether_the_text_was_put_back(held, level):
    assert judge_restored_text("m", Text("own\n"), stored=held).level == level


# --- the report ----------------------------------------------------------------------------------

CHECKUP = Checkup(
    TARGET,
    [
        Verdict("git", "ok", "git 2.39.5"),
        Verdict("history", "warn", "not all of it is here", "Fetch it."),
        Verdict("credentials", "fail", "\x1b[31m::error::", "Check the key."),
    ],
)


def test_the_report_for_a_person_is_aligned_and_inert():
    listing = build_doctor_report(CHECKUP)
    assert render_text(listing, color=False, width=80) == (
        "production (proj_1) · https://api.test/v1\n"
        "\n"
        "  ok    git          git 2.39.5\n"
        "  warn  history      not all of it is here\n"
        "      Fetch it.\n"
        "  fail  credentials  \\x1b[31m::error::\n"
        "      Check the key.\n"
        "\n"
        "1 ok, 1 warning, 1 failure.\n"
    )
    assert "\x1b[31mfail\x1b[0m" in render_text(listing, color=True, width=80)


def test_a_checkup_that_was_cut_off_says_so():
    listing = build_doctor_report(Checkup(TARGET, CHECKUP.verdicts[:1], interrupted=True))
    assert render_text(listing, color=False, width=80).endswith(
        "\nInterrupted: 1 ok.\nNot every test text was sent.\n"
    )


def test_the_report_for_programs():
    document = json.loads(render_json([CHECKUP]))
    assert (document["version"], document["kind"]) == (1, "doctor")
    assert document["summary"] == {"ok": 1, "warn": 1, "fail": 1}
    assert document["target"]["name"] == "production"
    assert document["checks"][1] == {
        "subject": "history",
        "level": "warn",
        "message": "not all of it is here",
        "advice": "Fetch it.",
    }
