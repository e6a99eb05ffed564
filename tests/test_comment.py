"""A report is the one comment of a pull request, on GitHub and on GitLab, over real HTTP."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from forges import SOMEBODY, TOKEN, US, FakeForge, github, gitlab
from serving import serving
from starlette.responses import JSONResponse, Response

from sync.cli import main
from sync.errors import ConfigError
from sync.model.changes import Create, InSync
from sync.model.plan import Plan, Source
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text
from sync.reports.comment import parse_markdown_report
from sync.reports.failure import build_failure_report
from sync.reports.formats.markdown import render_markdown
from sync.reports.marker import make_marker
from sync.reports.plan import build_plan_report, build_status_report

TARGET = TargetIdentity("production", "https://api.cloud.scenario.com/v1", "proj_1")
OTHER = TargetIdentity("staging", "https://api.cloud.scenario.com/v1", "proj_2")
IN_SYNC = (InSync(model="reef", path="reef.md", before=Text("Reef\n"), after=Text("Reef\n")),)


def created(count):
    return tuple(
        Create(model=f"model_{n}", path=f"{n}.md", after=Text("A long description.\n" * 20))
        for n in range(count)
    )


def plan(*changes, target=TARGET):
    source = Source("worktree", "3f2a9c1d" * 5)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return Plan(target, source, now, changes, documents=len(changes))


def written(*changes, target=TARGET):
    return render_markdown(build_plan_report(plan(*changes, target=target)))


NEWS, NO_NEWS = written(*created(2)), written(*IN_SYNC)
FAULT = ConfigError('config.yaml:4:5: unknown key "targts"')
BROKEN = render_markdown(build_failure_report("plan", FAULT, target=None, name=""))


@pytest.fixture(params=["github", "gitlab"])
def forge(request, tmp_path, monkeypatch):
    """Pull request 7, as the job that runs for it knows it."""
    fake = FakeForge({"github": "studio/descriptions", "gitlab": "42"}[request.param])
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"action": "opened", "number": 7, "pull_request": {"number": 7}}))
    for name in ("GITHUB_GRAPHQL_URL", "GITLAB_CI", "CI_MERGE_REQUEST_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DESCRIPTION_SYNC_NO_WAIT", "1")
    with serving({"github": github, "gitlab": gitlab}[request.param](fake)) as url:
        variables = {
            "github": {
                "GITHUB_API_URL": url,
                "GITHUB_REPOSITORY": fake.repository,
                "GITHUB_EVENT_PATH": str(event),
                "GITHUB_TOKEN": TOKEN,
            },
            "gitlab": {
                "GITLAB_CI": "true",
                "CI_API_V4_URL": url,
                "CI_PROJECT_ID": fake.repository,
                "CI_MERGE_REQUEST_IID": "7",
                "GITLAB_TOKEN": TOKEN,
            },
        }[request.param]
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield fake


@pytest.fixture
def comment(tmp_path, capsys):
    """Make a report the comment; the exit code and what was said."""

    def comment(report, *words):
        file = tmp_path / "plan.md"
        file.write_text(report, encoding="utf-8")
        return main(["comment", str(file), *words]), capsys.readouterr().err

    return comment


def busy(status=503, headers=None, **body):
    return JSONResponse(body, status, headers)


# --- one comment ---------------------------------------------------------------------------------


def test_the_first_report_is_a_comment(forge, comment):
    assert comment(NEWS) == (0, "comment created\n")
    assert forge.texts == [NEWS]


def test_the_next_report_takes_its_place(forge, comment):
    forge.comments = [
        (1, SOMEBODY, "Nice!"),
        (2, US, written(*created(1))),
        (3, US, "Deployed."),
    ]
    assert comment(NEWS) == (0, "comment updated\n")
    assert forge.texts == ["Nice!", NEWS, "Deployed."]


def test_the_same_report_is_not_sent_again(forge, comment):
    forge.comments = [(1, US, NEWS.rstrip())]
    assert comment(NEWS) == (0, "comment unchanged\n")
    assert forge.writes == 0


def test_of_several_comments_of_ours_one_is_kept(forge, comment):
    forge.comments = [
        (1, US, written(*created(1))),
        (2, SOMEBODY, f"{make_marker(TARGET)}\nMine"),
        (3, US, written(*created(3))),
    ]
    assert comment(NEWS) == (0, "comment updated\n")
    assert forge.texts == [NEWS, f"{make_marker(TARGET)}\nMine"]


def test_a_comment_that_was_deleted_meanwhile_is_made_anew(forge, comment):
    forge.comments = [(1, US, written(*created(1)))]
    forge.gone = {1}
    assert comment(NEWS) == (0, "comment created\n")
    assert forge.texts == [NEWS]


def test_a_broken_config_takes_the_place_of_each_targets_report_until_it_is_mended(forge, comment):
    """Nobody reads an older commit's plan, and no comment is left over."""
    staging = written(*created(1), target=OTHER)
    forge.comments = [(1, SOMEBODY, "Nice!"), (2, US, NEWS), (3, US, staging)]
    assert comment(BROKEN) == (0, "comment updated\n")
    nice, production, other = forge.texts
    assert nice == "Nice!"
    assert [production.split("\n")[0], other.split("\n")[0]] == list(
        map(make_marker, [TARGET, OTHER])
    )
    assert all("unknown key" in text for text in (production, other))
    assert comment(BROKEN) == (0, "comment unchanged\n")
    assert [comment(NEWS)[0], comment(staging)[0]] == [0, 0]
    assert forge.texts == ["Nice!", NEWS, staging]


