"""The simulated API, request by request, without a socket."""

from contextlib import closing

import httpx
import pytest

from sync.sandbox.app import create_app
from sync.sandbox.faults import parse_fault
from sync.sandbox.rate import Rate
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

pytestmark = pytest.mark.anyio

KEY = ("key", "secret")


@pytest.fixture
def store():
    seed = {
        "project": "proj_a",
        "models": {
            "model_a": {"name": "A", "description": "See {asset:asset_b} and {model:x/y.1}.\n"},
            "model_b": {"type": "sd-xl", "collectionIds": ["c"], "status": "training"},
            "x/y.1": {"name": "XY", "privacy": "public", "ownerId": "team_x"},
            "model_hidden": {"ownerId": "proj_b"},
        },
        "assets": {
            "asset_a": {},
            "asset_b": {"kind": "3d", "originalMimeType": "model/obj", "preview": {"assetId": "p"}},
        },
    }
    with closing(Store(":memory:", seed=Seed.model_validate(seed))) as store:
        yield store


@pytest.fixture
async def call(store):
    """Calls the API with a key that is good, over an app that is made as the test says."""

    async def call(method, path, *, told=None, auth=KEY, **kwargs):
        app = told if callable(told) else create_app(store, **(told or {}))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox/v1") as client:
            return await client.request(method, path, auth=auth, **kwargs)

    return call


def reason(answer):
    return answer.status_code, answer.json()["reason"]


# --- descriptions --------------------------------------------------------------------------------


async def test_a_description_comes_with_what_its_tags_name(call):
    answer = (await call("GET", "/models/model_a/description")).json()["description"]
    (asset,) = answer["assets"]
    urls = {name: asset.pop(name) for name in ("originalFileUrl", "preview", "thumbnail", "url")}
    assert answer == {
        "value": "See {asset:asset_b} and {model:x/y.1}.\n",
        "assets": [
            {
                "id": "asset_b",
                "authorId": "user_VFhihHKMRZyDDnZAJwLb2Q",
                "kind": "3d",
                "mimeType": "model/gltf-binary",
                "originalMimeType": "model/obj",
                "ownerId": "proj_a",
                "privacy": "private",
                "properties": {
                    "size": 4_812_004,
                    "format": "glb",
                    "faceCount": 18_420,
                    "vertexCount": 9_655,
                    "dimensions": [1.2, 1.8, 0.9],
                    "hasAnimations": False,
                    "hasNormals": True,
                    "hasSkeleton": False,
                    "hasUVs": True,
                },
                "source": "uploaded-3d",
            }
        ],
        "models": [
            {
                "id": "x/y.1",
                "authorId": "user_VFhihHKMRZyDDnZAJwLb2Q",
                "name": "XY",
                "ownerId": "team_x",
                "privacy": "public",
                "type": "flux.1-lora",
            }
        ],
    }
    assert urls["url"].startswith("http://sandbox/cdn/asset/asset_b?Expires=")
    assert urls["originalFileUrl"].startswith("http://sandbox/cdn/original/asset_b?Expires=")
    assert urls["preview"]["url"].startswith("http://sandbox/cdn/preview/p?Expires=")
    assert urls["thumbnail"]["assetId"] == "asset_b"


async def test_urls_are_signed_anew_for_each_answer(call):
    first, second = [
        (await call("GET", "/models/model_a/description")).json()["description"] for _ in "12"
    ]
    assert first["assets"][0]["url"] != second["assets"][0]["url"]


async def test_original_assets_are_asked_for_by_name(call):
    path = "/models/model_a/description?originalAssets=true"
    (asset,) = (await call("GET", path)).json()["description"]["assets"]
    assert asset["url"].startswith("http://sandbox/cdn/original/asset_b?")


async def test_what_is_written_is_what_is_read(call, store):
    text = "Ein Licht 🪔\r\n\r\n{asset:unknown} {asset:asset_a} {asset:asset_a}  "
    answer = await call(
        "PUT", "/models/x%2Fy.1/description?projectId=proj_a", json={"description": text}
    )
    assert reason(answer) == (403, "Model x/y.1 belongs to another project")
    written = await call("PUT", "/models/model_b/description", json={"description": text})
    read = await call("GET", "/models/model_b/description")
    for answer in (written, read):
        description = answer.json()["description"]
        assert description["value"] == text
        assert [asset["id"] for asset in description["assets"]] == ["asset_a"]
    assert store.read_text("model_b") == text


