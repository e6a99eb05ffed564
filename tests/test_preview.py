import http.client
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
from contextlib import closing, contextmanager

import nh3
import pytest
import yaml
from processes import LIMIT, started
from repositories import Repo, make_hermetic
from request_counter import counted
from sandbox_files import SandboxFile

from sync.cli import main
from sync.cli.preview_server import RELOAD_SCRIPT, PageServer
from sync.lint.finding import Finding
from sync.model.text import Text
from sync.operations.preview import find_drafts
from sync.reports.media import AssetFacts, Media, ModelFacts
from sync.reports.preview import Draft, render_draft_html
from sync.sandbox.app import create_app
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

LANTERN = "---\nmodel: lantern\n---\n# Lantern\n\nBrass, with {asset:@logo}.\n"
CONFIG = {
    "version": 1,
    "target": "staging",
    "targets": {
        "staging": {
            "sandbox": "store.sqlite3",
            "models": {"lantern": "model_lantern"},
            "assets": {"logo": "asset_logo"},
        },
        "production": {"models": {"lantern": "model_live"}},
    },
}


@pytest.fixture
def repo(tmp_path, monkeypatch):
    """A repository with one description, being the working directory."""
    make_hermetic(monkeypatch)
    monkeypatch.chdir(tmp_path)
    repo = Repo.create(tmp_path)
    repo.write("config.yaml", yaml.safe_dump(CONFIG))
    repo.write("descriptions/props/lantern.md", LANTERN)
    SandboxFile(tmp_path / "store.sqlite3").fill(
        {"model_lantern": {"name": "Brass Lantern", "description": "Old.\n"}},
        assets={"asset_logo": {"kind": "image"}},
    )
    return repo


# --- what a file says now ------------------------------------------------------------------------


def desk(repo, path="descriptions/props/lantern.md", *targets):
    return find_drafts(repo.path / path, None, target_names=targets)


def test_a_draft_is_what_the_target_would_be_sent(repo):
    text = "# Lantern\n\nBrass, with {asset:asset_logo}.\n"
    assert desk(repo).read_draft() == Draft("props/lantern.md", "model_lantern", Text(text), [])


def test_another_target_may_be_named(repo):
    assert (
        desk(repo, "descriptions/props/lantern.md", "production").read_draft().model == "model_live"
    )


@pytest.mark.parametrize(
    ("content", "model", "text", "rules"),
    [
        pytest.param(b"TODO", "lantern", "TODO\n", ["placeholder"], id="a warning"),
        pytest.param(
            b"---\nmodle: a\n---\nBody.\n", "", "Body.\n", ["front-matter"], id="front matter"
        ),
        pytest.param(b"{asset:@lgo}", "lantern", "{asset:@lgo}\n", ["unknown-alias"], id="alias"),
        pytest.param(b"", "lantern", "", ["empty"], id="no text"),
        pytest.param(b"\xff", "", "", ["encoding"], id="no UTF-8"),
        pytest.param(
            b"---\nmodels: {production: a}\n---\nBody.\n", "", "Body.\n", [], id="another target's"
        ),
    ],
)
def test_a_draft_with_faults_is_shown_all_the_same(repo, content, model, text, rules):
    repo.write("descriptions/props/lantern.md", content)
    draft = desk(repo).read_draft()
    shown = draft.model.removeprefix("model_"), draft.text.canonical
    assert (shown, [finding.rule for finding in draft.findings]) == ((model, text), rules)


def test_a_file_that_is_gone_is_told_and_comes_back(repo):
    file = repo.path / "descriptions/props/lantern.md"
    here = desk(repo)
    first = here.get_version()
    file.unlink()
    assert (here.get_version(), here.read_draft().findings[0].rule) == ("", "file")
    file.write_text(LANTERN.replace("Brass", "Copper"))
    assert here.get_version() not in ("", first)
    assert "Copper" in here.read_draft().text.raw


def test_a_file_outside_the_folder_may_be_looked_at(repo):
    repo.write("notes.md", "Notes.\n")
    assert desk(repo, "notes.md").read_draft() == Draft("notes.md", "notes", Text("Notes.\n"), [])


# --- the page ------------------------------------------------------------------------------------


