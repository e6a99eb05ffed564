"""A pull that is cut off goes on where it was."""

import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest
from repositories import Repo, make_hermetic
from serving import serving

from sync.cli import main
from sync.cli.pulling.journal import Journal
from sync.sandbox.app import create_app
from sync.sandbox.seed import Seed
from sync.sandbox.shapes import Model
from sync.sandbox.store import Store

COUNT = 120
IN_FLIGHT = 4
TEXTS = {f"model_{at:03}": f"Text {at}.\n" if at % 3 else None for at in range(COUNT)}
FILES = {f"{model}.md": text for model, text in TEXTS.items() if text}


@pytest.fixture
def app():
    models = {id_: Model(id=id_, description=text) for id_, text in TEXTS.items()}
    with closing(Store(":memory:", seed=Seed(models=models))) as store:
        yield create_app(store, latency=0.02)


@pytest.fixture
def repo(tmp_path, monkeypatch, app):
    make_hermetic(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCENARIO_SDK_API_KEY", "key")
    monkeypatch.setenv("SCENARIO_SDK_API_SECRET", "secret")
    repo = Repo.create(tmp_path)
    with serving(app) as url:
        limits = f"requests_per_minute: 0, concurrency: {IN_FLIGHT}"
        config = f"version: 1\ntargets:\n  studio: {{base_url: {url}, {limits}}}\n"
        repo.committed({"config.yaml": config})
        yield repo


def files(repo):
    folder = repo.path / "descriptions"
    return {path.name: path.read_text() for path in folder.glob("*.md")}


def cut_off(repo, number, *, at):
    """Start a pull in a process of its own, and send it the signal once there are so many files."""
    command = [sys.executable, "-m", "sync", "pull", "--all"]
    with subprocess.Popen(command, cwd=repo.path, stdout=subprocess.PIPE, text=True) as process:
        while len(files(repo)) < at and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(number)
        return process.communicate()[0], process.returncode


def test_a_killed_pull_goes_on_and_asks_only_for_what_was_in_flight(repo, app):
    for at in (10, 40):
        assert cut_off(repo, signal.SIGKILL, at=at)[1] == -signal.SIGKILL
        assert files(repo).items() <= FILES.items()
    assert main(["pull", "--all"]) == 0
    assert files(repo) == FILES
    assert {path.name for path in (repo.path / "descriptions").iterdir()} == FILES.keys()
    lists = 3 * 2
    assert app.state.requests.by_method["GET"] <= COUNT + lists + 2 * 2 * IN_FLIGHT
    repo.commit()
    assert main(["plan", "--exit-code"]) == 0


def test_an_interrupted_pull_reports_what_it_did(repo):
    out, code = cut_off(repo, signal.SIGINT, at=5)
    assert code == 130
    assert f"Interrupted: {len(files(repo))} created.\n" in out
    assert files(repo).items() <= FILES.items()


def test_a_finished_pull_forgets_what_it_did(repo):
    assert main(["pull", "--all"]) == 0
    assert list((repo.path / ".git/description-sync").glob("*.pull")) == []


def test_what_was_noted_is_read_back_but_for_a_line_that_was_cut_off(tmp_path):
    path = tmp_path / "notes/studio.pull"
    with closing(Journal(path)) as journal:
        journal.note("a", "a.md", data=b"A.\n")
        journal.note("b")
    path.write_bytes(path.read_bytes() + b'["c", "c.m')
    with closing(Journal(path)) as journal:
        assert journal.done.keys() == {"a", "b"}
        assert journal.done["a"].still_holds(b"A.\n")
        assert not journal.done["a"].still_holds(b"B.\n")
        assert journal.done["b"].still_holds(None)
        journal.note("d")
    with closing(Journal(path)) as journal:
        assert journal.done.keys() == {"a", "b", "d"}
