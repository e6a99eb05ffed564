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
from processes import LIMIT, started
from repositories import Repo, make_hermetic
from serving import serving

from sync.cli import main
from sync.model.text import Text
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
        client = self.client.get(timeout=LIMIT)
        client.kill()
        client.wait()

    def kills(self, method, *words):
        """Run the command until the server kills it, after a share of such requests."""
        self._deadly, self._numbers = method, count(1)
        with started([sys.executable, "-m", "sync", *words], stdout=subprocess.DEVNULL) as process:
            self.client.put(process)
            assert process.wait(timeout=LIMIT) == -9
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
    again = old.asked.total() - asked  # each run compares the texts that the plan writes
    assert again <= (KILLS + 1) * len(MOVED)
    assert {
        model: Text(text).canonical for model, text in new.store.list_descriptions().items()
    } == MOVED
    assert new.twice("PUT") <= KILLS * TWICE
    assert main(["plan", *copy, "--exit-code", "--quiet"]) == 0


# --- with names, as a person does it -------------------------------------------------------------

MODELS = 300
TWINS = 4  # models of one name, which only a person can match
MISSING = 60  # assets that are uploaded on the way
LOST = 6  # texts that refer to an asset that nobody uploads
MATCHED = MODELS - TWINS


def team_text(at):
    tag = f"{{asset:old_asset_{at}}}" if at < MISSING + LOST else f"{{model:old_{at - 1}}}"
    return f"# Model {at}\n\n{tag}\n"


def team_seed(prefix, *, texts, assets):
    models = {
        f"{prefix}_{at}": {
            "name": f"Model {at}" if at < MATCHED else "Twin",
            "description": team_text(at) if texts else None,
        }
        for at in range(MODELS)
    }
    names = [f"{prefix}_asset_{at}" for at in range(assets)]
    return Seed.model_validate({"models": models, "assets": dict.fromkeys(names)})


@pytest.fixture
def team(tmp_path, monkeypatch):
    """Two projects of a team, at the pace of the API; waits are skipped."""
    make_hermetic(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCENARIO_SDK_API_KEY", "key")
    monkeypatch.setenv("SCENARIO_SDK_API_SECRET", "secret")
    monkeypatch.setenv("DESCRIPTION_SYNC_NO_WAIT", "1")
    seeds = {
        "old": team_seed("old", texts=True, assets=MISSING + LOST),
        "new": team_seed("new", texts=False, assets=MISSING),
    }
    with ExitStack() as stack:
        projects = [
            Project(stack.enter_context(closing(Store(":memory:", seed=seed))))
            for seed in seeds.values()
        ]
        urls = [stack.enter_context(serving(project)) for project in projects]
        targets = {name: {"base_url": url} for name, url in zip(seeds, urls, strict=True)}
        repo = Repo.create(tmp_path)
        config = {"version": 1, "target": "old", "targets": targets}
        repo.committed({"config.yaml": yaml.safe_dump(config)})
        yield repo, *projects


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("killed", [False, True])
def test_a_team_moves_with_eight_commands_and_each_text_is_read_once(team, capsys, killed):
    repo, old, new = team
    again = 16 if killed else 0  # eight requests under way, and eight answers not yet written

    if killed:
        old.kills("GET", "pull", "--all")
    assert main(["pull", "--all", "--quiet"]) == 0  # 1
    words = ["map", "old", "new", "--assets", "missing.csv", "--write"]
    assert main([*words, "--rewrite"]) == 0  # 2
    matched = f"{MATCHED} matched · {TWINS} models without a match · "
    assert f"{matched}{MISSING + LOST} assets missing in new" in capsys.readouterr().out
    table = repo.path / "missing.csv"
    rows = [line.split(",") for line in table.read_text().splitlines()]
    for row in rows[1:]:
        number = int(row[1].removeprefix("old_asset_"))
        row[2] = f"new_asset_{number}" if number < MISSING else ""
    table.write_text("".join(",".join(row) + "\n" for row in rows))
    assert main(words) == 0  # 3
    table.unlink()
    repo.commit()  # 4 and 5
    asked = old.asked.total()
    assert MODELS <= asked <= MODELS + again
    assert not new.asked

    if killed:
        new.kills("PUT", "apply", "--target", "new", "--yes")
    assert main(["apply", "--target", "new", "--yes"]) == 5  # 6
    told = new.store.list_descriptions()
    assert len(told) == MATCHED - LOST
    assert told["new_3"] == "# Model 3\n\n{asset:new_asset_3}\n"
    assert told["new_100"] == "# Model 100\n\n{model:new_99}\n"
    assert not any("old_" in text for text in told.values())
    reads, writes = MODELS - LOST, MATCHED - LOST
    methods = Counter(method for method, _ in new.asked.elements())
    assert writes <= methods["PUT"] <= writes + again
    assert methods["GET"] <= reads * (2 if killed else 1) + writes + again
    assert old.asked.total() == asked
    assert main(["plan", "--target", "old", "--exit-code", "--quiet"]) == 0  # 7
