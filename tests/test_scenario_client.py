"""Calls of the client against an API at the wire: what comes back, and what was asked for."""

import json
import logging
import ssl
from email.utils import formatdate

import httpx
import pytest
from remote import KEY, TOKEN, Remote, answer

from sync.errors import AbortRunError, AccessError, CredentialsError, RequestError
from sync.model.document import ReferenceTarget
from sync.model.remote_text import NoSuchModel, RemoteText, UnreadableModel
from sync.model.text import Text
from sync.scenario import Remark, Scenario, Server, WaitNotice
from sync.scenario.connections import MAX_BODY_SIZE
from sync.scenario.network_errors import FAILURE_KINDS, classify_exception

pytestmark = pytest.mark.anyio


def held(text):
    return RemoteText(Text(text))


async def retrieve(remote, model="m", **settings):
    async with remote.client(**settings) as scenario:
        return await scenario.retrieve(model)


# --- what a model without a description looks like ---


@pytest.mark.parametrize(
    ("reply", "expected", "requests"),
    [
        pytest.param(httpx.Response(200, json=answer("a\r\n")), held("a\r\n"), 1, id="a text"),
        pytest.param(httpx.Response(269, json=answer("a")), held("a"), 1, id="269 is a success"),
        pytest.param(httpx.Response(200, json=answer("")), held(""), 1, id="empty text"),
        pytest.param(httpx.Response(200, json={"description": None}), held(""), 1, id="null"),
        pytest.param(httpx.Response(200, json={}), held(""), 1, id="absent"),
        pytest.param(httpx.Response(404, json={"reason": "none"}), held(""), 2, id="404"),
    ],
)
async def test_every_way_to_have_no_description_is_understood(reply, expected, requests):
    remote = Remote({"m": None})
    remote.script.append(reply)
    assert await retrieve(remote) == expected
    assert len(remote.requests) == requests


async def test_a_model_that_does_not_exist_is_told_from_one_without_a_description():
    remote = Remote({})
    assert await retrieve(remote, "m") == NoSuchModel()
    assert remote.requests == ["GET /v1/models/m/description", "GET /v1/models/m"]


async def test_a_page_for_everything_is_no_proof_of_a_model():
    remote = Remote({})
    remote.script.extend([httpx.Response(404), httpx.Response(200, json={"welcome": True})])
    assert await retrieve(remote) == UnreadableModel(
        "m: the answer does not have model. Is base_url that of the Scenario API?"
    )


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("minimax/music-01", "minimax%2Fmusic-01"),
        ("flux.1-dev", "flux.1-dev"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        ("a b?c#d%e", "a%20b%3Fc%23d%25e"),
        ("hélas", "h%C3%A9las"),
    ],
)
async def test_ids_are_escaped_on_the_wire(model, path):
    remote = Remote({model: "text"})
    assert await retrieve(remote, model, project_id="p/1") == held("text")
    assert remote.requests == [f"GET /v1/models/{path}/description?projectId=p%2F1"]


async def test_a_reason_is_the_servers_own_words_with_what_to_do():
    remote = Remote({})
    remote.script.append(
        httpx.Response(400, json={"message": "nope", "reason": "Too\n\x1b[31m odd"})
    )
    assert await retrieve(remote) == UnreadableModel("m: 400 Bad Request: Too [31m odd")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param({"json": {"message": "one", "error": "two"}}, "one", id="message"),
        pytest.param({"json": {"Message": "gateway"}}, "gateway", id="Message"),
        pytest.param({"json": {"error": {"code": 1}, "detail": "x"}}, "x", id="not a string"),
        pytest.param({"html": "<h1>Bad</h1>"}, "Bad", id="html"),
        pytest.param({"content": b""}, "no reason given", id="nothing"),
        pytest.param({"content": b"x" * 999}, "x" * 299 + "…", id="long"),
        pytest.param(
            {"content": b'{"x":"' + b"x" * 70_000 + b'","reason":"no"}'},
            '{"x":"' + "x" * 293 + "…",
            id="over 64 KiB, of which the start is read",
        ),
        pytest.param({"content": "\u202eevil\u2066".encode()}, "evil", id="bidirectional"),
    ],
)
async def test_the_first_words_that_make_sense_are_taken(reply, words):
    remote = Remote({})
    remote.script.append(httpx.Response(418, **reply))
    assert await retrieve(remote) == UnreadableModel(f"m: 418 I'm a Teapot: {words}")


