"""Whatever people do to files, commits and the server: no text is lost, and runs converge."""

import itertools

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from repositories import Repo
from studio import Studio

from sync.model.text import canonical

pytestmark = pytest.mark.usefixtures("unmeasured")

MODELS = ["hero", "lantern", "oar", "reef"]
MODEL = st.sampled_from(MODELS)
TEXTS = [
    "One\n",
    "Two\n",
    "Three\r\nin CRLF\r\n",
    "  indented, with <b>HTML</b>\n\nand a tail  ",
    "Ünïcödé 🐚, without an end",
    "# Long\n\n" + "A line of it.\n" * 20,
]
ON_MAIN, IN_WEB_APP = "On the main branch\n", "Edited in the web app\n"
TEXT = st.sampled_from(TEXTS)
EDITS = st.dictionaries(MODEL, TEXT | st.just(IN_WEB_APP) | st.none(), max_size=2)
POLICY = st.sampled_from(["block", "skip", "overwrite"])
ALTERATIONS = st.sampled_from(["PUT:trim", "PUT:strip-html", "PUT:cut=9", "PUT:crlf"])
PASSING = st.sampled_from(
    ["GET:500:1", "PUT:503:1", "PUT:drop:1", "PUT:drop-after:1", "PUT:truncated:1", "GET:429:2"]
)
LASTING = st.builds("{}:500@{}".format, st.sampled_from(["GET", "PUT"]), MODEL)
SETTLED = {"in_sync", "retired", "protected"}
UNSETTLED = {"drift", "held"}  # a run leaves them alone