def test_the_page_shows_the_text_what_it_refers_to_and_what_check_says():
    draft = Draft(
        "props/lantern.md",
        "model_1",
        Text("# Lantern\n\n**Brass**, with {asset:asset_1}.\n"),
        [Finding("props/lantern.md", 3, 1, "placeholder", "warning", "finish it")],
    )
    media = Media({"asset_1": AssetFacts("video", "video/mp4")}, {"model_1": ModelFacts("L", "x")})
    page = render_draft_html(draft, version="7", media=media)
    words = " ".join(nh3.clean(page, tags=set(), clean_content_tags={"style", "svg"}).split())
    for each in (
        "Line 3, placeholder: finish it (warning)",
        "model_1 L x",
        "As its readers see it Lantern Brass, with",
        "video asset_1",
    ):
        assert each in words
    assert "<strong>Brass</strong>" in page


def test_the_page_runs_nothing_but_our_script_and_loads_nothing():
    evil = "<script>alert(1)</script> ![x](https://evil.example/x.png)"
    findings = [Finding("a", 1, 1, "raw-html", "warning", evil)]
    page = render_draft_html(Draft(evil, evil, Text(evil), findings), version="7")
    assert re.findall(r"<script[^>]*>", page) == ['<script src="/reload.js?7" defer>']
    assert "<img" not in page
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


# --- the server ----------------------------------------------------------------------------------


class Subject:
    """A page that a test may change."""

    def __init__(self):
        self.now = "1"

    def version(self, path):
        return None if path.startswith("etc") else self.now

    def render(self, path, version):
        return f"<p>{path}version {version}"


@contextmanager
def served(subject):
    with PageServer(0, version=subject.version, render=subject.render) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.port
        finally:
            server.shutdown()
            thread.join()


def asked(port, path, **headers):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)) as connection:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read()


def test_serves_the_page_of_the_moment_and_its_script():
    with served(subject := Subject()) as port:
        assert asked(port, "/") == (200, "text/html; charset=utf-8", b"<p>version 1")
        subject.now = "2"
        assert asked(port, "/")[2] == b"<p>version 2"
        assert asked(port, "/reload.js?2") == (200, "text/javascript", RELOAD_SCRIPT)
        assert asked(port, "/etc/passwd")[0] == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:{}", 200), ("localhost:{}", 200), ("evil.example:{}", 403), ("127.0.0.1", 403)],
    ids=["address", "localhost", "another name", "without the port"],
)
def test_answers_under_its_own_name_only(host, status):
    with served(Subject()) as port:
        for path in ("/", "/reload.js", "/changes?0"):
            assert asked(port, path, Host=host.format(port))[0] == status


def test_tells_a_browser_once_its_version_is_old():
    with served(subject := Subject()) as port:
        assert asked(port, "/changes?0") == (200, "text/event-stream", b"data: changed\n\n")
        threading.Timer(0.1, setattr, (subject, "now", "2")).start()
        status, _, events = asked(port, "/changes?1")
        assert (status, events[-15:]) == (200, b"data: changed\n\n")


@pytest.mark.usefixtures("repo")
def test_a_port_that_is_taken_is_told(capsys):
    with served(Subject()) as port:
        words = ["preview", "descriptions/props/lantern.md", "--no-open", "--port", str(port)]
        assert main(words) == 2
    assert f"port {port} cannot be used: Address already in use" in capsys.readouterr().err


# --- the command ---------------------------------------------------------------------------------


@contextmanager
def previewing(repo, *words):
    """The command in a process of its own, and its port; it is ended by Ctrl-C."""
    with started(
        [sys.executable, "-m", "sync", "preview", *words, "--no-open"],
        cwd=repo.path,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        line = process.stdout.readline()
        found = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)/\n", line)
        assert found, process.communicate()
        yield int(found[1])
        process.send_signal(signal.SIGINT)
        assert (process.wait(timeout=LIMIT), process.communicate()) == (0, ("", ""))


def test_follows_the_file_until_ctrl_c(repo):
    with previewing(repo, "descriptions/props/lantern.md") as port:
        page = asked(port, "/")[2].decode()
        assert "<code>asset_logo</code>" in page
        (version,) = re.findall(r"/reload\.js\?([\d-]+)", page)
        repo.write("descriptions/props/lantern.md", "Copper.\n")
        assert asked(port, f"/changes?{version}")[2].endswith(b"data: changed\n\n")
        assert "Copper." in asked(port, "/")[2].decode()


