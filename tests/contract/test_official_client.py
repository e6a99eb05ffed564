"""The official client, its response validation strict, against the sandbox over real HTTP."""

from contextlib import closing

import pytest
from request_counter import counted
from serving import serving

from sync.sandbox.app import create_app
from sync.sandbox.rate import Rate
from sync.sandbox.seed import read_seed
from sync.sandbox.store import Store

ICONS = "model_saltlight-ui-icons"


@pytest.fixture(scope="module")
def served():
    with (
        closing(Store(":memory:")) as store,
        serving(create_app(store, credentials=("key", "secret"))) as url,
    ):
        yield store, url


@pytest.fixture
def url(served):
    store, url = served
    store.reset()
    return url


@pytest.fixture
def client(url):
    with open_client(url) as client:
        yield client


def load_sdk():
    """Import the client, which takes two seconds, only where a test of this file runs."""
    import scenario_sdk  # noqa: PLC0415 - see above

    return scenario_sdk


def open_client(url, **kwargs):
    given = {"api_key": "key", "api_secret": "secret", **kwargs}
    return load_sdk().Scenario(
        base_url=url, max_retries=0, _strict_response_validation=True, **given
    )


def test_retrieves_every_description(client):
    for id_, model in read_seed().models.items():
        description = client.models.description.retrieve(id_).description
        assert description.value == (model.description or "")


def test_everything_that_a_text_may_name_is_resolved(client):
    seed = read_seed()
    tags = [f"{{asset:{id_}}}" for id_ in seed.assets] + [f"{{model:{id_}}}" for id_ in seed.models]
    text = "\n\n".join(tags)
    description = client.models.description.update(ICONS, description=text).description
    assert description.value == text
    assert [asset.id for asset in description.assets] == list(seed.assets)
    assert [model.id for model in description.models] == list(seed.models)
    assert {asset.kind for asset in description.assets} == {
        "3d",
        "audio",
        "document",
        "image",
        "image-hdr",
        "json",
        "text",
        "video",
    }


def test_updates_and_deletes(client):
    update = client.models.description.update
    written = update(ICONS, description="New\r\n", project_id="proj_saltlight")
    assert written.description.value == "New\r\n"
    assert client.models.description.retrieve(ICONS).description.value == "New\r\n"
    assert update(ICONS, description=None).description.value == ""
    assert client.models.description.retrieve(ICONS).description.value == ""


def test_writes_and_reads_a_prompt_guide(client):
    client.models.prompt_guide.update(ICONS, prompt_guide="One noun, no more")
    assert client.models.prompt_guide.retrieve(ICONS).prompt_guide.value == "One noun, no more"


@pytest.mark.parametrize("size", [1, 4, 100])
def test_lists_all_models_page_by_page(client, size):
    own = [model.id for model in client.models.list(page_size=size)]
    public = [model.id for model in client.models.list(page_size=size, privacy="public")]
    assert own + public == list(read_seed().models)


def test_gets_one_model_or_many(client):
    assert client.models.retrieve("minimax/music-01").model.name == "MiniMax Music"
    ids = list(read_seed().models)
    for minimal in (True, False):
        models = client.models.get_bulk(model_ids=[*ids, "model_x"], minimal=minimal).models
        assert [model.id for model in models] == ids


def test_a_bulk_call_needs_no_ids(client):
    assert client.models.get_bulk().models == []
    assert client.assets.get_bulk(asset_ids=[]).assets == []


def test_gets_each_asset(client):
    for id_ in read_seed().assets:
        assert client.assets.retrieve(id_).asset.id == id_
    with pytest.raises(load_sdk().NotFoundError, match="Asset asset_x not found"):
        client.assets.retrieve("asset_x")


def test_original_assets_are_asked_for(client):
    retrieve = client.models.description.retrieve
    for id_ in read_seed().models:
        usual, original = retrieve(id_), retrieve(id_, original_assets=True)
        assert original.description.value == usual.description.value
        for asset in original.description.assets:
            assert "/cdn/original/" in asset.url


def test_gets_many_assets(client):
    ids = list(read_seed().assets)
    assets = client.assets.get_bulk(asset_ids=[*ids, "asset_x"]).assets
    assert [asset.id for asset in assets] == ids


@pytest.mark.parametrize(
    ("call", "secret", "error", "words"),
    [
        pytest.param({}, "other", "AuthenticationError", "Invalid API key", id="secret"),
        pytest.param(
            {"project_id": "proj_b"},
            "secret",
            "PermissionDeniedError",
            "Project proj_b is not accessible",
            id="project",
        ),
        pytest.param(
            {"model_id": "model_x"},
            "secret",
            "NotFoundError",
            "Model model_x not found",
            id="model",
        ),
    ],
)
def test_errors_are_those_that_the_client_knows(url, call, secret, error, words):
    raised = getattr(load_sdk(), error)
    with open_client(url, api_secret=secret) as client, pytest.raises(raised, match=words):
        client.models.description.retrieve(**{"model_id": ICONS, **call})


def test_the_client_waits_as_long_as_a_rate_limit_asks():
    with closing(Store(":memory:")) as store:
        app = counted(create_app(store, rate=Rate(1, seconds=0.5)))
        with serving(app) as url, open_client(url) as client:
            client.models.description.retrieve(ICONS)
            with pytest.raises(load_sdk().RateLimitError) as caught:
                client.models.description.retrieve(ICONS)
            assert caught.value.response.headers["retry-after"] == "1"
            patient = client.with_options(max_retries=1)
            assert patient.models.description.retrieve(ICONS).description.value
        assert app.state.requests.by_method == {"GET": 4}