class World(RuleBasedStateMachine):
    """A folder under git, a server that others edit too, and the command between them."""

    def __init__(self, studio):
        super().__init__()
        self.studio = studio
        self.seen = {*TEXTS, ON_MAIN, IN_WEB_APP}
        self.replaced = set()
        self.lasting = []
        self.numbers = itertools.count()

    @initialize(texts=st.lists(TEXT, min_size=4, max_size=4), prune=st.booleans())
    def begin(self, texts, prune):
        self.studio.configure(prune=prune)
        self.studio.remote(dict.fromkeys(MODELS))
        self.studio.commit({f"{model}.md": text for model, text in zip(MODELS, texts, strict=True)})

    # --- what people do ---

    @rule(model=MODEL, text=TEXT)
    def edit_and_commit(self, model, text):
        self.studio.commit({self.path(model): text})

    @rule(model=MODEL, text=TEXT)
    def edit(self, model, text):
        self.studio.write({self.path(model): text})

    @rule()
    def commit(self):
        self.studio.commit()

    @rule(model=MODEL)
    def move_a_file(self, model):
        """Into a folder of another name; its stem goes on naming the model."""
        old = self.studio.repo.path / "descriptions" / self.path(model)
        if old.exists():
            new = self.studio.repo.path / "descriptions" / f"folder{next(self.numbers)}" / old.name
            new.parent.mkdir()
            old.rename(new)
            self.studio.commit()

    @rule(model=MODEL)
    def remove_a_file(self, model):
        """But for the last one: the command takes an empty folder for a mistake."""
        self.studio.commit()
        folder = self.studio.repo.path / "descriptions"
        if len([*folder.rglob("*.md")]) > 1:
            (folder / self.path(model)).unlink(missing_ok=True)
            self.studio.commit()

    @rule(model=MODEL, text=TEXT, side=st.sampled_from(["ours", "theirs"]))
    def merge_a_branch(self, model, text, side):
        repo, branch = self.studio.repo, f"side{next(self.numbers)}"
        self.studio.commit()
        repo.git("switch", "--quiet", "-c", branch)
        self.studio.commit({self.path(model): text})
        repo.git("switch", "--quiet", "main")
        self.studio.commit({self.path(model): ON_MAIN})
        repo.merge(branch, "-X", side)

    @rule(faults=st.lists(LASTING | ALTERATIONS, max_size=2))
    def change_the_server(self, faults):
        self.lasting = faults

    # --- what the command does ---

    @rule(edits=EDITS)
    def plan(self, edits):
        self.edited_elsewhere(edits)
        before = self.everything()
        plan = self.run("plan")
        assert "PUT" not in self.studio.requests
        assert self.everything() == before
        drifted = [each["before"] for each in plan.json["changes"] if each["state"] == "drift"]
        assert not self.known() & {canonical(text) for text in drifted}

    @rule(edits=EDITS, policy=POLICY, faults=st.lists(PASSING, max_size=2))
    def apply(self, edits, policy, faults):
        self.edited_elsewhere(edits)
        planned = self.run("plan", "--on-drift", policy).states
        ran = self.run("apply", "--yes", "--on-drift", policy, faults=faults)
        if ran.code in (0, 4) and not self.broken:
            assert ran.code == (4 if "altered" in ran.results.values() else 0)
            again = self.run("apply", "--yes", "--on-drift", policy)
            assert (again.code, set(again.results.values())) == (0, {"unchanged"})
            assert "PUT" not in self.studio.requests
        if ran.code in (0, 4) and not self.broken and UNSETTLED.isdisjoint(planned.values()):
            assert set(self.run("plan").states.values()) <= SETTLED

    @rule(edits=EDITS, policy=POLICY, faults=st.lists(PASSING, max_size=2))
    def roll_back(self, edits, policy, faults):
        self.edited_elsewhere(edits)
        if self.runs():
            self.run("rollback", "--yes", "--on-drift", policy, faults=faults)

    @precondition(lambda self: not self.lasting)
    @rule()
    def there_and_back(self):
        before = self.studio.texts
        ran = self.run("apply", "--yes", "--on-drift", "overwrite")
        if ran.json["snapshot"]["run"]:
            assert self.run("rollback", ran.json["snapshot"]["run"], "--yes").code == 0
            assert self.studio.texts == before

    @invariant()
    def no_text_is_lost(self):
        assert not self.studio.lacks(self.replaced)

    # --- how it is told ---

    @property
    def broken(self):
        """Whether some model cannot be read or written for good."""
        return any(":500@" in fault for fault in self.lasting)

    def run(self, *words, faults=()):
        """Run a command; what it replaced is remembered, and was known unless it was told so."""
        before, known = self.studio.texts, self.known()
        self.studio.serve(*faults, *self.lasting)
        ran = self.studio.sync(*words, "--format", "json")
        after = self.studio.texts
        replaced = {t for m, t in before.items() if after.get(m) != t and canonical(t)}
        assert "overwrite" in words or {canonical(text) for text in replaced} <= known
        self.replaced |= replaced
        assert ran.code in (0, 4, 5)
        return ran

    def edited_elsewhere(self, edits):
        for model, text in edits.items():
            self.studio.store.write_text(model, text)

    def known(self):
        """Every text that git has, as far as any was ever seen here, in canonical form."""
        self.seen |= {*self.studio.texts.values()}
        return {canonical(text) for text in self.seen - self.studio.lacks(self.seen)}

    def runs(self):
        return self.studio.sync("history", "--format", "json").json["runs"]

    def everything(self):
        """All that a plan may not touch: the server, the refs, the files."""
        repo = self.studio.repo
        return self.studio.texts, repo.git("for-each-ref"), repo.git("status", "--porcelain")

    def path(self, model):
        """Where the model's file is, or is to be."""
        folder = self.studio.repo.path / "descriptions"
        found = [file.relative_to(folder).as_posix() for file in folder.rglob(f"{model}.md")]
        return next(iter(found), f"{model}.md")


@pytest.fixture
def world(tmp_path, served):
    """A new world each time: its own repository and project."""
    url, stage = served
    numbers = itertools.count()
    return lambda: World(Studio(Repo.create(tmp_path / f"studio{next(numbers)}"), url, stage))


BOUNDS = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


def test_no_text_is_lost_and_runs_converge(world):
    bounds = settings(BOUNDS, max_examples=6, stateful_step_count=8, derandomize=True)
    bounds = settings(bounds, phases=[Phase.generate])  # to make a failure small takes minutes
    run_state_machine_as_test(world, settings=bounds)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_text_is_lost_and_runs_converge_at_length(world):
    bounds = settings(BOUNDS, max_examples=300, stateful_step_count=25, print_blob=True)
    run_state_machine_as_test(world, settings=bounds)