@pytest.mark.parametrize(("broken", "count"), [("teams/a/config.yaml", 1), ("config.yaml", 0)])
def test_a_broken_config_leaves_the_reports_of_other_configs_alone(forge, comment, broken, count):
    ours = written(*created(1), target=replace(TARGET, config="teams/a/config.yaml"))
    forge.comments = [(1, US, ours)]
    failure = build_failure_report("plan", FAULT, target=None, name="", config=broken)
    assert comment(render_markdown(failure))[0] == 0
    assert sum(text == ours for text in forge.texts) == 1 - count
    assert len(forge.texts) == 2 - count


def test_one_project_in_two_configs_has_two_comments(forge, comment):
    other = written(*created(1), target=replace(TARGET, config="teams/a/config.yaml"))
    comment(NEWS)
    assert comment(other) == (0, "comment created\n")
    assert forge.texts == [NEWS, other]


def test_the_first_report_after_a_broken_config_takes_its_place(forge, comment):
    assert comment(BROKEN) == (0, "comment created\n")
    assert forge.texts == [BROKEN]
    assert comment(NEWS) == (0, "comment updated\n")
    assert forge.texts == [NEWS]


def test_a_locked_conversation_is_told_as_such(forge, comment):
    message = "Unable to create comment because issue is locked."
    forge.comments = [(1, SOMEBODY, "Nice!")]
    forge.script = [
        JSONResponse([]),
        JSONResponse({"message": message}, 403),
    ]
    code, error = comment(NEWS)
    assert (code, "The conversation is locked: unlock it" in error) == (1, True)


def test_somebody_elses_comment_with_our_marker_is_left_alone(forge, comment):
    theirs = f"{make_marker(TARGET)}\nLooks good, merge it!"
    forge.comments = [(1, SOMEBODY, theirs), (2, "", theirs)]
    assert comment(NEWS)[0] == 0
    assert forge.texts == [theirs, theirs, NEWS]


def test_a_comment_that_quotes_the_marker_is_left_alone(forge, comment):
    forge.comments = [(1, US, f"> {NEWS}")]
    comment(NEWS)
    assert forge.texts == [f"> {NEWS}", NEWS]


def test_each_target_has_its_comment(forge, comment):
    staging = written(*created(1), target=OTHER)
    comment(NEWS)
    comment(staging)
    comment(NO_NEWS)
    assert forge.texts == [NO_NEWS, staging]


def test_it_is_found_among_hundreds(forge, comment):
    forge.comments = [(n, SOMEBODY, f"Comment {n}") for n in range(1, 351)]
    forge.comments[320] = (321, US, written(*created(1)))
    assert comment(NEWS) == (0, "comment updated\n")
    assert forge.comments[320] == (321, US, NEWS)
    assert len(forge.requests) == 6  # four pages, who we are, the comment


def test_without_news_there_is_no_comment(forge, comment):
    assert comment(NO_NEWS) == (0, "comment not needed\n")
    assert forge.texts == []


def test_without_news_a_comment_that_is_there_says_so(forge, comment):
    comment(NEWS)
    assert comment(NO_NEWS) == (0, "comment updated\n")
    assert forge.texts == [NO_NEWS]


