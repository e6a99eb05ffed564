"""What came with a description is not asked for again: reports and previews cost fewer requests."""

import pytest

from sync.sandbox.schema import StoredAsset, StoredModel
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

OLD, NEW = "asset_old", "asset_new"


@pytest.fixture
def studio(studio):
    """A model whose text in Scenario names one asset and one model, and whose file names more."""
    text = f"{{asset:{OLD}}} {{model:base}}\n"
    models = {
        "hero": StoredModel(id="hero", name="Hero", description=text),
        "base": StoredModel(id="base", name="The Base", privacy="public"),
        "other": StoredModel(id="other", name="The Other", privacy="public"),
    }
    assets = {id_: StoredAsset(id=id_, kind="image") for id_ in (OLD, NEW)}
    studio.store = Store(":memory:", seed=Seed(models=models, assets=assets))
    studio.commit({"hero.md": text})
    return studio


def posts(studio):
    return studio.requests.get("POST", 0)


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        pytest.param(f"Again: {{asset:{OLD}}} {{model:base}}\n", 1, id="the same references"),
        pytest.param(f"{{asset:{OLD}}} {{asset:{NEW}}} {{model:base}}\n", 2, id="a new one"),
    ],
)
def test_a_report_asks_only_for_what_the_answers_did_not_have(studio, text, calls):
    studio.commit({"hero.md": text})
    studio.serve()
    ran = studio.sync("plan", "--format", "html")
    assert (ran.code, posts(studio)) == (0, calls)  # one of them is for the name of the model
    assert "The Base" in ran.out
    assert "image" in ran.out


def test_a_report_asks_again_for_records_that_came_without_their_facts(studio):
    studio.commit({"hero.md": f"Again: {{asset:{OLD}}} {{model:base}}\n"})
    studio.serve("GET:bare-records")
    ran = studio.sync("plan", "--format", "html")
    assert (ran.code, posts(studio)) == (0, 3)
    assert "The Base" in ran.out


@pytest.mark.parametrize(
    ("faults", "calls"),
    [
        pytest.param([], 1, id="complete"),  # for the name of the model whose text it is
        pytest.param(["PUT:bare-records"], 3, id="without the facts"),
    ],
)
def test_a_run_takes_what_the_answer_to_its_write_has_before_it_asks(studio, faults, calls):
    studio.commit({"hero.md": f"<b>A</b> {{asset:{NEW}}} {{model:other}}\n"})
    studio.serve("PUT:strip-html", *faults)
    ran = studio.sync("apply", "--yes", "--format", "html")
    assert (ran.code, posts(studio)) == (4, calls)
    assert "The Other" in ran.out
    assert "image" in ran.out


def test_a_report_asks_nothing_more_of_a_server_that_failed(studio):
    studio.commit({"hero.md": f"{{asset:{NEW}}} {{model:other}}\n"})
    studio.configure(retries=0)
    studio.serve("PUT:503")
    ran = studio.sync("apply", "--yes", "--format", "html")
    assert (ran.code, posts(studio)) == (4, 0)
