"""The whole story with a marked key: no byte that comes out of it holds the mark."""

import base64
import html
import json
import shutil
import subprocess
import sys
import threading
import urllib.parse
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain

import pytest
from processes import LIMIT

KEY, SECRET, TOKEN = "key-MARKED-1f3a", "secret-MARKED-9c7e", "head.MARKED-77ab.signature"
MARKS = [
    KEY,
    SECRET,
    TOKEN,
    base64.b64encode(f"{KEY}:{SECRET}".encode()).decode(),
]
GIT = shutil.which("git")


@pytest.fixture(params=["key", "token"])
def marked(request, studio, monkeypatch):
    """The studio with the marked key, or the marked token."""
    if request.param == "token":
        monkeypatch.delenv("SCENARIO_SDK_API_KEY")
        monkeypatch.setenv("SCENARIO_SDK_JWT", TOKEN)
    else:
        monkeypatch.setenv("SCENARIO_SDK_API_KEY", KEY)
        monkeypatch.setenv("SCENARIO_SDK_API_SECRET", SECRET)
    return studio


def assert_unmarked(data, where):
    for mark in MARKS:
        assert mark not in data, where
        assert mark.encode().hex() not in data, where


def files(folder):
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def objects(repo):
    """Every object that git has, unpacked."""
    return repo.raw("cat-file", "--batch-all-objects", "--batch", "--unordered").decode(
        errors="replace"
    )


STORY = [
    (["plan", "-v"], ()),
    (["plan", "-v", "--format", "json"], ()),
    (["plan", "--out", "plan.json"], ()),
    (["plan", "--report", "html=plan.html", "--report", "markdown=plan.md"], ()),
    (["status", "-v"], ("GET:500@reef",)),
    (["plan", "-v"], ("GET:401",)),
    (["plan", "-v"], ("GET:403",)),
    (["plan", "-v"], ("GET:expired",)),
    (["apply", "--yes", "-v"], ("PUT:drop:1@reef", "PUT:400@tide")),
    (["apply", "--yes", "-v", "--plan", "plan.json"], ()),
    (["rollback", "--yes", "-v"], ("PUT:401",)),
    (["history"], ()),
    (["doctor", "-v"], ()),
]


def test_no_credential_comes_out_anywhere(marked, caplog, tmp_path):
    caplog.set_level(0)
    for words, faults in STORY:
        marked.serve(*faults)
        ran = marked.sync(*words)
        assert "Traceback" not in ran.err
        assert_unmarked(ran.out + ran.err, words)
    assert_unmarked(caplog.text, "the log")
    assert_unmarked(objects(marked.repo), "git's objects")
    written = [*chain(files(marked.repo.path), files(tmp_path))]
    assert {"plan.json", "plan.html", "plan.md"} <= {path.name for path in written}
    for path in written:
        assert_unmarked(path.read_text(errors="replace"), path)


def test_a_token_with_a_character_that_no_token_has_is_not_repeated(studio, monkeypatch):
    monkeypatch.delenv("SCENARIO_SDK_API_KEY")
    monkeypatch.setenv("SCENARIO_SDK_JWT", f"{TOKEN}\nX-Injected: ö")
    ran = studio.plan()
    assert ran.code != 0
    assert "SCENARIO_SDK_JWT" in ran.err
    assert_unmarked(ran.out + ran.err, "the message")
    assert studio.requests == {}


def test_no_credential_is_an_argument_of_a_process(marked, tmp_path):
    """A process list shows everybody what a command was called with."""
    calls, shim = tmp_path / "calls", tmp_path / "git"
    shim.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{calls}"\nexec "{GIT}" "$@"\n')
    shim.chmod(0o755)
    marked.serve()
    with marked.running("apply", "--yes", "-v", first=tmp_path) as process:
        out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, err
    assert "rev-parse" in calls.read_text()
    assert_unmarked(calls.read_text() + out + err, "git's arguments")