def test_a_folder_is_a_list_of_its_files_with_the_page_of_each(repo):
    """Only the descriptions of the folder are served, and a new file appears in the list."""
    repo.write("descriptions/props/storm lantern.md", "# Storm\n\nTODO: write it\n")
    repo.write("descriptions/_draft.md", "Not a description.\n")
    repo.write("descriptions/changes/rope.md", "Rope.\n")
    with previewing(repo, "descriptions") as port:
        page = asked(port, "/")[2].decode()
        links = re.findall(r'href="(/files/[^"]+)"', page)
        assert links == [
            *["/files/changes/rope.md", "/files/props/lantern.md"],
            "/files/props/storm%20lantern.md",
        ]
        assert "<code>model_lantern</code>" in page
        assert "1 warning" in page
        shown = {link: asked(port, link)[2].decode() for link in links}
        assert "Rope." in shown["/files/changes/rope.md"]
        assert all('<a href="/">' in each for each in shown.values())
        for outside in ("/files/_draft.md", "/files/../config.yaml", "/files/%2e%2e/config.yaml"):
            assert asked(port, outside)[0] == 404
        (version,) = re.findall(r"/reload\.js\?(\w+)", page)
        repo.write("descriptions/oar.md", "Oar.\n")
        assert asked(port, f"/changes/?{version}")[2].endswith(b"data: changed\n\n")
        assert "/files/oar.md" in asked(port, "/")[2].decode()
    with previewing(repo, "descriptions/props") as port:
        assert "/files/oar.md" not in asked(port, "/")[2].decode()


def test_a_folder_without_a_description_is_told(repo, capsys):
    (repo.path / "empty").mkdir()
    assert main(["preview", "empty"]) == 2
    assert "there is no description in empty" in capsys.readouterr().err


def test_a_browser_that_hangs_up_is_not_worth_a_word(repo):
    with previewing(repo, "descriptions/props/lantern.md") as port:  # looks at stderr
        for words in (b"", b"GET / HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % port):
            with socket.create_connection(("127.0.0.1", port)) as browser:
                browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                browser.sendall(words)
        assert asked(port, "/")[0] == 200


def test_a_link_in_place_of_the_file_is_not_followed(repo):
    secret = repo.path.parent / "secret.md"
    secret.write_text("The secret\n")
    lantern = repo.path / "descriptions/props/lantern.md"
    with previewing(repo, "descriptions/props/lantern.md") as port:
        lantern.unlink()
        lantern.symlink_to(secret)
        page = asked(port, "/")[2].decode()
    assert "secret" not in page
    assert "a symbolic link is not followed" in page


def test_online_the_model_and_its_assets_have_their_names(repo):
    with previewing(repo, "descriptions/props/lantern.md", "--online") as port:
        page = asked(port, "/")[2].decode()
    assert "<b>Brass Lantern</b>" in page
    assert '<span class="kind">image</span> <code>asset_logo</code>' in page


@pytest.mark.usefixtures("repo")
def test_online_without_a_key_says_so_and_serves_nothing(capsys, monkeypatch):
    for name in ("SCENARIO_SDK_API_KEY", "SCENARIO_SDK_API_SECRET", "SCENARIO_SDK_JWT"):
        monkeypatch.delenv(name, raising=False)
    words = ["preview", "descriptions/props/lantern.md", "--online", "--target", "production"]
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert (out, 'target "production" has no credentials' in err) == ("", True)


@pytest.mark.usefixtures("environment")
def test_online_a_draft_asks_only_for_what_its_description_did_not_bring(repo, served):
    url, stage = served
    text = "Brass, with {asset:asset_logo}.\n"
    seed = {
        "models": {"model_lantern": {"name": "Brass Lantern", "description": text}},
        "assets": {"asset_logo": {"kind": "image"}},
    }
    with closing(Store(":memory:", seed=Seed.model_validate(seed))) as store:
        stage.app = counted(create_app(store, without_key=True))
        config = CONFIG | {"targets": {"staging": CONFIG["targets"]["staging"] | {"base_url": url}}}
        del config["targets"]["staging"]["sandbox"]
        repo.write("config.yaml", yaml.safe_dump(config))
        with previewing(repo, "descriptions/props/lantern.md", "--online") as port:
            assert "<b>Brass Lantern</b>" in asked(port, "/")[2].decode()
        assert dict(stage.app.state.requests.by_method) == {"GET": 1, "POST": 1}


@pytest.mark.usefixtures("repo")
def test_a_file_that_is_not_there_is_told(capsys):
    assert main(["preview", "descriptions/lanten.md"]) == 2
    assert "'descriptions/lanten.md' does not exist" in capsys.readouterr().err