async def test_null_deletes(call, store):
    answer = await call("PUT", "/models/model_a/description", json={"description": None})
    assert answer.json() == {"description": {"value": "", "assets": [], "models": []}}
    assert store.list_descriptions() == {}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"{}", "description is required", id="no key"),
        pytest.param(
            b'{"description": 3}',
            "description must be a string of valid Unicode, or null",
            id="a number",
        ),
        pytest.param(
            rb'{"description": "\ud800"}',
            "description must be a string of valid Unicode, or null",
            id="half a surrogate pair",
        ),
        pytest.param(b"description", "The body is not valid JSON", id="no JSON"),
        pytest.param(b"\xff", "The body is not valid JSON", id="no UTF-8"),
        pytest.param(b"[]", "The body must be a JSON object", id="no object"),
    ],
)
async def test_says_what_is_wrong_with_a_body(call, store, body, why):
    answer = await call("PUT", "/models/model_a/description", content=body)
    assert reason(answer) == (400, why)
    assert store.read_text("model_a") == "See {asset:asset_b} and {model:x/y.1}.\n"


async def test_an_encoded_slash_stays_in_the_id(call):
    answer = (await call("GET", "/models/x%2Fy.1/description")).json()
    assert answer == {"description": {"value": "", "assets": [], "models": []}}
    assert (await call("GET", "/models/x/y.1/description")).status_code == 404


@pytest.mark.parametrize("id_", ["model_x", "model_hidden", "x%2Fy"])
@pytest.mark.parametrize("path", ["", "/description", "/prompt-guide"])
async def test_a_model_that_is_not_there_or_hidden_is_not_found(call, id_, path):
    answer = await call("GET", f"/models/{id_}{path}")
    assert reason(answer) == (404, f"Model {id_.replace('%2F', '/')} not found")


async def test_a_prompt_guide_is_written_and_read(call):
    path, guide = "/models/model_a/prompt-guide", {"promptGuide": "Light first"}
    assert (await call("PUT", path, json=guide)).json() == {"promptGuide": {"value": "Light first"}}
    assert (await call("GET", path)).json() == {"promptGuide": {"value": "Light first"}}


# --- models and assets ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        pytest.param("", ["model_a", "model_b"], id="the project's own"),
        pytest.param("privacy=public", ["x/y.1"], id="public"),
        pytest.param("status=training", ["model_b"], id="status"),
        pytest.param("collectionId=c", ["model_b"], id="collection"),
        pytest.param("projectId=proj_a&pageSize=500", ["model_a", "model_b"], id="project"),
    ],
)
async def test_lists_models(call, query, ids):
    answer = (await call("GET", f"/models?{query}")).json()
    assert [model["id"] for model in answer["models"]] == ids
    assert "nextPaginationToken" not in answer
    assert not [model for model in answer["models"] if "description" in model]


async def test_lists_page_by_page(call):
    first = (await call("GET", "/models?pageSize=1")).json()
    token = first["nextPaginationToken"]
    second = (await call("GET", "/models", params={"pageSize": 1, "paginationToken": token})).json()
    assert [page["models"][0]["id"] for page in (first, second)] == ["model_a", "model_b"]
    assert "nextPaginationToken" not in second


@pytest.mark.parametrize(
    ("query", "why"),
    [
        pytest.param("pageSize=501", "pageSize must be a number from 1 to 500", id="too large"),
        pytest.param("pageSize=0", "pageSize must be a number from 1 to 500", id="too small"),
        pytest.param("pageSize=all", "pageSize must be a number from 1 to 500", id="no number"),
    ],
)
async def test_says_what_is_wrong_with_a_query(call, query, why):
    assert reason(await call("GET", f"/models?{query}")) == (400, why)


async def test_nothing_comes_after_a_token_that_the_api_did_not_give(call):
    assert (await call("GET", "/models?paginationToken=x")).json() == {"models": []}


async def test_a_bulk_call_without_ids_finds_nothing(call):
    assert (await call("POST", "/models/get-bulk", json={})).json() == {"models": []}
    assert (await call("POST", "/assets/get-bulk", json={})).json() == {"assets": []}


async def test_bulk_models_leave_out_what_is_not_there(call):
    body = {"modelIds": ["x/y.1", "model_x", "model_hidden", "model_a"], "minimal": True}
    assert (await call("POST", "/models/get-bulk", json=body)).json() == {
        "models": [
            {"id": "x/y.1", "name": "XY", "privacy": "public", "type": "flux.1-lora"},
            {"id": "model_a", "name": "A", "privacy": "private", "type": "flux.1-lora"},
        ]
    }