async def test_a_redirect_is_not_followed_and_names_the_host_only():
    remote = Remote({})
    location = "https://evil.test/v1?token=SECRET"
    remote.script.append(httpx.Response(302, headers={"location": location}))
    assert await retrieve(remote) == UnreadableModel(
        "m: 302 Found: the server sends us to evil.test. "
        "Redirects are not followed. Is base_url right?"
    )
    assert len(remote.requests) == 1


# --- trying again ---


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 599])
async def test_rides_out_what_may_go_better_another_time(status):
    remote = Remote({"m": "text"})
    remote.script.append(httpx.Response(status, html="<html>"))
    assert await retrieve(remote) == held("text")
    assert len(remote.requests) == 2


@pytest.mark.parametrize("status", [400, 403, 405, 413, 422])
async def test_does_not_repeat_what_cannot_go_better(status):
    remote = Remote({"m": "text"})
    remote.script.append(httpx.Response(status))
    assert isinstance(await retrieve(remote), UnreadableModel)
    assert len(remote.requests) == 1


@pytest.mark.parametrize(
    ("status", "word", "requests"), [(400, "true", 2), (500, "false", 1), (500, "perhaps", 2)]
)
async def test_the_server_may_say_whether_to_try_again(status, word, requests):
    remote = Remote({"m": "text"})
    remote.script.append(httpx.Response(status, headers={"x-should-retry": word}))
    await retrieve(remote)
    assert len(remote.requests) == requests


async def test_waits_longer_every_time_and_gives_up():
    remote = Remote({})
    remote.script.extend([httpx.Response(500, json={"reason": "boom"})] * 6)
    assert await retrieve(remote) == UnreadableModel(
        "m: 500 Internal Server Error: boom (after 6 requests). "
        "Try again later; texts that were already written are skipped."
    )
    assert remote.clock.waited == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert remote.notices[0] == WaitNotice("retry", 0.5, "m: 500 Internal Server Error: boom")


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        pytest.param({"retry-after": "7"}, 7.0, id="seconds"),
        pytest.param({"retry-after": "1.5"}, 1.5, id="fraction"),
        pytest.param({"retry-after-ms": "250", "retry-after": "7"}, 0.25, id="milliseconds"),
        pytest.param({"retry-after": formatdate(1009, usegmt=True)}, 9.0, id="date"),
        pytest.param(
            {"retry-after": formatdate(50, usegmt=True), "date": formatdate(47, usegmt=True)},
            3.0,
            id="date by the server's clock",
        ),
        pytest.param({"retry-after": formatdate(1, usegmt=True)}, 0.5, id="date that has passed"),
        pytest.param({"retry-after": "-3"}, 0.5, id="negative"),
        pytest.param({"retry-after": "soon"}, 0.5, id="nonsense"),
        pytest.param({"retry-after": "nan"}, 0.5, id="not a number"),
    ],
)
async def test_waits_as_long_as_the_server_asks(headers, waited):
    remote = Remote({"m": "text"})
    remote.script.append(httpx.Response(503, headers=headers))
    assert await retrieve(remote) == held("text")
    assert remote.clock.waited == [waited]


async def test_a_wait_may_stand_in_the_body_of_a_429():
    remote = Remote({"m": "text"})
    remote.script.append(httpx.Response(429, json={"remainingSeconds": 4}))
    assert await retrieve(remote) == held("text")
    assert sum(remote.clock.waited) == 4.0


@pytest.mark.parametrize("status", [429, 503])
async def test_does_not_wait_for_longer_than_anybody_would(status):
    remote = Remote({"m": "text"})
    remote.script.append(httpx.Response(status, headers={"retry-after": "3600"}))
    read = await retrieve(remote)
    assert isinstance(read, UnreadableModel)
    assert "it asks to wait 3600 s" in read.reason
    assert remote.clock.waited == []
    assert len(remote.requests) == 1


async def test_nobody_asks_while_the_server_wants_an_hour_of_rest():
    remote = Remote({"a": "text", "b": "text"})
    remote.script.append(httpx.Response(429, headers={"retry-after": "3600"}))
    async with remote.client() as scenario:
        await scenario.retrieve("a")
        with pytest.raises(AbortRunError, match=r"asked to wait 3600 s more\."):
            await scenario.retrieve("b")
    assert len(remote.requests) == 1


