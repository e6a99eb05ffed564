"""What a seed may say, and what is made of one that says too little or the wrong thing."""

import json

import pytest

from sync.errors import UsageError
from sync.sandbox.seed import Seed, read_seed


@pytest.fixture
def seed(tmp_path):
    def write_and_read(text, name="seed.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_seed(path)

    return write_and_read


def test_fills_in_what_a_model_leaves_out(seed):
    (model,) = seed("models: {minimax/music-01: }").models.values()
    assert model.to_json("proj_a") == {
        "id": "minimax/music-01",
        "authorId": "user_VFhihHKMRZyDDnZAJwLb2Q",
        "capabilities": ["txt2img"],
        "collectionIds": [],
        "createdAt": "2026-03-02T09:30:00.000Z",
        "custom": False,
        "exampleAssetIds": [],
        "ownerId": "proj_a",
        "privacy": "private",
        "source": "scenario",
        "status": "trained",
        "tags": [],
        "trainingImagesNumber": 20,
        "type": "flux.1-lora",
        "updatedAt": "2026-03-02T09:30:00.000Z",
    }


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param("", "image image/png uploaded", id="nothing"),
        pytest.param("kind: 3d", "3d model/gltf-binary uploaded-3d", id="kind"),
        pytest.param("mimeType: video/webm", "video video/webm uploaded-video", id="MIME type"),
        pytest.param("mimeType: font/woff", "document font/woff uploaded", id="strange MIME type"),
        pytest.param("kind: smell", "smell application/octet-stream uploaded", id="strange kind"),
        pytest.param("source: patch", "image image/png patch", id="source"),
    ],
)
def test_an_asset_is_plausible_from_what_little_is_said(seed, entry, expected):
    (asset,) = seed(f"assets: {{asset_a: {{{entry}}}}}").assets.values()
    assert f"{asset.kind} {asset.mime_type} {asset.source}" == expected


def test_a_property_given_leaves_the_others_plausible(seed):
    (asset,) = seed("assets: {a: {properties: {width: 12}}}").assets.values()
    assert asset.properties == {"size": 1_482_113, "width": 12, "height": 1024}


def test_keeps_what_it_does_not_know(seed):
    (model,) = seed("models: {a: {type: flux.9, hologram: {depth: 3}}}").models.values()
    answer = model.to_json("proj_a")
    assert (answer["type"], answer["hologram"]) == ("flux.9", {"depth": 3})


def test_reads_json_with_tabs_and_escaped_emoji(seed):
    text = json.dumps({"models": {"a": {"description": "A lamp 🪔\n"}}}, indent="\t")
    assert seed(text, "seed.json").models["a"].description == "A lamp 🪔\n"


def test_an_empty_file_is_an_empty_project(seed):
    assert seed("") == Seed()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("model: {}", "model: Extra inputs are not permitted", id="unknown key"),
        pytest.param(
            "models: {a: {description: 3}}",
            "models.a.description: Input should be a valid string",
            id="wrong type",
        ),
        pytest.param(
            "models: {3: {}}", "models.3.[key]: Input should be a valid string", id="no text as id"
        ),
        pytest.param(
            "models: {a: flux.1}",
            "models.a: Input should be a valid dictionary or instance of StoredModel",
            id="no mapping",
        ),
        pytest.param(
            "assets: {a: {properties: big}}",
            "assets.a.properties: Input should be a valid dictionary",
            id="properties",
        ),
        pytest.param(
            "assets: {a: image}",
            "assets.a: Input should be a valid dictionary or instance of StoredAsset",
            id="no mapping for an asset",
        ),
        pytest.param(
            "models: []", "models: Input should be a valid dictionary", id="a list of models"
        ),
        pytest.param("models: {", "the seed is neither YAML nor JSON", id="no YAML"),
    ],
)
def test_names_file_and_key_of_a_fault(seed, tmp_path, text, expected):
    with pytest.raises(UsageError) as caught:
        seed(text)
    assert caught.value.message.startswith(f"{tmp_path / 'seed.yaml'}: {expected}")


def test_names_every_fault_at_once(seed):
    with pytest.raises(UsageError) as caught:
        seed("models: {a: {name: 3}, b: {tags: red}}")
    places = [line.split(": ")[1] for line in caught.value.message.splitlines()]
    assert places == ["models.a.name", "models.b.tags"]


def test_says_that_a_seed_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="the seed cannot be read: No such file or directory"):
        read_seed(tmp_path / "seed.yaml")