async def test_bulk_assets_take_two_hundred_ids(call):
    ids = ["asset_a", *(f"asset_{n}" for n in range(199))]
    answer = await call("POST", "/assets/get-bulk", json={"assetIds": ids})
    assert [asset["id"] for asset in answer.json()["assets"]] == ["asset_a"]
    answer = await call("POST", "/assets/get-bulk", json={"assetIds": [*ids, "asset_b"]})
    assert reason(answer) == (400, "assetIds must hold at most 200 ids, not 201")


async def test_a_bulk_call_with_something_else_than_a_list_is_refused(call):
    answer = await call("POST", "/assets/get-bulk", json={"assetIds": "asset_a"})
    assert reason(answer) == (400, "assetIds must be a list of ids")


async def test_pictures_lie_behind_their_urls_without_a_key(call):
    thumbnail = await call("GET", "http://sandbox/cdn/thumbnail/asset_b", auth=None)
    image = await call("GET", "http://sandbox/cdn/asset/asset_a", auth=None)
    for answer in (thumbnail, image):
        assert answer.headers["content-type"] == "image/png"
        assert answer.content.startswith(b"\x89PNG\r\n\x1a\n")
    assert thumbnail.content != image.content
    mesh = await call("GET", "http://sandbox/cdn/asset/asset_b", auth=None)
    assert reason(mesh) == (404, "The sandbox has no file for asset asset_b")


# --- who asks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param(None, 401, id="nothing"),
        pytest.param("Basic a2V5OnNlY3JldA==", 200, id="the key"),
        pytest.param("basic a2V5OnNlY3JldA==", 200, id="in small letters"),
        pytest.param("Basic a2V5Om90aGVy", 401, id="another secret"),
        pytest.param("Basic nonsense", 401, id="no base64"),
        pytest.param("Bearer ey.J.x", 403, id="a token"),
        pytest.param("Digest x", 401, id="another scheme"),
    ],
)
async def test_only_the_key_opens_a_locked_door(call, header, status):
    headers = {"Authorization": header} if header else {}
    told = {"credentials": KEY}
    answer = await call("GET", "/models/model_a", told=told, auth=None, headers=headers)
    assert answer.status_code == status


async def test_a_refused_token_answers_as_an_expired_one(call):
    headers = {"Authorization": "Bearer ey.J.x"}
    answer = await call("GET", "/models", told={"credentials": KEY}, auth=None, headers=headers)
    assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"
    assert answer.json() == {"Message": "User is not authorized to access this resource"}


@pytest.mark.parametrize("header", ["Bearer ey.J.x", "Basic YW55OmtleQ=="])
async def test_any_key_opens_a_door_without_lock(call, header):
    answer = await call("GET", "/models", auth=None, headers={"Authorization": header})
    assert answer.status_code == 200


async def test_an_open_door_needs_no_key(call):
    assert (await call("GET", "/models", told={"without_key": True}, auth=None)).status_code == 200
    assert (await call("GET", "/models", auth=None)).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/models"),
        ("GET", "/models/model_a"),
        ("PUT", "/models/model_a/description"),
        ("POST", "/models/get-bulk"),
        ("POST", "/assets/get-bulk"),
    ],
)
async def test_another_project_is_refused(call, method, path):
    answer = await call(method, f"{path}?projectId=proj_b", json={})
    assert reason(answer) == (403, "Project proj_b is not accessible")


async def test_a_store_without_project_serves_whichever_asks(call, store):
    store.reset(Seed.model_validate({"models": {"model_c": {}}}))
    asked = (await call("GET", "/models/model_c?projectId=proj_z")).json()["model"]
    unasked = (await call("GET", "/models/model_c")).json()["model"]
    assert (asked["ownerId"], unasked["ownerId"]) == ("proj_z", "proj_sandbox")


# --- traffic -------------------------------------------------------------------------------------


async def test_refuses_more_than_the_rate_and_says_how_long_to_wait(call, store):
    app = create_app(store, rate=Rate(2, seconds=60))
    answers = [await call("GET", "/models/model_a/description", told=app) for _ in "123"]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 59 <= int(answers[2].headers["retry-after"]) <= 60


async def test_takes_its_time(call, store):
    app = create_app(store, latency=0.02)
    assert (await call("GET", "/models", told=app)).elapsed.total_seconds() >= 0.02


