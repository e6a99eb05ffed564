"""A write whose answer is lost is settled by reading: an edit made meanwhile stays."""

import re
import socket
import struct
import time
from email.utils import formatdate

import pytest
from harbour import NEW, OLD
from wires import greeting

EDITED = "Edited in the web app meanwhile\n"
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: what was not sent yet is thrown away


def resetting(studio, *, carried_out, then, times=1):
    """Serve so that the first PUTs end in a reset, maybe carried out; `then` happens meanwhile."""
    studio.serve()
    app, left = studio.app, times

    async def strike(scope, receive, send):
        nonlocal left
        if scope["method"] != "PUT" or not left:
            await app(scope, receive, send)
            return
        left -= 1
        if carried_out:
            await app(scope, receive, into_the_void)
        then()
        connection = scope["state"]["connection"]
        linger = (socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.get_extra_info("socket").setsockopt(*linger)
        connection.abort()

    studio.stage.app = strike


async def into_the_void(message):
    """Take an answer that nobody will get."""


def nothing():
    """Happens meanwhile."""


@pytest.mark.parametrize("carried_out", [True, False], ids=["written", "not written"])
def test_a_write_cut_off_by_a_reset_is_done_once(studio, carried_out):
    resetting(studio, carried_out=carried_out, then=nothing)
    ran = studio.apply("--model", "reef")
    assert (ran.code, ran.results) == (0, {"reef": "applied"})
    assert studio.requests == {"GET": 3, "PUT": 1}
    assert studio.texts == OLD | {"reef": NEW["reef"]}


@pytest.mark.parametrize("carried_out", [True, False], ids=["written", "not written"])
def test_an_edit_made_in_between_is_left_alone(studio, carried_out):
    def edit():
        studio.store.write_text("reef", EDITED)

    resetting(studio, carried_out=carried_out, then=edit)
    ran = studio.apply("--model", "reef")
    assert (ran.code, ran.results) == (5, {"reef": "refused"})
    assert (
        "Scenario has a third text, neither the old nor the new one; it was left alone"
        in ran.reasons["reef"]
    )
    assert "Make a new plan" in ran.reasons["reef"]
    assert studio.texts["reef"] == EDITED

    studio.serve()
    assert studio.plan("--model", "reef").states == {"reef": "drift"}


def test_a_write_that_nobody_can_look_at_is_told_to_be_unknown(studio):
    def fall_silent():
        studio.serve("ANY:503")

    resetting(studio, carried_out=True, then=fall_silent)
    ran = studio.apply("--model", "reef")
    assert (ran.code, ran.results) == (4, {"reef": "failed"})
    assert "whether it was written is not known" in ran.reasons["reef"]

    studio.serve()
    assert studio.plan("--model", "reef").states == {"reef": "in_sync"}


# --- other answers that only a server of our own gives -------------------------------------------


def answering(studio, method, status, *, headers=(), body=b"{}", times=None):
    """Serve so that requests with this method, or the first of them, get this answer."""
    studio.serve()
    app, given = studio.app, 0

    async def answer(scope, receive, send):
        nonlocal given
        if scope["method"] != method or given == times:
            await app(scope, receive, send)
            return
        given += 1
        start = {"type": "http.response.start", "status": status, "headers": list(headers)}
        await send(start)
        await send({"type": "http.response.body", "body": body})

    studio.stage.app = answer


LIMITS = [
    pytest.param(lambda: [(b"retry-after", b"7")], b"{}", id="seconds"),
    pytest.param(lambda: [(b"retry-after-ms", b"7000")], b"{}", id="milliseconds"),
    pytest.param(
        lambda: [(b"retry-after", formatdate(time.time() + 7, usegmt=True).encode())],
        b"{}",
        id="date",
    ),
    pytest.param(list, b'{"reason": "Slow down", "remainingSeconds": 7}', id="body"),
]


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(("headers", "body"), LIMITS)
def test_a_limit_is_waited_out(studio, method, headers, body):
    answering(studio, method, 429, headers=headers(), body=body, times=1)
    ran = studio.apply("--model", "reef")
    assert (ran.code, ran.results) == (0, {"reef": "applied"})
    assert studio.texts == OLD | {"reef": NEW["reef"]}


@pytest.mark.parametrize(("headers", "body"), LIMITS)
def test_a_limit_that_lasts_fails_the_item_with_what_the_server_asked_for(studio, headers, body):
    answering(studio, "GET", 429, headers=headers(), body=body)
    ran = studio.plan("--model", "reef")
    assert (ran.code, ran.states) == (4, {"reef": "failed"})
    note = ran.change("reef")["notes"][0]
    assert re.search(r"it asks to wait [678] s \(after 3 requests\)", note)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_redirect_is_not_followed(studio, method, status):
    with greeting(lambda _: None) as (port, connections):
        elsewhere = f"http://127.0.0.1:{port}/v1/models/reef/description"
        answering(studio, method, status, headers=[(b"location", elsewhere.encode())])
        ran = studio.apply("--model", "reef")
    assert (ran.code, ran.results) == (4, {"reef": "failed"})
    assert "the server sends us to 127.0.0.1. Redirects are not followed" in ran.reasons["reef"]
    assert connections == []
    assert studio.texts == OLD


@pytest.mark.parametrize("status", [201, 204, 269, 299])
def test_any_2xx_with_a_description_is_a_success(studio, status):
    body = b'{"description": {"value": "The new text of reef\\n", "assets": [], "models": []}}'
    answering(studio, "GET", status, body=b"" if status == 204 else body)
    ran = studio.plan("--model", "reef")
    assert ran.states == {"reef": "failed" if status == 204 else "in_sync"}
