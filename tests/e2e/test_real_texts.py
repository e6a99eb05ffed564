"""Real Markdown over real HTTP, read back with the official client; and what all that costs."""

import subprocess
import sys
from importlib.metadata import distributions

import pytest
from scenario_sdk import Scenario

from sync.model.text import canonical

pytestmark = pytest.mark.usefixtures("unmeasured")


def long_descriptions():
    """What the installed distributions say of themselves, by a model id made of their names."""
    texts = {}
    for each in distributions():
        text = str(each.metadata.get_payload() or each.metadata.get("Description", ""))
        if canonical(text) and "\ufffd" not in text:
            texts[f"model_{each.metadata['Name'].lower().replace('.', '-')}"] = text
    return texts


@pytest.fixture(scope="module")
def texts():
    return long_descriptions()


@pytest.fixture
def described(studio, texts):
    studio.remote(dict.fromkeys(texts))
    studio.commit({f"{model}.md": text for model, text in texts.items()})
    return studio


def read_back(studio):
    """Every text as the official client reads it, its validation strict."""
    with Scenario(
        base_url=studio.url,
        api_key="key",
        api_secret="secret",
        max_retries=0,
        _strict_response_validation=True,
    ) as client:
        retrieve = client.models.description.retrieve
        return {model.id: retrieve(model.id).description.value for model in client.models.list()}


def test_every_text_arrives_as_it_was_written(described, texts):
    assert len(texts) >= 40
    ran = described.apply()
    assert (ran.code, set(ran.results.values())) == (0, {"applied"})
    assert described.requests == {"GET": 2 * len(texts), "PUT": len(texts)}
    assert read_back(described) == {model: canonical(text) for model, text in texts.items()}

    described.serve()
    plan = described.plan("--exit-code")
    assert (plan.code, set(plan.states.values())) == (0, {"in_sync"})
    assert described.requests == {"GET": len(texts)}


def test_every_text_is_replaced_and_put_back_to_the_byte(studio, texts):
    studio.configure(config={"limits": {"max_change_percent": 100}})
    studio.remote(texts)
    studio.commit({f"{model}.md": text for model, text in texts.items()})
    studio.commit({f"{model}.md": f"{text}\n\nOne more line.\n" for model, text in texts.items()})
    assert studio.apply().code == 0
    assert all(text.endswith("One more line.\n") for text in studio.texts.values())
    assert studio.rollback().code == 0
    assert studio.texts == texts


@pytest.mark.parametrize("report_format", ["text", "json"])
def test_every_text_can_be_shown(described, report_format):
    ran = described.sync("plan", "--format", report_format)
    assert (ran.code, ran.err) == (0, "")
    assert "\x1b" not in ran.out


@pytest.mark.parametrize("concurrency", [8, pytest.param(24, marks=pytest.mark.slow)])
def test_a_thousand_models_in_sync_cost_a_thousand_requests(studio, concurrency):
    studio.configure(concurrency=concurrency)
    names = [f"model_{number}" for number in range(1000)]
    studio.remote(dict.fromkeys(names, "The same\n"))
    studio.serve(latency=0.01)
    studio.commit({f"{name}.md": "The same\n" for name in names})
    plan = studio.sync("plan", "--exit-code")
    assert plan.code == 0
    assert studio.requests == {"GET": 1000}
    assert studio.app.state.requests.most_in_flight == concurrency


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_imports_neither_the_http_nor_the_git_stack(option):
    code = (
        "import sys\n"
        "from sync.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, option]
    answer = subprocess.run(command, capture_output=True, check=True, text=True)
    assert answer.stdout
    heavy = {"asyncio", "git", "httpx", "pydantic", "rich", "starlette", "tenacity", "yaml"}
    assert not heavy & set(answer.stderr.split())