@pytest.mark.parametrize(
    ("fault", "status", "answer"),
    [
        pytest.param("GET:unset=empty", 200, b'{"description":{"value":""', id="empty"),
        pytest.param("GET:unset=null", 200, b'{"description":null}', id="null"),
        pytest.param("GET:unset=absent", 200, b"{}", id="absent"),
        pytest.param(
            "GET:unset=lists", 200, b'{"description":{"assets":[],"models":[]}}', id="lists"
        ),
        pytest.param("GET:firewall", 403, b'{"message":"Forbidden"}', id="firewall"),
        pytest.param("GET:no-route", 403, b'{"message":"Missing Auth', id="no route"),
        pytest.param("GET:restricted", 403, b'{"reason":"Your plan does not', id="restricted"),
        pytest.param("GET:quota", 429, b'{"message":"Limit Exceeded"}', id="quota"),
        pytest.param(
            "GET:byte-order-mark", 200, b'\xef\xbb\xbf{"description"', id="byte order mark"
        ),
        pytest.param("GET:unset=404", 404, b'{"reason":"Model model_b has no descri', id="404"),
        pytest.param("GET:413", 413, b'{"reason":"Request Entity Too Large (t', id="status"),
        pytest.param("GET:html", 502, b"<h1>502 Bad Gateway</h1>", id="html"),
        pytest.param("GET:expired", 403, b'{"Message":"User is not authorized', id="expired"),
        pytest.param("GET:plan-limit", 429, b'{"name":"PlanLimitReachedError"', id="plan limit"),
        pytest.param("GET:redirect", 307, b"", id="redirect"),
        pytest.param("GET:empty", 200, b"", id="nothing"),
        pytest.param("GET:garbage", 200, b'{"description": {"val', id="garbage"),
        pytest.param("GET:other-shape", 200, b'{"description":{"text"', id="other shape"),
    ],
)
async def test_answers_as_it_was_told(call, fault, status, answer):
    told = {"faults": [parse_fault(fault)]}
    given = await call("GET", "/models/model_b/description", told=told)
    assert given.status_code == status
    assert given.content.startswith(answer)


@pytest.mark.parametrize(
    ("fault", "rows"),
    [
        pytest.param("GET:bare-records", [["id"], ["id"]], id="bare"),
        pytest.param("GET:odd-record", [["accessRestrictions", "trainingProgress"]], id="odd"),
    ],
)
async def test_lists_do_not_keep_the_contract_as_told(call, fault, rows):
    answer = await call("GET", "/models", told={"faults": [parse_fault(fault)]})
    models = answer.json()["models"]
    assert [sorted(model) for model in models][: len(rows)] == rows


async def test_a_write_that_is_told_to_be_kept_out_leaves_the_old_text(call, store):
    store.write_text("model_b", "old")
    put = {"method": "PUT", "path": "/models/model_b/description"}
    kept = await call(
        **put, json={"description": "new"}, told={"faults": [parse_fault("PUT:keep")]}
    )
    assert kept.json()["description"]["value"] == "old"
    told = {"faults": [parse_fault("PUT:no-null")]}
    refused = await call(**put, json={"description": None}, told=told)
    assert reason(refused) == (400, "description must be a string")
    assert store.read_text("model_b") == "old"


@pytest.mark.parametrize(
    ("fault", "text", "kept"),
    [
        ("PUT:fold", "a\n\n\n\nb", "a\n\nb"),
        ("PUT:untab", "a\tb", "a   b"),
        ("PUT:drop-references", "a {asset:b} c", "a  c"),
    ],
)
async def test_alters_texts_as_told(call, store, fault, text, kept):
    told = {"faults": [parse_fault(fault)]}
    await call("PUT", "/models/model_b/description", json={"description": text}, told=told)
    assert store.read_text("model_b") == kept


async def test_answers_with_the_text_as_it_was_altered(call, store):
    told = {"faults": [parse_fault("PUT:strip-html"), parse_fault("PUT:cut=8")]}
    text = {"description": "<b>Brass</b> lantern"}
    answer = await call("PUT", "/models/model_b/description", told=told, json=text)
    assert answer.json()["description"]["value"] == "Brass la" == store.read_text("model_b")


async def test_without_a_connection_to_cut_the_caller_gets_the_error(call):
    with pytest.raises(ConnectionResetError):
        await call("GET", "/models", told={"faults": [parse_fault("GET:drop")]})
