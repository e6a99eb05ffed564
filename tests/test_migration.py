"""A thousand models from one served project into git and on to another, killed again and again."""

import asyncio
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, closing
from itertools import count
from queue import Queue

import pytest
import yaml
from repositories import Repo, make_hermetic
from serving import serving

from sync.cli import main
from sync.model import Text
from sync.sandbox.app import create_app
from sync.sandbox.schema import StoredModel
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

COUNT = 1000
KILLS = 5
IN_FLIGHT = 4
# What was asked for and not answered when the run was killed, and what was answered and not yet
# written: each may hold as many as are under way at once.
TWICE = 2 * IN_FLIGHT


def text(at):
    """Every tenth model has none; some look like files with front matter, some have CRLF."""
    if at % 10 == 0:
        return None
    head = "---\nmodel: look-alike\n---\n" if at % 7 == 0 else f"# Model {at}\r\n\r\n"
    return f"{head}Goes well with {{model:old_{(at + 1) % COUNT:04}}}.\n"


TEXTS = {f"old_{at:04}": text(at) for at in range(COUNT)}
MOVED = {
    model.replace("old", "new"): Text(text.replace("old", "new")).canonical
    for model, text in TEXTS.items()
    if text
}


class Project:
    """A server that counts what is asked of each description, and kills who asks once too often."""

    def __init__(self, store):
        self.store = store
        self.app = create_app(store)
        self.asked = Counter()
        self.client = Queue()
        self._deadly = None
        self._numbers = count(1)

    async def __call__(self, scope, receive, send):
        if scope["path"].endswith("/description"):
            self.asked[scope["method"], scope["path"]] += 1
            if scope["method"] == self._deadly and next(self._numbers) == COUNT // (KILLS + 2):
                await asyncio.to_thread(self._kill)
        await self.app(scope, receive, send)

    def _kill(self):
        client = self.client.get(timeout=60)
        client.kill()
        client.wait()

    def kills(self, method, *words):
        """Run the command until the server kills it, after a share of such requests."""
        self._deadly, self._numbers = method, count(1)
        with subprocess.Popen(
            [sys.executable, "-m", "sync", *words], stdout=subprocess.DEVNULL
        ) as process:
            self.client.put(process)
            assert process.wait(timeout=120) == -9
        self._deadly = None

    def twice(self, method):
        return sum(times - 1 for (verb, _), times in self.asked.items() if verb == method)


@pytest.fixture
def projects(tmp_path, monkeypatch):
    """The old project and the new one, and config.yaml with a name for each of their models."""
    make_hermetic(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCENARIO_SDK_API_KEY", "key")
    monkeypatch.setenv("SCENARIO_SDK_API_SECRET", "secret")
    seeds = {
        "old": TEXTS,
        "new": {model.replace("old", "new"): None for model in TEXTS},
    }
    with ExitStack() as stack:
        served, targets = [], {}
        for name, texts in seeds.items():
            models = {id_: StoredModel(id=id_, description=text) for id_, text in texts.items()}
            store = stack.enter_context(closing(Store(":memory:", seed=Seed(models=models))))
            project = Project(store)
            served.append(project)
            targets[name] = {
                "base_url": stack.enter_context(serving(project)),
                "requests_per_minute": 0,
                "concurrency": IN_FLIGHT,
                "models": {f"model-{id_.partition('_')[2]}": id_ for id_ in texts},
            }
        repo = Repo.create(tmp_path)
        config = {"version": 1, "target": "old", "targets": targets}
        repo.committed({"config.yaml": yaml.safe_dump(config)})
        yield repo, *served


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_project_of_a_thousand_models_moves_though_each_half_is_killed_five_times(projects):
    repo, old, new = projects

    for _ in range(KILLS):
        old.kills("GET", "pull", "--all")
    assert main(["pull", "--all", "--quiet"]) == 0
    assert len(old.asked) == COUNT
    assert old.twice("GET") <= KILLS * TWICE
    files = list((repo.path / "descriptions").iterdir())
    assert len(files) == len(MOVED)
    repo.commit()
    assert main(["plan", "--exit-code", "--quiet"]) == 0

    copy = ("--from-target", "old", "--target", "new")
    assert main(["plan", *copy, "--out", "copy.json", "--quiet"]) == 0
    asked = old.asked.total()
    apply = ("apply", "--target", "new", "--plan", "copy.json", "--yes", "--quiet")
    for _ in range(KILLS):
        new.kills("PUT", *apply)
    assert main([*apply]) == 0
    assert old.asked.total() == asked
    assert {
        model: Text(text).canonical for model, text in new.store.list_descriptions().items()
    } == MOVED
    assert new.twice("PUT") <= KILLS * TWICE
    assert main(["plan", *copy, "--exit-code", "--quiet"]) == 0
