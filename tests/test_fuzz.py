"""Whatever comes from outside ends in a value or in one of our errors: no traceback, no hang."""

import asyncio
import gzip
import json
import re
import time
from datetime import UTC, datetime

import httpx
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.cli.output import print_error
from sync.config.rules import RuleLevels
from sync.config.settings import Config, parse_config
from sync.decisions.desired import DesiredState
from sync.decisions.drift import GitKnowledge, Policy
from sync.decisions.plan import make_changes
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import read_documents
from sync.diff.alterations import describe_alteration
from sync.diff.unified import render_unified_diff
from sync.errors import ConfigError, ScenarioError, SyncError
from sync.lint.check import check_files
from sync.model.document import Document, InvalidFile
from sync.model.plan import Plan, Source
from sync.model.remote_text import NoSuchModel, RemoteText, UnreadableModel
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text
from sync.reports.documents.saved_plan import parse_plan_json
from sync.reports.formats.json import render_json
from sync.reports.formats.text import render_text
from sync.reports.plan import build_plan_report
from sync.sandbox.faults import parse_fault
from sync.sandbox.rate import parse_rate
from sync.scenario import Credentials, Description, Scenario, Server, SkippingClock

SERVER = Server(base_url="https://api.test/v1", credentials=Credentials(key="k", secret="s"))
NAMING = Aliases("production", {"hero": "model_hero"}, {"logo": "asset_logo"})
EXAMPLES = [
    pytest.param(40, id="forty"),
    pytest.param(10_000, id="ten thousand", marks=[pytest.mark.slow, pytest.mark.timeout(3600)]),
]


def hold(check, examples, *given_strategies):
    """Check many examples, each within five seconds of the processor's time."""

    def check_in_time(example):
        start = time.process_time()
        check(*example)
        assert time.process_time() - start < 5

    limits = settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        database=None,
    )
    limits(given(st.tuples(*given_strategies))(check_in_time))()


# --- answers -------------------------------------------------------------------------------------

ANYTHING = st.text(st.characters(exclude_categories=()))  # halves of surrogate pairs too
NAMES = st.sampled_from(
    [
        "description",
        "value",
        "assets",
        "models",
        "model",
        "id",
        "type",
        "privacy",
        "properties",
        "size",
        "reason",
        "message",
        "name",
        "remainingSeconds",
        "nextPaginationToken",
        "url",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | ANYTHING
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES | ANYTHING, inner, max_size=6)
    ),
    max_leaves=20,
)
DESCRIPTIONS = st.fixed_dictionaries(
    {
        "description": st.fixed_dictionaries(
            {
                "value": ANYTHING | SCALARS,
                "assets": st.just([]) | JSON,
                "models": st.just([]) | JSON,
            }
        )
        | JSON
    }
)
BODIES = (
    st.binary()
    | (JSON | DESCRIPTIONS).map(lambda value: json.dumps(value).encode())
    | DESCRIPTIONS.map(lambda value: json.dumps(value).encode()[:-3])
    | st.binary().map(gzip.compress)
    | st.integers(1, 2000).map(lambda depth: b"[" * depth)
)
VALUES = (
    st.sampled_from(["gzip", "identity", "br", "true", "false", "0", "-1", "nan", "inf", "1e308"])
    | st.integers().map(str)
    | st.datetimes().map(lambda when: when.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    | st.text(st.characters(min_codepoint=32, max_codepoint=126))
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "content-encoding",
            "content-type",
            "retry-after",
            "retry-after-ms",
            "x-should-retry",
            "x-amzn-errortype",
            "location",
            "date",
            "set-cookie",
        ]
    ),
    VALUES,
    max_size=4,
)
STATUSES = st.sampled_from(
    [200, 200, 200, 204, 302, 400, 401, 403, 404, 409, 429, 500]
) | st.integers(100, 999)
ANSWERS = st.lists(st.tuples(STATUSES, HEADERS, BODIES), min_size=1, max_size=4)


def answering(answers):
    """A server that gives one answer after the other, and the last one from there on."""
    left = list(answers)

    def answer(_):
        status, headers, body = left[0] if len(left) == 1 else left.pop(0)
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    return httpx.MockTransport(answer)


async def every_call(scenario):
    """What each call comes to: its value, or the error that it raised."""
    calls = [
        scenario.retrieve("m"),
        scenario.retrieve_description("m"),
        scenario.update("m", "new", replacing=Text("old")),
        scenario.delete("m", replacing=Text("old")),
        scenario.get_model_summaries(["m"]),
        scenario.get_assets(["a"]),
        collected(scenario.list_models()),
    ]
    return [await settled(call) for call in calls]


async def collected(things):
    return [thing async for thing in things]


async def settled(call):
    try:
        return await call
    except ScenarioError as error:
        return error


def check_answers(answers):
    async def run():
        transport = answering(answers)
        async with Scenario(SERVER, transport=transport, clock=SkippingClock()) as scenario:
            return await every_call(scenario)

    retrieved, described, *_, listed = came_to = asyncio.run(run())
    assert isinstance(retrieved, RemoteText | NoSuchModel | UnreadableModel | ScenarioError)
    assert isinstance(described, Description | ScenarioError)
    assert isinstance(listed, list | ScenarioError)
    for error in came_to:
        if isinstance(error, ScenarioError):
            assert error.message.isprintable(), error.message


