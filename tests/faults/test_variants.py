"""What a server may do to texts, records and bulk calls: each variant, through the real command."""

import pytest
from repositories import Repo
from studio import Studio

from sync.sandbox.schema import StoredAsset, StoredModel
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

OLD = "Old\n"
TEXT = "# A reef\n\nnot able to *swim*\n\n\n\n<b>Deep</b>\t{asset:asset_a} {model:base}\n"
PROJECT = "proj_reef"
ALTERED = {
    "fold": TEXT.replace("\n\n\n\n", "\n\n"),
    "untab": TEXT.replace("</b>\t", "</b> "),
    "join": TEXT.replace("not able", "notable"),
    "tight-headings": TEXT.replace("# A", "#A"),
    "restyle": TEXT.replace("*swim*", "_swim_"),
    "drop-references": TEXT.replace("{asset:asset_a} {model:base}", " "),
    "strip-html": TEXT.replace("<b>Deep</b>", "Deep"),
    "break-tags": TEXT.replace("<b>Deep</b>", "<bDeep</b"),
    "comment": f"{TEXT}<!-- checked -->\n",
}

ALTERATIONS = [
    ("fold", "blank lines folded"),
    ("untab", "blanks changed"),
    ("join", "blanks changed"),
    ("tight-headings", "blanks changed"),
    ("restyle", "Markdown rewritten (same rendered text)"),
    ("drop-references", "references changed"),
    ("strip-html", "HTML removed"),
    ("break-tags", "text changed"),
    ("comment", "text added at the end"),
]


@pytest.fixture(scope="module")
def repository(tmp_path_factory, served):
    """A model whose new text follows an old one, and one that names what does not exist."""
    studio = Studio(Repo.create(tmp_path_factory.mktemp("variants") / "reef"), *served)
    studio.commit({"reef.md": OLD})
    lost = "{asset:asset_gone} {model:model_gone}\n"
    studio.commit({"reef.md": TEXT, "lost.md": lost})
    studio.configure(retries=0, project_id=PROJECT)
    return studio


@pytest.fixture
def studio(repository):
    """The server holds the old text; the asset and the base model belong to others."""
    models = {
        "reef": StoredModel(id="reef", name="Reef", description=OLD, owner_id=PROJECT),
        "lost": StoredModel(id="lost", name="Lost", owner_id=PROJECT),
        "base": StoredModel(id="base", name="Base", owner_id="others", privacy="public"),
    }
    asset = StoredAsset(id="asset_a", kind="image", owner_id="others", privacy="public")
    repository.store = Store(":memory:", seed=Seed(models=models, assets={"asset_a": asset}))
    repository.serve()
    return repository


@pytest.mark.parametrize(("fault", "name"), ALTERATIONS, ids=[fault for fault, _ in ALTERATIONS])
def test_an_alteration_is_named_and_decides_nothing(studio, fault, name):
    studio.serve(f"PUT:{fault}")
    ran = studio.apply("--model", "reef")
    assert (ran.code, ran.results) == (4, {"reef": "altered"})
    assert studio.requests["PUT"] == 1
    assert studio.texts["reef"] == ALTERED[fault]
    assert name in ran.reasons["reef"]
    assert name == "HTML removed" or "HTML" not in ran.reasons["reef"]
    assert studio.plan("--model", "reef").states == {"reef": "in_sync"}


@pytest.mark.parametrize(
    ("faults", "calls"),
    [
        # Of assets and of models: one call with the project, one without it for what is missing.
        pytest.param([], 4, id="none"),
        pytest.param(["POST:own-only"], 4, id="only the project's own"),
        pytest.param(["POST:odd-record"], 4, id="odd records"),
        pytest.param(["POST:bare-records"], 4, id="bare records"),
        # A call that is refused is made again in two halves, and one without ids tells why.
        pytest.param(["POST:all-or-none"], 12, id="one unknown id refuses all"),
        pytest.param(["POST:all-or-none", "POST:own-only"], 14, id="both"),
    ],
)
def test_only_what_nobody_has_is_missing(studio, faults, calls):
    studio.serve(*faults)
    ran = studio.sync("check", "--online", "--format", "json")
    told = " ".join(each["message"] for each in ran.json["findings"])
    names = ("asset_gone", "model_gone", "asset_a", "base")
    assert [name for name in names if name in told] == ["asset_gone", "model_gone"]
    assert (ran.code, studio.requests) == (4, {"POST": calls})
    assert studio.texts == {"reef": OLD}


def test_ids_that_could_not_be_looked_up_are_told_from_missing_ones(studio):
    """A server that refuses whole calls is not asked without end: what is left over is said."""
    gone = " ".join(f"{{asset:gone_{number}}}" for number in range(120))
    studio.repo.write("descriptions/lost.md", f"{gone} {{asset:asset_a}}\n")
    studio.serve("POST:all-or-none")
    ran = studio.sync("check", "--online", "--format", "json", "lost.md")
    found = [each for each in ran.json["findings"] if each["rule"] == "missing-reference"]
    said = {
        kind: [each for each in found if kind in each["message"]]
        for kind in ("no asset", "not known")
    }
    assert {each["severity"] for each in said["no asset"]} == {"error"}
    assert {each["severity"] for each in said["not known"]} == {"warning"}
    assert (ran.code, len(found)) == (4, len(said["no asset"]) + len(said["not known"]))
    assert studio.requests["POST"] < 120
    studio.repo.write("descriptions/lost.md", "{asset:asset_gone} {model:model_gone}\n")