async def test_all_waits_of_an_item_together_are_bounded():
    remote = Remote({"m": "text"})
    remote.script.extend([httpx.Response(503, headers={"retry-after": "100"})] * 9)
    assert isinstance(await retrieve(remote, retries=9), UnreadableModel)
    assert remote.clock.waited == [100.0, 100.0, 100.0]


async def test_a_limit_of_the_plan_is_final():
    remote = Remote({"m": "text"})
    reply = {"name": "PlanLimitReachedError", "reason": "Plan limit reached"}
    remote.script.append(httpx.Response(429, json=reply, headers={"retry-after": "1"}))
    read = await retrieve(remote)
    assert isinstance(read, UnreadableModel)
    assert "Plan limit reached" in read.reason
    assert len(remote.requests) == 1


async def test_a_429_that_says_nothing_is_outlasted_for_a_minute():
    remote = Remote({"m": "text"})
    remote.script.extend([httpx.Response(429)] * 5)
    assert await retrieve(remote) == held("text")
    assert sum(remote.clock.waited) > 60


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"description": {'])
async def test_a_garbled_answer_is_asked_for_again(body):
    remote = Remote({"m": "text"})
    remote.script.append(httpx.Response(200, content=body))
    assert await retrieve(remote) == held("text")


async def test_an_answer_of_another_shape_fails_the_item_with_the_field():
    remote = Remote({})
    description = {"text": "of another shape"}
    remote.script.append(httpx.Response(200, json={"description": description}))
    assert await retrieve(remote) == UnreadableModel(
        "m: the answer does not have description.value. Is base_url that of the Scenario API?"
    )


# --- exceptions ---


def all_below(kind):
    for child in kind.__subclasses__():
        yield child
        yield from all_below(child)


BASES = {
    httpx.TransportError,
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.ProtocolError,
    httpx.RequestError,
}
RAISED = sorted(
    {
        kind
        for base in (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)
        for kind in (base, *all_below(base))
        if kind.__module__ == "httpx"
    }
    - BASES,
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
def test_every_exception_of_httpx_has_been_thought_of(kind):
    assert kind in FAILURE_KINDS


@pytest.mark.parametrize("kind", [httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ReadError])
async def test_rides_out_a_broken_connection(kind):
    remote = Remote({"m": "text"})
    remote.script.append(kind("broken"))
    assert await retrieve(remote) == held("text")


def test_an_exception_is_never_quoted_where_it_may_hold_a_header():
    failure = classify_exception(
        httpx.LocalProtocolError("Illegal header b'Basic SECRET'"), "a.test"
    )
    assert failure.message == "the request could not be made (LocalProtocolError)"
    assert not failure.retry


def test_a_certificate_that_is_not_trusted_is_not_tried_again():
    cause = ssl.SSLCertVerificationError("x")
    cause.verify_message = "self-signed certificate"
    error = httpx.ConnectError("x")
    error.__cause__ = cause
    failure = classify_exception(error, "a.test")
    assert failure.message == "cannot trust a.test: self-signed certificate"
    assert "SSL_CERT_FILE" in failure.hint
    assert not failure.retry


async def test_a_text_that_is_not_unicode_fails_its_item():
    remote = Remote({"m": "text"})
    async with remote.client() as scenario:
        with pytest.raises(RequestError, match="not valid Unicode"):
            await scenario.get_model_summaries(["\ud800"])


# --- going on is pointless ---


async def test_a_wrong_key_stops_the_run_at_once():
    remote = Remote({})
    remote.script.append(httpx.Response(401, json={"reason": "Invalid API key"}))
    with pytest.raises(CredentialsError) as caught:
        await retrieve(remote)
    assert caught.value.message == ("api.test does not accept the key (401: Invalid API key).")
    assert caught.value.hint == "Check SCENARIO_SDK_API_KEY and SCENARIO_SDK_API_SECRET."
    assert len(remote.requests) == 1


async def test_an_expired_token_is_told_from_a_forbidden_project():
    remote = Remote({})
    headers = {"x-amzn-errortype": "AccessDeniedException:http://internal"}
    remote.script.append(httpx.Response(403, json={"Message": "no"}, headers=headers))
    with pytest.raises(CredentialsError, match="token") as caught:
        await retrieve(remote, credentials=TOKEN)
    assert "expired" in caught.value.hint
    assert "SCENARIO_SDK_JWT" in caught.value.hint


async def test_a_forbidden_project_stops_the_run_at_once():
    remote = Remote({})
    remote.script.extend([httpx.Response(403, json={"reason": "Not yours"})] * 99)
    async with remote.client(project_id="proj_x", concurrency=1) as scenario:
        with pytest.raises(AccessError) as caught:
            _ = [pair async for pair in scenario.retrieve_all(str(n) for n in range(99))]
    assert caught.value.message == (
        "The key may not read project proj_x on api.test (403 Forbidden: Not yours)."
    )
    assert len(remote.requests) == 2
    assert remote.requests[-1] == "GET /v1/models?projectId=proj_x&pageSize=1"


async def test_a_forbidden_model_fails_alone_once_another_was_allowed():
    remote = Remote({"m": "text"})
    async with remote.client() as scenario:
        await scenario.retrieve("m")
        remote.script.extend([httpx.Response(403, json={"reason": "Private"})] * 9)
        for _ in range(9):
            assert await scenario.retrieve("m") == UnreadableModel(
                "m: 403 Forbidden: Private. Ask for the right to do this, or leave the model out."
            )


async def test_a_role_that_may_only_read_is_noticed_after_a_few_writes():
    remote = Remote({"m": "text"})
    async with remote.client() as scenario:
        await scenario.retrieve("m")
        remote.script.extend([None, httpx.Response(403, json={"reason": "Read only"})] * 5)
        for _ in range(4):
            with pytest.raises(RequestError, match="403"):
                await scenario.update("m", "new", replacing=Text("text"))
        with pytest.raises(AccessError, match="may not write"):
            await scenario.update("m", "new", replacing=Text("text"))


@pytest.mark.parametrize("name", ["ForbiddenException", "MissingAuthenticationTokenException", ""])
async def test_what_a_gateway_refuses_says_nothing_of_the_role(name):
    remote = Remote({"m": "text"})
    refusal = httpx.Response(403, json={"message": "Forbidden"}, headers={"x-amzn-errortype": name})
    async with remote.client() as scenario:
        remote.script.extend([None, refusal] * 9)
        for _ in range(9):
            with pytest.raises(RequestError, match="403"):
                await scenario.update("m", "new", replacing=Text("text"))
    assert len(remote.requests) == 18


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param({"name": "PlanLimitReachedError", "reason": "no"}, {}, id="the plan's"),
        pytest.param(
            {"message": "Limit Exceeded"},
            {"x-amzn-errortype": "LimitExceededException:http://aws/", "retry-after": "1"},
            id="the gateway's",
        ),
        pytest.param(
            {"__type": "com.amazonaws.apigateway#LimitExceededException", "message": "no"},
            {},
            id="the gateway's, in the body",
        ),
    ],
)
async def test_a_quota_is_final(body, headers):
    remote = Remote({})
    remote.script.append(httpx.Response(429, json=body, headers=headers))
    async with remote.client() as scenario:
        assert isinstance(await scenario.retrieve("m"), UnreadableModel)
    assert len(remote.requests) == 1