# --- too long ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("longest", "kept", "left_out"),
    [
        pytest.param(3_000, "| `3.md` |", "<details", id="no differences"),
        pytest.param(500, "production: 20 to create", "`3.md`", id="one line"),
    ],
)
@pytest.mark.parametrize("before", [[], [(1, US, NEWS)]], ids=["first", "next"])
def test_what_is_too_long_is_sent_one_rung_lower(forge, comment, longest, kept, left_out, before):  # noqa: PLR0917 - a table
    forge.comments, forge.longest = before, longest
    assert comment(written(*created(20)))[0] == 0
    (text,) = forge.texts
    assert text.startswith(make_marker(TARGET))
    assert kept in text
    assert left_out not in text


def test_a_server_that_takes_nothing_says_why(forge, comment):
    forge.longest = 10
    code, said = comment(NEWS)
    assert code == 1
    assert "even the headline of the report was refused" in said
    assert "is too long" in said


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(busy(), id="server error"),
        pytest.param(Response("<html>Bad gateway</html>", 502), id="gateway"),
        pytest.param(busy(429, {"retry-after": "3"}), id="too many requests"),
        pytest.param(busy(403, {"retry-after": "60"}, message="Slow down"), id="asked to wait"),
        pytest.param(
            busy(403, message="You have exceeded a secondary rate limit."), id="secondary limit"
        ),
        pytest.param(
            busy(403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}), id="limit is spent"
        ),
    ],
)
@pytest.mark.parametrize("at", [0, 1], ids=["reading", "writing"])
def test_waits_and_tries_again(forge, comment, answer, at):
    forge.script = [JSONResponse([])] * at + [answer]
    assert comment(NEWS) == (0, "comment created\n")
    assert forge.texts == [NEWS]


def test_an_answer_that_got_lost_does_not_double_the_comment(forge, comment):
    """The server wrote the comment, and then a gateway gave up."""
    forge.script = [JSONResponse([]), busy(504)]
    forge.comments = [(1, US, NEWS)]
    assert comment(NEWS) == (0, "comment unchanged\n")
    assert forge.texts == [NEWS]


def test_gives_up_on_a_server_that_stays_busy(forge, comment):
    forge.script = [busy(message="Down for maintenance")] * 6
    code, said = comment(NEWS)
    assert code == 1
    assert "503 Down for maintenance" in said
    assert "Try again later" in said
    assert forge.script == []


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_does_not_wait_for_an_hour(forge, comment, form):
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    forge.script = [busy(429, {"retry-after": {"seconds": "3600", "date": date}[form]})]
    assert comment(NEWS)[0] == 1
    assert len(forge.requests) == 1


def test_says_which_permission_is_missing(forge, comment):
    forge.may_write = False
    code, said = comment(NEWS)
    assert code == 1
    assert "403 Resource not accessible by integration" in said
    assert "pull-requests: write" in said or "scope `api`" in said
    assert "fork" in said


def test_says_what_else_the_server_has_against_it(forge, comment):
    forge.script = [JSONResponse({"message": "Issues are disabled for this repo"}, 410)]
    code, said = comment(NEWS)
    assert code == 1
    assert said.endswith(": 410 Issues are disabled for this repo\n")


@pytest.mark.usefixtures("forge")
def test_says_that_the_token_is_wrong(comment, monkeypatch):
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN"):
        monkeypatch.setenv(name, "wrong")
    code, said = comment(NEWS)
    assert code == 1
    assert "401 Bad credentials\nThe token is wrong, or has expired." in said
    assert "wrong" not in said.replace("The token is wrong", "")


def test_an_answer_of_another_kind_is_told(forge, comment):
    forge.script = [JSONResponse({"login": "page"})]
    code, said = comment(NEWS)
    assert code == 1
    assert "gave an answer that its API does not document" in said


@pytest.mark.usefixtures("forge")
def test_a_server_that_is_not_there_is_told(comment, monkeypatch):
    for name in ("GITHUB_API_URL", "CI_API_V4_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    code, said = comment(NEWS)
    assert code == 1
    assert "127.0.0.1:9 does not answer" in said


# --- which pull request --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        pytest.param(("GITHUB_TOKEN", "GITLAB_TOKEN"), "TOKEN is not set", id="token"),
        pytest.param(("GITHUB_REPOSITORY", "CI_PROJECT_ID"), "--repository", id="repository"),
        pytest.param(("GITHUB_EVENT_PATH", "CI_MERGE_REQUEST_IID"), "--number", id="number"),
    ],
)
def test_what_the_environment_does_not_say_must_be_given(forge, comment, monkeypatch, gone, words):
    for name in gone:
        monkeypatch.delenv(name, raising=False)
    code, said = comment(NEWS)
    assert code == 2
    assert words in said
    assert forge.requests == []