def test_a_traceback_of_a_bug_holds_no_credential(marked):
    """Not even with the development mode on, and the values at hand printed."""
    bug = (
        "import asyncio, os\n"
        "from sync.scenario import Credentials, Scenario, Server\n"
        "get = os.environ.get\n"
        "key, secret = get('SCENARIO_SDK_API_KEY'), get('SCENARIO_SDK_API_SECRET')\n"
        "given = Credentials(key=key, secret=secret, jwt=get('SCENARIO_SDK_JWT'))\n"
        f"server = Server(base_url='{marked.url}', credentials=given)\n"
        "async def run():\n"
        "    async with Scenario(server) as scenario:\n"
        "        print(scenario.server, vars(scenario))\n"
        "        await scenario.retrieve(None)\n"
        "asyncio.run(run())\n"
    )
    command = [sys.executable, "-X", "dev", "-c", bug]
    ran = subprocess.run(command, capture_output=True, check=False, text=True)
    assert ran.returncode == 1
    assert "Traceback" in ran.stderr
    assert_unmarked(ran.stdout + ran.stderr, "the traceback")


def test_a_secret_written_into_the_config_is_refused_and_not_repeated(studio):
    config = (studio.repo.path / "config.yaml").read_text()
    section = f"    credentials: {{api_key_env: {SECRET}}}\n"
    studio.repo.write("config.yaml", config.replace("production:\n", f"production:\n{section}", 1))
    ran = studio.plan()  # before a commit: the other tests here see the repository, too
    assert ran.code == 2
    assert "never the secret itself" in ran.err
    assert_unmarked(ran.out + ran.err, "the message")


# --- a server that quotes what it was sent -------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "form"),
    [(401, "json"), (403, "html"), (403, "json"), (418, "text"), (500, "json")],
)
def test_a_server_that_quotes_the_credentials_is_not_repeated(marked, echoing, status, form):
    marked.configure(base_url=echoing(status, form), retries=0)
    for words in (["plan", "-v"], ["plan", "--format", "json"], ["doctor"], ["status"]):
        ran = marked.sync(*words)
        assert_unmarked(ran.out + ran.err, words)
        assert "signature" not in ran.out + ran.err
    for path in files(marked.repo.path):
        assert_unmarked(path.read_text(errors="replace"), path)


def test_a_success_that_quotes_the_credentials_is_neither_shown_nor_stored(marked, echoing):
    marked.configure(base_url=echoing(200, "description"), retries=0)
    for words in (["plan", "-v"], ["apply", "--yes"], ["show", "hero"], ["pull"]):
        ran = marked.sync(*words)
        assert_unmarked(ran.out + ran.err, words)
        assert ran.code in (1, 4), words
    for path in files(marked.repo.path):
        assert_unmarked(path.read_text(errors="replace"), path)


def test_a_text_with_the_id_of_the_key_in_it_is_read(own, monkeypatch):
    """The id of a key is no secret, and is the author of what was made with it."""
    monkeypatch.setenv("SCENARIO_SDK_API_KEY", KEY)
    monkeypatch.setenv("SCENARIO_SDK_API_SECRET", SECRET)
    own.remote({"reef": f"Made with {KEY}\n"})
    own.commit({"reef.md": f"Made with {KEY}\n"})
    assert own.plan("--model", "reef").states == {"reef": "in_sync"}


@pytest.mark.usefixtures("marked")
def test_a_text_with_the_secret_in_it_is_not_sent(own):
    own.remote({"leak": None, "reef": None})
    own.commit({"leak.md": f"Use {SECRET} or {TOKEN}\n", "reef.md": "Reef\n"})
    ran = own.apply()
    assert (ran.code, ran.results["leak"], ran.results["reef"]) == (5, "refused", "applied")
    assert "the secret or the token of this run" in ran.reasons["leak"]
    assert own.texts == {"reef": "Reef\n"}