async def test_a_server_that_cannot_be_reached_stops_the_run_when_the_first_item_gives_up():
    remote = Remote({})
    remote.script.extend([httpx.ConnectError("Name or service not known")] * 6)
    with pytest.raises(AbortRunError, match=r"^Cannot connect \(api\.test\)"):
        await retrieve(remote)
    assert len(remote.requests) == 6


async def test_a_server_that_has_answered_may_be_gone_for_a_minute():
    remote = Remote({"m": "text"})
    async with remote.client() as scenario:
        await scenario.retrieve("m")
        remote.script.extend([httpx.ConnectError("refused")] * 14)
        assert await scenario.retrieve("m") == held("text")
    assert sum(remote.clock.waited) > 60


async def test_a_server_that_is_gone_for_longer_ends_the_run():
    remote = Remote({"m": "text"})
    async with remote.client() as scenario:
        await scenario.retrieve("m")
        remote.script.extend([httpx.ConnectError("refused")] * 40)
        with pytest.raises(AbortRunError, match="fails again and again: cannot connect"):
            await scenario.retrieve("m")
    assert 60 < sum(remote.clock.waited) < 180


async def test_a_model_that_fails_while_the_server_is_well_fails_alone():
    remote = Remote({"m": "text", "bad": "text"})
    async with remote.client() as scenario:
        await scenario.retrieve("m")
        remote.script.extend([*[httpx.Response(500)] * 5, None, httpx.Response(500)])
        assert isinstance(await scenario.retrieve("bad"), UnreadableModel)
        assert await scenario.retrieve("m") == held("text")
    assert sum("pageSize=1" in request for request in remote.requests) == 1


