"""Two clones, two config files and people in the web app: no text is lost, no report is wrong."""

import contextlib
import copy
import itertools
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from repositories import Repo
from studio import Studio, blob_id

from sync.model.text import canonical
from sync.sandbox.app import create_app
from sync.sandbox.schema import StoredModel
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

pytestmark = pytest.mark.usefixtures("unmeasured")

MODELS = ["hero", "lantern", "reef"]
PROJECTS = ["proj_a", "proj_b"]
TEAMS = {"": "proj_a", "teamb/": "proj_b"}  # the folders of the config files, and their projects
REFUSING_HOOK = "#!/bin/sh\n! grep -q refs/description-sync\n"
MODEL, PROJECT, TEAM = map(st.sampled_from, (MODELS, PROJECTS, [*TEAMS]))
MACHINE = st.sampled_from(["desk", "laptop"])
OPTIONS = st.lists(
    st.sampled_from(["--on-drift overwrite", "--allow-older", "--allow-unshared"]),
    max_size=2,
    unique=True,
)
EDIT = st.none() | st.tuples(st.integers(1, 6), PROJECT, MODEL)  # before which read, and where


@dataclass
class Projects:
    """Both projects behind one address. Notes each text that a write replaces."""

    stores: dict[str, Store]
    replaced: list[tuple[str, str, str]] = field(default_factory=list)
    edit: tuple[int, str, str, str] | None = None  # before which read, and what is saved where
    reads: int = 0

    def __post_init__(self):
        self.apps = {name: create_app(store) for name, store in self.stores.items()}

    async def __call__(self, scope, receive, send):
        (project,) = parse_qs(scope["query_string"].decode())["projectId"]
        texts = self.stores[project].list_descriptions
        if scope["method"] == "GET" and scope["path"].endswith("/description"):
            self.reads += 1
            if self.edit and self.reads == self.edit[0]:
                _, name, model, text = self.edit
                self.stores[name].write_text(model, text)
        before = texts()
        await self.apps[project](scope, receive, send)
        after = texts()
        if scope["method"] == "PUT":
            self.replaced += [
                (project, model, text)
                for model, text in before.items()
                if canonical(text) and after.get(model) != text
            ]


