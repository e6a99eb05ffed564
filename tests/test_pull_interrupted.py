"""A pull that is cut off goes on where it was."""

import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from hashlib import sha256

import pytest
from processes import started
from repositories import Repo, make_hermetic
from request_counter import counted
from serving import serving

from sync.cli import main
from sync.model.target_identity import TargetIdentity
from sync.operations.pull.journal import PulledModel, PullJournal
from sync.sandbox.app import create_app
from sync.sandbox.faults import parse_fault
from sync.sandbox.schema import StoredModel
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

COUNT = 120
IN_FLIGHT = 4
TEXTS = {f"model_{at:03}": f"Text {at}.\n" if at % 3 else None for at in range(COUNT)}
FILES = {f"{model}.md": text for model, text in TEXTS.items() if text}


@pytest.fixture
def app():
    models = {id_: StoredModel(id=id_, description=text) for id_, text in TEXTS.items()}
    with closing(Store(":memory:", seed=Seed(models=models))) as store:
        yield counted(create_app(store, latency=0.02))


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
    return {
        path.name: path.read_text().removeprefix(f"---\nmodel: {path.stem}\n---\n\n")
        for path in folder.glob("*.md")
    }


def cut_off(repo, number, *, at):
    """Start a pull in a process of its own, and send it the signal once there are so many files."""
    command = [sys.executable, "-m", "sync", "pull", "--all"]
    with started(command, cwd=repo.path, stdout=subprocess.PIPE, text=True) as process:
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


def test_an_interrupted_pull_finishes_what_is_under_way_and_reports_what_it_did(repo, app):
    out, code = cut_off(repo, signal.SIGINT, at=5)
    assert code == 130
    assert f"Interrupted: {len(files(repo))} created.\n" in out
    assert files(repo).items() <= FILES.items()
    assert main(["pull", "--all"]) == 0
    assert files(repo) == FILES
    lists = 2 * 2
    assert app.state.requests.by_method["GET"] <= COUNT + lists


def test_what_was_pulled_before_and_is_committed_is_not_read_again(repo, app):
    cut_off(repo, signal.SIGINT, at=40)
    repo.commit()
    assert main(["pull", "--all"]) == 0
    assert files(repo) == FILES
    lists = 2 * 2
    assert app.state.requests.by_method["GET"] <= COUNT + lists
    repo.commit()
    assert main(["pull", "--all"]) == 0
    assert app.state.requests.by_method["GET"] >= 2 * COUNT


def test_what_was_changed_since_it_was_pulled_is_read_again(repo):
    cut_off(repo, signal.SIGINT, at=10)
    name = min(files(repo))
    repo.committed({f"descriptions/{name}": "Ours.\n"})
    assert main(["pull", "--all"]) == 0
    assert files(repo) == FILES


@pytest.mark.parametrize("words", [[], ["--all", "--model", "model_119"]], ids=["plain", "of one"])
def test_another_pull_leaves_the_one_that_was_cut_off_to_be_gone_on_with(repo, app, words):
    repo.committed({"descriptions/model_001.md": "Text 1.\n"})
    cut_off(repo, signal.SIGINT, at=40)
    assert main(["pull", *words]) == 0
    before = app.state.requests.by_method["GET"]
    read = len(files(repo))
    assert main(["pull", "--all"]) == 0
    assert files(repo) == FILES
    assert app.state.requests.by_method["GET"] - before <= COUNT - read + 2 + 2


def test_what_another_server_had_is_not_taken_for_this_one_s(repo):
    cut_off(repo, signal.SIGINT, at=10)
    models = {id_: StoredModel(id=id_, description="Another's.\n") for id_ in TEXTS}
    with (
        closing(Store(":memory:", seed=Seed(models=models))) as store,
        serving(create_app(store)) as url,
    ):
        target = f"{{base_url: {url}, requests_per_minute: 0}}"
        repo.write("config.yaml", f"version: 1\ntargets:\n  studio: {target}\n")
        assert main(["pull", "--all"]) == 5
    said = files(repo)
    ours = {name for name, text in said.items() if text != "Another's.\n"}
    assert (len(said), ours < FILES.keys()) == (COUNT, True)


def test_a_pull_that_came_to_its_end_forgets_what_it_did_even_where_it_failed(repo):
    texts = {"a": "A.\n", "b": None, "c": "C.\n"}
    models = {id_: StoredModel(id=id_, description=text) for id_, text in texts.items()}
    fault = parse_fault("GET:422@c")
    with (
        closing(Store(":memory:", seed=Seed(models=models))) as store,
        serving(create_app(store, faults=[fault])) as url,
    ):
        target = f"{{base_url: {url}, requests_per_minute: 0}}"
        repo.write("config.yaml", f"version: 1\ntargets:\n  studio: {target}\n")
        assert main(["pull", "--all"]) == 4
        assert journals(repo) == []
        store.write_text("b", "B, by now.\n")
        assert main(["pull", "--all"]) == 4
        assert files(repo) == {"a.md": "A.\n", "b.md": "B, by now.\n"}


def journals(repo):
    return list((repo.path / ".git/description-sync").glob("*.pull"))


# --- the notes -----------------------------------------------------------------------------------

STUDIO = TargetIdentity("studio", "https://api.example/v1", "proj_1")


def noted(path, target=STUDIO, *, now=0.0):
    return closing(PullJournal(path, target, clock=lambda: now))


def test_what_was_noted_is_read_back_but_for_a_line_that_was_cut_off(tmp_path):
    path = tmp_path / "notes/studio.pull"
    with noted(path) as journal:
        journal.note_model("a", "a.md", data=b"A.\n")
        journal.note_model("b")
    path.write_bytes(path.read_bytes() + b'["c", "c.m')
    with noted(path) as journal:
        assert journal.finished_models.keys() == {"a", "b"}
        assert journal.finished_models["a"].matches_file(b"A.\n")
        assert not journal.finished_models["a"].matches_file(b"B.\n")
        assert journal.finished_models["b"].matches_file(None)
        journal.note_model("d")
    with noted(path) as journal:
        assert journal.finished_models.keys() == {"a", "b", "d"}


def test_each_note_counts_for_an_hour_however_often_the_pull_is_cut_off(tmp_path):
    path = tmp_path / "studio.pull"
    for model, now in (("a", 0), ("b", 3000), ("c", 3601)):
        with noted(path, now=now) as journal:
            journal.note_model(model)
    with noted(path, now=3602) as journal:
        assert journal.finished_models.keys() == {"b", "c"}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(STUDIO, base_url="https://other.example/v1"), id="server"),
        pytest.param(replace(STUDIO, project_id=None), id="project"),
    ],
)
def test_notes_about_another_project_are_forgotten(tmp_path, other):
    path = tmp_path / "studio.pull"
    with noted(path) as journal:
        journal.note_model("a")
    with noted(path, other) as journal:
        assert journal.finished_models == {}
        journal.note_model("b")
    with noted(path, other) as journal:
        assert journal.finished_models.keys() == {"b"}
    with noted(path) as journal:
        assert journal.finished_models == {}


def test_only_what_a_pull_was_about_is_forgotten(tmp_path):
    path = tmp_path / "studio.pull"
    with noted(path) as journal:
        journal.note_model("a", "a.md", data=b"A.\n")
        journal.note_model("b")
    with noted(path) as journal:
        journal.forget_models({"b", "c"})
    with noted(path) as journal:
        assert journal.finished_models == {
            "a": PulledModel("a.md", sha256(b"A.\n").hexdigest(), 0.0)
        }
        journal.forget_models({"a"})
    assert not path.exists()