# --- many ---


async def test_retrieves_all_with_as_many_in_flight_as_allowed():
    remote = Remote({str(n): f"text {n}" for n in range(50)})
    async with remote.client(requests_per_minute=0) as scenario:
        read = {model: text async for model, text in scenario.retrieve_all(remote.texts)}
        assert scenario.request_count == 50
    assert read == {model: held(text) for model, text in remote.texts.items()}


async def test_stopping_early_asks_for_nothing_more():
    remote = Remote({str(n): "text" for n in range(50)})
    async with remote.client(concurrency=2) as scenario:
        results = scenario.retrieve_all(remote.texts)
        await anext(results)
        await results.aclose()
    assert len(remote.requests) < 10


def pages(*listed):
    for number, (models, token) in enumerate(listed):
        body = {"models": [{"id": m, "privacy": "private", "type": "custom"} for m in models]}
        if token:
            body["nextPaginationToken"] = token
        yield httpx.Response(200, json=body, headers={"x-page": str(number)})


async def test_lists_every_page_and_each_model_once():
    remote = Remote({})
    remote.script.extend(pages((["a", "b"], "t/1"), ([], "t2"), (["b", "c"], None)))
    async with remote.client(project_id="p") as scenario:
        listed = [model.id async for model in scenario.list_models(privacy="public")]
    assert listed == ["a", "b", "c"]
    first = "GET /v1/models?projectId=p&pageSize=500&privacy=public"
    assert remote.requests == [
        first,
        f"{first}&paginationToken=t%2F1",
        f"{first}&paginationToken=t2",
    ]


async def test_a_page_that_is_too_long_is_asked_for_in_smaller_ones():
    remote = Remote({})
    too_long = httpx.Response(200, content=b" " * (MAX_BODY_SIZE + 1))
    first, second, third = pages((["a"], "t1"), (["b"], "t2"), (["c"], None))
    remote.script.extend([first, too_long, second, third])
    async with remote.client() as scenario:
        assert [model.id async for model in scenario.list_models()] == ["a", "b", "c"]
    assert remote.requests == [
        "GET /v1/models?pageSize=500&privacy=private",
        "GET /v1/models?pageSize=500&privacy=private&paginationToken=t1",
        "GET /v1/models?pageSize=100&privacy=private&paginationToken=t1",
        "GET /v1/models?pageSize=100&privacy=private&paginationToken=t2",
    ]


async def test_a_list_that_is_too_long_by_the_model_is_given_up():
    remote = Remote({})
    too_long = httpx.Response(200, content=b" " * (MAX_BODY_SIZE + 1))
    remote.script.extend([too_long] * 4)
    async with remote.client() as scenario:
        with pytest.raises(RequestError, match="longer than 8 MiB"):
            _ = [model async for model in scenario.list_models()]
    sizes = [request.partition("pageSize=")[2].partition("&")[0] for request in remote.requests]
    assert sizes == ["500", "100", "20", "4"]


async def test_a_list_without_an_end_is_not_followed_for_ever():
    remote = Remote({})
    circle = pages((["a"], "t"), (["b"], "u"), (["a"], "v"), ([], "w"), (["b"], "x"))
    remote.script.extend(circle)
    async with remote.client() as scenario:
        with pytest.raises(RequestError, match="3 pages in a row named no new model"):
            _ = [model async for model in scenario.list_models()]


async def test_a_list_that_names_a_new_model_on_page_after_page_has_no_end():
    remote = Remote({})
    remote.script.extend(pages(*(([f"m{number}"], f"t{number}") for number in range(1_001))))
    async with remote.client() as scenario:
        with pytest.raises(RequestError, match="more than 1,000 pages"):
            _ = [model async for model in scenario.list_models()]
    assert len(remote.requests) == 1_000