class Studios(RuleBasedStateMachine):
    """One repository on two machines, with a config file for each of two projects."""

    def __init__(self, studio):
        super().__init__()
        self.desk = studio
        self.numbers = itertools.count()
        self.lost: set[str] = set()

    @initialize(is_shared=st.booleans(), prune=st.booleans())
    def begin(self, is_shared, prune):
        self.is_shared, self.prune = is_shared, prune
        self.root_project = "proj_a"
        models = {model: StoredModel(id=model, name=model) for model in MODELS}
        self.projects = Projects(
            {name: Store(":memory:", seed=Seed(models=models)) for name in PROJECTS}
        )
        self.desk.stage.app = self.projects
        repo = self.desk.repo
        for team in TEAMS:
            self.configure(team)
            for model in MODELS:
                repo.write(f"{team}descriptions/{model}.md", f"{team}{model} 0\n")
        repo.commit()
        repo.git("config", "protocol.file.allow", "always")
        self.origin = repo.clone(repo.path.with_suffix(".git"), "--bare")
        repo.git("remote", "add", "origin", str(self.origin.path))
        repo.git("fetch", "--quiet", "origin")
        repo.git("remote", "set-head", "origin", "main")
        self.laptop = copy.copy(self.desk)
        self.laptop.repo = self.origin.clone(repo.path.with_suffix(".laptop"))
        self.laptop.repo.git("config", "protocol.file.allow", "always")

    # --- what people do ---

    @rule(team=TEAM, model=MODEL, version=st.integers(0, 2), is_pushed=st.booleans())
    def commit(self, team, model, version, is_pushed):
        self.desk.repo.write(f"{team}descriptions/{model}.md", f"{team}{model} {version}\n")
        self.save(is_pushed=is_pushed)

    @rule(team=TEAM, model=MODEL, name=st.sampled_from(["unknown.md", "caf\udce9.md", "link.md"]))
    def make_a_file_unreadable(self, team, model, name):
        """It is renamed to an unknown model or to bytes that are not UTF-8, or becomes a link."""
        folder = self.desk.repo.path / team / "descriptions"
        file = folder / f"{model}.md"
        if not file.is_file() or (folder / name).exists():
            return
        if name == "link.md":
            file.rename(self.desk.repo.path / f"moved{next(self.numbers)}.txt")
            file.symlink_to("../nowhere")
        else:
            file.rename(folder / name)
        self.save()

    @rule(team=TEAM, model=MODEL)
    def remove_a_file(self, team, model):
        file = self.desk.repo.path / team / "descriptions" / f"{model}.md"
        if len([*file.parent.glob("*.md")]) > 1:
            file.unlink(missing_ok=True)
            self.save()

    @rule()
    def point_the_target_elsewhere(self):
        self.root_project = "proj_b" if self.root_project == "proj_a" else "proj_a"
        self.configure("")
        self.save()

    @rule()
    def update_the_laptop(self):
        self.laptop.repo.git("pull", "--quiet", "--ff-only")

    @rule(project=PROJECT, model=MODEL)
    def edit_in_the_web_app(self, project, model):
        self.projects.stores[project].write_text(model, f"Web {next(self.numbers)}\n")

    @rule(is_refused=st.booleans())
    def let_the_remote_refuse_snapshots(self, is_refused):
        hook = self.origin.path / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)  # git makes none without templates
        hook.write_text(REFUSING_HOOK if is_refused else "#!/bin/sh\n")
        hook.chmod(0o755)

    # --- what the command does ---

    @rule(machine=MACHINE, team=TEAM, options=OPTIONS, edit=EDIT)
    def apply(self, machine, team, options, edit):
        words = [word for option in options for word in option.split()]
        self.run(machine, team, ["apply", "--allow-mass-change", *words], edit=edit)

    @rule(machine=MACHINE, team=TEAM, edit=EDIT)
    def roll_back(self, machine, team, edit):
        studio = getattr(self, machine)
        config = f"{team}config.yaml"
        if studio.sync("--config", config, "history", "--format", "json").json["runs"]:
            self.run(machine, team, ["rollback", "--allow-mass-change"], edit=edit)

    def run(self, machine, team, words, *, edit):
        """Run a command, during which somebody saves an edit."""
        studio, watched = getattr(self, machine), self.projects
        known = self.list_objects(studio.repo) | self.list_objects(self.origin)
        watched.replaced, watched.reads = [], 0
        watched.edit = edit and (*edit, f"Web {next(self.numbers)}\n")
        ran = studio.sync("--config", f"{team}config.yaml", *words, "--yes", "--format", "json")
        assert ran.code in (0, 1, 4, 5), ran.err
        if ran.code == 1:
            assert self.is_shared
        section = yaml.safe_load((studio.repo.path / team / "config.yaml").read_text())
        expected = section["targets"]["production"]["project_id"]
        texts = {text for _, _, text in watched.replaced}
        assert {name for name, _, _ in watched.replaced} <= {expected}
        if "overwrite" not in words:
            assert {blob_id(text.encode()) for text in texts} <= known
        if texts:
            self.check_report(ran.json, studio.repo, texts)

    def check_report(self, run, repo, texts):
        """Compare what a report claims with what the clone and the remote have."""
        written = {
            each["model"] for each in run["outcomes"] if each["result"] in ("applied", "altered")
        }
        assert {model for _, model, _ in self.projects.replaced} <= written
        here, there = self.list_objects(repo), self.list_objects(self.origin)
        blobs = {text: blob_id(text.encode()) for text in texts}
        assert run["kept"]["ref"]
        if run["kept"]["shared"]:
            assert {*blobs.values()} <= there
        self.lost |= {text for text, blob in blobs.items() if blob not in here | there}

    @invariant()
    def no_text_is_lost(self):
        assert not self.lost

    # --- how it is told ---

    def configure(self, team):
        project = TEAMS[team] if team else self.root_project
        target = {
            "base_url": self.desk.url,
            "project_id": project,
            "requests_per_minute": 0,
            "concurrency": 1,
            "prune": self.prune,
        }
        config = {"version": 1, "targets": {"production": target}}
        if self.is_shared:
            config["snapshots"] = {"push": "origin"}
        self.desk.repo.write(f"{team}config.yaml", yaml.safe_dump(config))

    def save(self, *, is_pushed=True):
        self.desk.repo.commit()
        if is_pushed:
            self.desk.repo.git("push", "--quiet", "origin", "main")

    def list_objects(self, repo):
        return set(repo.git("rev-list", "--all", "--objects", "--no-object-names").split())

    def teardown(self):
        for store in self.projects.stores.values() if hasattr(self, "projects") else ():
            with contextlib.suppress(Exception):
                store.close()


@pytest.fixture
def studios(tmp_path, served):
    """New machines each time."""
    url, stage = served
    numbers = itertools.count()
    return lambda: Studios(Studio(Repo.create(tmp_path / f"desk{next(numbers)}"), url, stage))


BOUNDS = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


def test_two_machines_and_two_projects_lose_no_text(studios):
    bounds = settings(BOUNDS, max_examples=4, stateful_step_count=8, derandomize=True)
    bounds = settings(bounds, phases=[Phase.generate])  # to make a failure small takes minutes
    run_state_machine_as_test(studios, settings=bounds)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_machines_and_two_projects_lose_no_text_at_length(studios):
    bounds = settings(BOUNDS, max_examples=200, stateful_step_count=20, print_blob=True)
    run_state_machine_as_test(studios, settings=bounds)