def test_a_pull_request_can_be_named(forge, comment, monkeypatch):
    for name in ("GITHUB_REPOSITORY", "CI_PROJECT_ID", "GITHUB_EVENT_PATH", "CI_MERGE_REQUEST_IID"):
        monkeypatch.delenv(name, raising=False)
    assert comment(NEWS, "--repository", forge.repository, "--number", "7")[0] == 0
    assert forge.texts == [NEWS]


@pytest.mark.usefixtures("forge")
def test_a_token_goes_nowhere_unencrypted(comment, monkeypatch):
    for name in ("GITHUB_API_URL", "CI_API_V4_URL"):
        monkeypatch.setenv(name, "http://forge.example")
    code, said = comment(NEWS)
    assert code == 2
    assert "unencrypted" in said


@pytest.mark.parametrize(
    "text", ["", "# A page\n", "<!-- another marker -->\n"], ids=["empty", "page", "marker"]
)
def test_a_file_that_is_no_report_is_not_sent(forge, comment, text):
    code, said = comment(text)
    assert code == 2
    assert "does not begin with a marker" in said
    assert "--report markdown=" in said
    assert forge.requests == []


@pytest.mark.usefixtures("forge")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "cannot be read: No such file", id="missing"),
        pytest.param(b"\xff", "it is not UTF-8", id="not text"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, capsys, content, words):
    file = tmp_path / "plan.md"
    if content:
        file.write_bytes(content)
    assert main(["comment", str(file)]) == 2
    said = capsys.readouterr().err
    assert str(file) in said
    assert words in said


def test_an_event_that_is_none_is_told(tmp_path, monkeypatch, capsys):
    file, event = tmp_path / "plan.md", tmp_path / "event.json"
    file.write_text(NEWS)
    event.write_text("[]")
    monkeypatch.delenv("GITLAB_CI", raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", "studio/descriptions")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    assert main(["comment", str(file)]) == 2
    assert f"{event} is not the JSON of an event" in capsys.readouterr().err


def test_a_quiet_one_says_nothing(forge, comment):
    assert comment(NEWS, "--quiet") == (0, "")
    assert forge.texts == [NEWS]


def test_what_is_listed_is_a_report_with_a_marker_of_its_own():
    status = parse_markdown_report(
        render_markdown(build_status_report(plan(*created(2)))), path="status.md"
    )
    assert status.has_news
    assert status.marker != parse_markdown_report(NEWS, path="plan.md").marker
    nothing = parse_markdown_report(render_markdown(build_status_report(plan())), path="status.md")
    assert not nothing.has_news


def test_a_report_without_differences_has_two_forms():
    assert list(parse_markdown_report(NO_NEWS, path="plan.md").versions) == [
        NO_NEWS,
        "".join(NO_NEWS.splitlines(keepends=True)[:3]),
    ]


def test_the_forms_of_a_report_get_shorter():
    report = parse_markdown_report(NEWS, path="plan.md")
    whole, table, headline = report.versions
    assert whole == NEWS
    assert NEWS.startswith(table.partition("\n**Shortened to fit.**")[0])
    assert "<details" not in table
    assert headline.splitlines() == NEWS.splitlines()[:3]


# --- a forge that does not behave ----------------------------------------------------------------


def test_an_answer_without_an_end_is_given_up(forge, comment):
    forge.script = [Response(b" " * (33 * 1024**2), media_type="application/json")]
    code, said = comment(NEWS)
    assert code == 1
    assert "more than 32 MiB" in said
    assert forge.writes == 0


def test_a_list_without_an_end_is_given_up(forge, comment, monkeypatch):
    def page(self, request, shown):  # noqa: ARG001 - the arguments of the method that it replaces
        link = f'<{request.url.include_query_params(page=2)}>; rel="next"'
        return JSONResponse([], headers={"Link": link})

    monkeypatch.setattr(FakeForge, "page", page)
    code, said = comment(NEWS)
    assert code == 1
    assert "has no end" in said
    assert forge.writes == 0


def test_a_report_with_the_token_in_it_is_not_posted(forge, comment):
    code, said = comment(f"{NEWS}\n{TOKEN}\n")
    assert code == 1
    assert "has the token of" in said
    assert TOKEN not in said
    assert forge.writes == 0