def bulk(key, asked, make):
    def reply(request):
        ids = json.loads(request.content)[asked]
        return httpx.Response(200, json={key: [make(name) for name in ids if name != "gone"]})

    return reply


async def test_names_many_models_fifty_at_a_time():
    remote = Remote({})
    make = {"type": "custom", "name": "Noir"}
    remote.script.extend([bulk("models", "modelIds", lambda name: {"id": name, **make})] * 2)
    async with remote.client() as scenario:
        found = await scenario.get_model_summaries([*map(str, range(51)), "0", "gone"])
    assert list(found) == [*map(str, range(51))]
    assert found["50"].name == "Noir"
    assert remote.requests == ["POST /v1/models/get-bulk"] * 2


async def test_looks_up_many_assets_two_hundred_at_a_time():
    remote = Remote({})
    fields = ("authorId", "kind", "mimeType", "ownerId", "privacy", "source", "url")
    make = dict.fromkeys(fields, "x") | {"properties": {"size": 1}}
    remote.script.extend([bulk("assets", "assetIds", lambda name: {"id": name, **make})] * 2)
    async with remote.client() as scenario:
        found = await scenario.get_assets(map(str, range(201)))
        assert await scenario.get_assets([]) == {}
    assert found["200"].kind == "x"
    assert len(remote.requests) == 2


def rows(*models):
    return httpx.Response(200, json={"models": list(models)})


def row(id_, owner="proj_a", privacy="private"):
    return {"id": id_, "privacy": privacy, "type": "custom", "ownerId": owner}


@pytest.mark.parametrize(
    ("project", "private", "listed", "remarks"),
    [
        pytest.param("proj_a", [], ["pub"], 0, id="by the project id"),
        pytest.param(None, [row("own")], ["own", "pub"], 0, id="by the private models"),
        pytest.param(None, [row("own"), {"id": "odd"}], ["own", "odd", "pub"], 0, id="by one row"),
        pytest.param(None, [], [], 1, id="cannot be told"),
        pytest.param(None, [row("own"), row("x", "proj_z")], ["own", "x"], 1, id="two owners"),
        pytest.param("proj_a", [row("pub")], ["pub"], 0, id="listed twice"),
    ],
)
async def test_a_projects_own_public_models_are_listed(project, private, listed, remarks):
    remote = Remote({})
    public = [row("pub", privacy="public"), row("theirs", "proj_z", "public"), {"id": "nobodys"}]
    remote.script.extend([rows(*private), rows(*public)])
    async with remote.client(project_id=project) as scenario:
        assert [model.id async for model in scenario.list_project_models()] == listed
    assert [type(notice) for notice in remote.notices] == [Remark] * remarks
    assert len(remote.requests) == (1 if remarks else 2)


def refusing(bad, *, calls):
    """Answer bulk calls for assets; a call with a bad id is refused as a whole."""

    def answer(request):
        ids = json.loads(request.content)["assetIds"]
        calls.append(ids)
        if bad.intersection(ids):
            return httpx.Response(400, json={"reason": "invalid id"})
        return httpx.Response(200, json={"assets": [{"id": id_} for id_ in ids]})

    return answer


async def test_a_batch_that_is_refused_as_a_whole_is_halved():
    remote, calls = Remote({}), []
    remote.script.extend([refusing({"a7"}, calls=calls)] * 99)
    ids = [f"a{number}" for number in range(200)]
    async with remote.client() as scenario:
        found = await scenario.get_assets(ids)
    assert [*found] == [id_ for id_ in ids if id_ != "a7"]
    assert len(calls) < 20


@pytest.mark.parametrize("ids", [["gone"], ["gone", "lost", "never"]])
async def test_ids_that_are_all_refused_are_missing_if_a_call_without_ids_is_accepted(ids):
    remote, calls = Remote({}), []
    remote.script.extend([refusing({*ids}, calls=calls)] * 9)
    async with remote.client() as scenario:
        assert await scenario.get_assets(ids) == {}
    assert (calls[-1], len(calls)) == ([], 2 * len(ids))