@pytest.mark.parametrize("examples", EXAMPLES)
def test_no_answer_of_a_server_is_too_strange(examples):
    hold(check_answers, examples, ANSWERS)


# --- files ---------------------------------------------------------------------------------------

MARKUP = st.sampled_from(
    [
        "---\n",
        "model: m\n",
        "models: {production: m}\n",
        "protected: true\n",
        "clear: yes\n",
        "```\n",
        "{asset:a}",
        "{asset:@logo}",
        "{model:@nobody}",
        "{",
        "}",
        "[a](b)",
        "<!--",
        "<b>",
        "# ",
        "\r",
        "&a [*a]",
        "*a",
        "!!python/object:os.system",
        "\ufeff",
        "\u202e",
        "\x1b[31m",
        "::error::",
    ]
)
SOUP = st.lists(MARKUP | st.text(max_size=8), max_size=12).map("".join)
WORDS = st.sampled_from(
    [
        "version",
        "targets",
        "sandbox",
        "production",
        "base_url",
        "limits",
        "models",
        "exclude",
        "credentials",
        "requests_per_minute",
        "https://api.test",
        "1",
        "-1",
        "30",
        "null",
        "~",
        "on",
        "{",
        "}",
        "[",
        "]",
        ":",
        ": ",
        "\n",
        "\n  ",
        "- ",
        "&a ",
        "*a",
        "<<: ",
        *("!!set ", "!!bool ", "!!int ", "!!float ", "!!timestamp ", "!!binary ", "!x "),
        "'",
        '"',
    ]
)
YAML = st.lists(WORDS | st.text(max_size=5), max_size=20).map("".join)
FILES = st.dictionaries(
    st.sampled_from(["a.md", "b/c.md", "hero.md", "@.md", ".md"]),
    st.binary()
    | SOUP.map(str.encode)
    | st.tuples(SOUP | YAML, SOUP).map(lambda both: "---\n{}\n---\n{}".format(*both).encode()),
    max_size=3,
)


def check_documents(files):
    documents, invalid = read_documents(files, NAMING, folder="descriptions")
    assert all(isinstance(document, Document) for document in documents)
    assert all(isinstance(file, InvalidFile) and file.faults for file in invalid)
    for finding in check_files(
        files, [NAMING], folder="descriptions", levels=RuleLevels(), chosen=files
    ):
        assert finding.line >= 1


@pytest.mark.parametrize("examples", EXAMPLES)
def test_no_file_is_too_strange(examples):
    hold(check_documents, examples, FILES)


KNOWN = st.sampled_from(["version", "target", "targets", "descriptions", "exclude", "limits", "x"])
CONFIGS = (
    st.text()
    | YAML
    | st.dictionaries(KNOWN, JSON, max_size=5).map(
        lambda value: yaml.safe_dump(value, allow_unicode=True)
    )
)


def check_config(text):
    try:
        assert isinstance(parse_config(text, path="config.yaml"), Config)
    except ConfigError as error:
        print_error(error)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_no_config_is_too_strange(examples, capsys):
    hold(check_config, examples, CONFIGS)
    capsys.readouterr()


# --- texts, in plans and reports -----------------------------------------------------------------


STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def check_plan(before, after):
    desired = DesiredState([Document("m", "m.md", Text(after))])
    plan = Plan(
        TargetIdentity("production", "https://api.test/v1"),
        Source("worktree"),
        datetime(2026, 11, 23, tzinfo=UTC),
        make_changes(
            desired,
            {"m": RemoteText(Text(before))},
            knowledge=GitKnowledge(),
            policy=Policy("overwrite"),
        ),
    )
    assert parse_plan_json(render_json([plan])).writes == plan.writes
    shown = render_text(build_plan_report(plan), color=False, width=80, verbose=True)
    assert not STEERING.search(shown)
    if Text(before).raw != Text(after).raw:
        assert describe_alteration(Text(after), Text(before))
    assert bool(render_unified_diff(Text(before), Text(after))) != Text(before).is_same_as(
        Text(after)
    )


@pytest.mark.parametrize("examples", EXAMPLES)
def test_no_text_is_too_strange(examples):
    hold(check_plan, examples, st.text() | SOUP, st.text() | SOUP)


PLANS = (
    st.text()
    | JSON.map(json.dumps)
    | st.dictionaries(
        st.sampled_from(
            ["version", "kind", "target", "source", "changes", "created_at", "summary"]
        ),
        JSON | st.just("plan") | st.just(1),
    ).map(json.dumps)
)
OPTIONS = st.text() | st.lists(
    st.sampled_from(["PUT", "GET", ":", "503", "cut", "=", "@", "drop", "1", "/s", "/min"])
).map("".join)


def check_words(plan, option):
    for read, words in ((parse_plan_json, plan), (parse_fault, option), (parse_rate, option)):
        try:
            read(words)
        except SyncError as error:
            print_error(error)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_no_saved_plan_and_no_option_is_too_strange(examples, capsys):
    hold(check_words, examples, PLANS, OPTIONS)
    capsys.readouterr()
