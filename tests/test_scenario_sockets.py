"""The client on real sockets: what is sent byte for byte, and servers that do not behave."""

import asyncio
import gzip
import json
import ssl
import sys
import zlib
from contextlib import asynccontextmanager

import httpx
import pytest
from remote import KEY, answer

from sync.errors import AbortRunError
from sync.model.remote_text import RemoteText, UnreadableModel
from sync.model.text import Text
from sync.scenario import Scenario, Server, SkippingClock

pytestmark = pytest.mark.anyio

BODY = json.dumps(answer("hi")).encode()
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
TOO_LONG = UnreadableModel(
    "m: the answer is longer than 8 MiB. Is base_url that of the Scenario API?"
)
WHOLE = OK + b"content-length: %d\r\n\r\n" % len(BODY) + BODY


@asynccontextmanager
async def listening(behave, **settings):
    """A client of a server that answers its nth request with `behave(n, writer)`."""
    seen = []

    async def serve(reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                seen.append(head)
                await behave(len(seen), writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        where = Server(base_url=f"http://127.0.0.1:{port}/v1", credentials=KEY, **settings)
        async with Scenario(where, clock=SkippingClock()) as scenario:
            yield scenario, seen


def always(reply):
    async def behave(_, writer):
        writer.write(reply)

    return behave


def first(reply, *, close=True):
    async def behave(number, writer):
        writer.write(reply if number == 1 else WHOLE)
        if number == 1 and close:
            writer.close()

    return behave


async def test_ids_reach_the_server_as_they_were_escaped():
    async with listening(always(WHOLE), project_id="p x") as (scenario, seen):
        for model in ("minimax/music-01", "..", ".", "a%2Fb", "flux.1-dev"):
            assert await scenario.retrieve(model) == RemoteText(Text("hi"))
    assert [head.split()[1].decode() for head in seen] == [
        f"/v1/models/{name}/description?projectId=p+x"
        for name in ("minimax%2Fmusic-01", "%2E%2E", "%2E", "a%252Fb", "flux.1-dev")
    ]


async def test_every_request_says_who_asks():
    async with listening(always(WHOLE)) as (scenario, seen):
        await scenario.retrieve("m")
    headers = dict(line.split(b": ", 1) for line in seen[0].lower().split(b"\r\n")[1:-2])
    assert headers[b"user-agent"].startswith(b"description-sync/")
    assert headers[b"authorization"] == b"basic dghllwtletp0agutc2vjcmv0"
    assert headers[b"accept-encoding"] == b"gzip"
    assert b"cookie" not in headers


async def test_there_are_as_many_connections_as_requests_at_a_time():
    clients = set()

    async def behave(_, writer):
        clients.add(writer.get_extra_info("peername"))
        await asyncio.sleep(0.01)
        writer.write(WHOLE)

    async with listening(behave, concurrency=6) as (scenario, _):
        assert len([each async for each in scenario.retrieve_all(map(str, range(60)))]) == 60
    assert len(clients) == 6


async def test_connections_are_kept_and_no_cookie_is():
    cookie = WHOLE.replace(b"\r\n\r\n", b"\r\nset-cookie: a=b\r\n\r\n", 1)
    async with listening(always(cookie)) as (scenario, seen):
        for _ in range(3):
            await scenario.retrieve("m")
    assert b"cookie" not in seen[-1].lower()


class FailedImports(list):
    """A finder that finds nothing and keeps the names that were asked for."""

    def find_spec(self, name, *_):
        self.append(name)


async def test_a_request_searches_for_no_module():
    """httpcore searched for sniffio, in vain, five times for each request."""
    searched = FailedImports()
    async with listening(always(WHOLE)) as (scenario, _):
        await scenario.retrieve("m")
        sys.meta_path.insert(0, searched)
        try:
            await scenario.retrieve("m")
        finally:
            sys.meta_path.remove(searched)
    assert searched == []


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(b"", id="closed without an answer"),
        pytest.param(WHOLE[:-9], id="body cut short"),
        pytest.param(OK[:20], id="head cut short"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n\r\n", id="not HTTP"),
        pytest.param(OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n", id="broken chunk"),
        pytest.param(OK + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\nhi", id="no gzip"),
        pytest.param(OK + b"content-encoding: br\r\ncontent-length: 2\r\n\r\nhi", id="not asked"),
    ],
)
async def test_rides_out_one_broken_answer(reply):
    async with listening(first(reply)) as (scenario, seen):
        assert await scenario.retrieve("m") == RemoteText(Text("hi"))
        assert len(seen) == 2


async def test_rides_out_a_reset_connection():
    async def behave(number, writer):
        if number == 1:
            writer.transport.abort()
        else:
            writer.write(WHOLE)

    async with listening(behave) as (scenario, _):
        assert await scenario.retrieve("m") == RemoteText(Text("hi"))


async def test_reads_a_zipped_answer():
    body = gzip.compress(BODY)
    reply = OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    async with listening(always(reply)) as (scenario, _):
        assert await scenario.retrieve("m") == RemoteText(Text("hi"))


async def endless(_, writer):
    writer.write(OK + b"transfer-encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


async def test_a_body_that_never_ends_is_cut_and_fails_its_item():
    async with listening(endless) as (scenario, seen):
        assert await scenario.retrieve("m") == TOO_LONG
        assert len(seen) == 1


async def test_a_bomb_of_200_megabytes_does_not_go_off():
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    bomb = b"".join([*(packer.compress(bytes(2**20)) for _ in range(200)), packer.flush()])
    reply = OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb) + bomb
    async with listening(always(reply)) as (scenario, _):
        assert await scenario.retrieve("m") == TOO_LONG


async def trickle(_, writer):
    writer.write(OK + b"content-length: 999\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def silence(_, writer):
    await writer.drain()


@pytest.mark.parametrize("behave", [trickle, silence])
async def test_an_answer_that_takes_too_long_is_cut_at_the_deadline(behave):
    async with listening(behave, timeout=0.15, retries=0) as (scenario, _):
        assert await scenario.retrieve("m") == UnreadableModel(
            "m: no whole answer in time (TimeoutError). "
            "Try again later, or raise the target's timeout."
        )


async def test_the_connections_are_usable_after_a_deadline():
    async def behave(number, writer):
        if number > 1:
            writer.write(WHOLE)

    async with listening(behave, timeout=0.15, concurrency=1) as (scenario, _):
        assert await scenario.retrieve("m") == RemoteText(Text("hi"))


async def test_a_port_that_nobody_listens_at_stops_the_run():
    async with listening(silence) as (scenario, _):
        nowhere = Server(base_url=scenario.server.base_url, credentials=KEY, retries=0)
    async with Scenario(nowhere) as scenario:
        with pytest.raises(AbortRunError, match="connection refused") as caught:
            await scenario.retrieve("m")
    assert caught.value.hint == "Check base_url, the network and the proxy."


async def test_a_name_that_does_not_exist_stops_the_run():
    where = Server(base_url="https://name.invalid/v1", credentials=KEY, retries=0)
    async with Scenario(where) as scenario:
        with pytest.raises(AbortRunError, match=r"name\.invalid"):
            await scenario.retrieve("m")


async def test_a_proxy_of_the_environment_is_used_but_not_for_this_machine(monkeypatch):
    asked = []

    async def proxy(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        async with listening(always(WHOLE)) as (scenario, _):
            assert await scenario.retrieve("m") == RemoteText(Text("hi"))
        where = Server(base_url="https://api.test/v1", credentials=KEY, retries=0)
        async with Scenario(where) as scenario:
            with pytest.raises(AbortRunError, match=r"^The proxy refused"):
                await scenario.retrieve("m")
    assert [head.split(b"\r\n")[0] for head in asked] == [b"CONNECT api.test:443 HTTP/1.1"]
    assert b"uthorization" not in asked[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [("SSL_CERT_FILE", "missing.pem"), ("https_proxy", "http://a.test:99999")],
)
async def test_settings_of_the_environment_that_do_not_work_are_named(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    for other in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(other, raising=False)
    with pytest.raises(AbortRunError) as caught:
        async with Scenario(Server(base_url="https://api.test", credentials=KEY)):
            pass
    assert name in f"{caught.value} {caught.value.hint}"


async def test_a_server_that_speaks_no_tls_is_not_trusted():
    async def not_tls(_, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(not_tls, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        where = Server(base_url=f"https://127.0.0.1:{port}", credentials=KEY, retries=0)
        async with Scenario(where) as scenario:
            with pytest.raises(AbortRunError, match=r"^Cannot connect"):
                await scenario.retrieve("m")


def test_certificates_are_always_verified():
    context = httpx.create_ssl_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


# --- more than one answer ------------------------------------------------------------------------


def whole(text):
    body = json.dumps(answer(text)).encode()
    return OK + b"content-length: %d\r\n\r\n" % len(body) + body


async def test_a_second_answer_is_not_taken_for_that_of_the_next_model():
    async def behave(number, writer):
        writer.write(whole(f"right {number}") + (whole("of another model") if number == 1 else b""))

    async with listening(behave, concurrency=1) as (scenario, seen):
        assert await scenario.retrieve("a") == RemoteText(Text("right 2"))
        assert await scenario.retrieve("b") == RemoteText(Text("right 3"))
    assert [head.split()[1].split(b"/")[3] for head in seen] == [b"a", b"a", b"b"]


async def test_a_server_that_always_answers_twice_is_not_believed():
    async with listening(always(whole("one") + whole("two")), retries=1) as (scenario, _):
        got = await scenario.retrieve("a")
    assert isinstance(got, UnreadableModel)


async def test_an_answer_that_comes_late_on_an_idle_connection_is_not_the_next_ones():
    async def behave(number, writer):
        writer.write(whole(f"right {number}"))
        if number == 1:
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.write(whole("of another model"))

    async with listening(behave, concurrency=1) as (scenario, _):
        assert await scenario.retrieve("a") == RemoteText(Text("right 1"))
        await asyncio.sleep(0.2)
        assert await scenario.retrieve("b") == RemoteText(Text("right 2"))