async def test_a_call_that_is_refused_for_all_ids_fails_after_a_bounded_number_of_requests():
    remote, calls = Remote({}), []
    ids = [f"a{number}" for number in range(200)]
    remote.script.extend([refusing({*ids}, calls=calls)] * 999)
    async with remote.client() as scenario:
        with pytest.raises(RequestError, match="invalid id"):
            await scenario.get_assets(ids)
        found = await scenario.find_assets(ids)
    assert len(calls) < 100
    assert (found.records, found.unknown_ids < {*ids}) == ({}, True)


async def test_what_was_not_refused_is_found_beside_many_ids_that_are():
    remote, calls = Remote({}), []
    ids = [f"a{number}" for number in range(450)]
    bad = {*ids[:60]}
    remote.script.extend([refusing(bad, calls=calls)] * 999)
    async with remote.client() as scenario:
        found = await scenario.find_assets(ids)
    assert {*ids[200:]} <= found.records.keys()
    assert found.records.keys() | bad | found.unknown_ids == {*ids}
    assert not found.unknown_ids & found.records.keys()
    assert len(calls) < 60


async def test_what_the_project_lacks_is_asked_for_without_the_project():
    remote = Remote({})
    own, base = {"id": "own"}, {"id": "flux.1-dev"}
    remote.script.extend([rows(own), rows(base), rows(own)])
    async with remote.client(project_id="proj_a") as scenario:
        found = await scenario.find_model_summaries(["own", "flux.1-dev"], anywhere=True)
        assert found.records.keys() == {"own", "flux.1-dev"}
        found = await scenario.find_model_summaries(["own"], anywhere=True)
        assert found.records.keys() == {"own"}
    path = "POST /v1/models/get-bulk"
    assert remote.requests == [f"{path}?projectId=proj_a", path, f"{path}?projectId=proj_a"]


async def test_references_that_were_not_resolved_are_told():
    remote = Remote({})
    text = "{asset:a} {asset:gone} {model:m} `{asset:code}`"
    answer = {"value": text, "assets": [{"id": "a"}], "models": []}
    remote.script.append(httpx.Response(200, json={"description": answer}))
    gone = (ReferenceTarget("asset", "gone"), ReferenceTarget("model", "m"))
    assert await retrieve(remote) == RemoteText(Text(text), gone)

    remote.script.append(httpx.Response(200, json={"description": {"value": text}}))
    assert await retrieve(remote) == RemoteText(Text(text))


async def test_describes_a_model_with_its_original_assets():
    remote = Remote({"m": "# Hi"})
    async with remote.client() as scenario:
        description = await scenario.retrieve_description("m", original_assets=True)
        assert description.text.value == "# Hi"
        with pytest.raises(RequestError, match=r"^gone: 404") as caught:
            await scenario.retrieve_description("gone")
    assert caught.value.status == 404
    assert remote.requests[0] == "GET /v1/models/m/description?originalAssets=true"


# --- secrets ---


async def test_the_key_goes_to_the_server_and_nowhere_else(caplog):
    caplog.set_level(logging.DEBUG)
    seen = []

    def handle(request):
        seen.append(request.headers["authorization"])
        return httpx.Response(500)

    server = Server(base_url="https://api.test", credentials=KEY, retries=0)
    async with Scenario(server, transport=httpx.MockTransport(handle)) as scenario:
        with pytest.raises(RequestError) as caught:
            await scenario.retrieve_description("m")
        shown = [repr(scenario), repr(server), caplog.text]
    error = caught.value
    while error:
        shown += [repr(error), repr(vars(error))]
        error = error.__cause__
    assert seen == ["Basic dGhlLWtleTp0aGUtc2VjcmV0"]
    assert not [text for text in shown if "the-secret" in text or "dGhlLWtle" in text]


async def test_an_embedded_application_answers_without_a_socket():
    async def app(scope, receive, send):
        assert scope["raw_path"] == b"/v1/models/a%2Fb/description"
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(answer("hi")).encode()})

    async with Scenario(Server(base_url="http://127.0.0.1/v1"), app=app) as scenario:
        assert await scenario.retrieve("a/b") == held("hi")


async def test_an_embedded_application_that_breaks_fails_its_item():
    async def app(*_):
        raise RuntimeError

    async with Scenario(Server(base_url="http://127.0.0.1/v1", retries=0), app=app) as scenario:
        assert isinstance(await scenario.retrieve("m"), UnreadableModel)