@pytest.fixture
def echoing():
    """A function that starts a server which quotes each request in its answer of this status."""
    with ExitStack() as stack:

        def start(status, form):
            def quote(handler):
                sent = handler.headers.get("Authorization", "")
                plain = base64.b64decode(sent.split()[-1] + "===", validate=False)
                said = (
                    f"you sent {sent} ({plain.decode(errors='replace')}), "
                    f"{urllib.parse.quote(sent)}, "
                    "to https://cdn.example/asset.png?Expires=1&signature=abc and "
                )
                body = {
                    "json": json.dumps({"reason": said}),
                    "html": f"<html><body><p>{html.escape(said)}</p></body></html>",
                    "text": said,
                    "description": json.dumps({"description": {"value": f"Text {sent}"}}),
                }[form].encode()
                handler.send_response(status)
                handler.send_header("Content-Length", str(len(body)))
                handler.end_headers()
                handler.wfile.write(body)

            handler = type(
                "Echo",
                (BaseHTTPRequestHandler,),
                {
                    "do_GET": quote,
                    "do_PUT": quote,
                    "do_POST": quote,
                    "log_message": lambda *_: None,
                },
            )
            server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/v1"

        yield start


@pytest.mark.parametrize("forge", ["github", "gitlab"])
@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_forge_that_quotes_the_token_is_not_repeated(studio, echoing, monkeypatch, forge, status):
    url = echoing(status, "json").removesuffix("/v1")
    variables = {
        "github": {"GITHUB_API_URL": url, "GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "a/b"},
        "gitlab": {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": url,
            "GITLAB_TOKEN": TOKEN,
            "CI_PROJECT_ID": "7",
        },
    }
    for name, value in variables[forge].items():
        monkeypatch.setenv(name, value)
    (studio.repo.path / "report.md").write_text("<!-- description-sync:t:1 -->\n### t\n")
    ran = studio.sync("comment", "report.md", "--number", "1")
    assert ran.code == 1
    assert_unmarked(ran.out + ran.err, forge)


def test_a_forge_token_with_a_line_break_is_refused_and_not_repeated(studio, monkeypatch):
    for name, value in {
        "GITHUB_API_URL": "http://127.0.0.1:9",
        "GITHUB_TOKEN": f"{TOKEN}\nX-Injected: 1",
        "GITHUB_REPOSITORY": "a/b",
    }.items():
        monkeypatch.setenv(name, value)
    (studio.repo.path / "report.md").write_text("<!-- description-sync:t:1 -->\n### t\n")
    ran = studio.sync("comment", "report.md", "--number", "1")
    assert ran.code == 2
    assert_unmarked(ran.out + ran.err, "the message")


@pytest.mark.parametrize(
    "variables",
    [
        {"GITHUB_GRAPHQL_URL": "http://forge.example/graphql"},
        {"GITHUB_REPOSITORY": "owner"},
        {"GITHUB_REPOSITORY": "a/b/../../user"},
        {"GITHUB_REPOSITORY": "../user"},
        {"GITHUB_API_URL": ""},
        {"GITHUB_GRAPHQL_URL": " "},
        {"GITHUB_API_URL": "ftp://127.0.0.1/"},
        {"GITHUB_API_URL": "https://user:password@forge.example"},
    ],
    ids=[
        *("graphql in clear", "no owner", "a path", "a folder above", "no URL", "no graphql"),
        *("another protocol", "credentials in the URL"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [("comment", "report.md", "--number", "1"), ("comment", "report.md", "--issue"), ("propose",)],
    ids=["comment", "issue", "propose"],
)
def test_a_token_goes_only_where_it_belongs(studio, monkeypatch, variables, command):
    studio.commit({"hero.md": "Hero\n"})
    settings = {
        "GITHUB_API_URL": "http://127.0.0.1:9",
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_REPOSITORY": "a/b",
        **variables,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    (studio.repo.path / "report.md").write_text("<!-- description-sync:t:1 -->\n### t\n")
    ran = studio.sync(*command)
    assert ran.code == 2
    assert "password" not in ran.err
    assert_unmarked(ran.out + ran.err, "the message")
