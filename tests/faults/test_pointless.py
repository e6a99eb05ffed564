"""Where no request can go well, a run of two hundred models stops after a handful."""

import contextlib
import socket
import ssl
from collections import Counter
from dataclasses import dataclass

import pytest
import trustme
from wires import greeting

CONCURRENCY = 8
HANDFUL = CONCURRENCY + 5  # each refusal before the last one lets another begin


@dataclass(frozen=True)
class Stop:
    """A fault that strikes a key or a token, what is said of it, and the cure."""

    fault: str
    what: str
    cure: str
    token: bool = False


STOPPING = [
    pytest.param(
        Stop("401", "not accept the key (401: Unauthorized", "Check SCENARIO_SDK_API_KEY and "),
        id="wrong key",
    ),
    pytest.param(
        Stop(
            "401",
            "not accept the token (401: Unauthorized",
            "Get a new one into SCENARIO_SDK_JWT",
            token=True,
        ),
        id="wrong token",
    ),
    pytest.param(
        Stop(
            "expired",
            "not accept the token (403: User is not authorized",
            "tokens live for about a minute",
            token=True,
        ),
        id="expired token",
    ),
    pytest.param(
        Stop("403", "its project on 127.0.0.1", "the role of the key's owner in that project"),
        id="no access to the project",
    ),
]


@pytest.fixture
def identified(crowd, monkeypatch):
    """The crowd, and a way to ask with a token in place of a key."""

    def ask(stop):
        if stop.token:
            monkeypatch.delenv("SCENARIO_SDK_API_KEY")
            monkeypatch.setenv("SCENARIO_SDK_JWT", "header.payload.signature")
        return crowd

    return ask


@pytest.mark.parametrize("stop", STOPPING)
def test_a_plan_stops_after_a_handful(identified, stop):
    crowd = identified(stop)
    crowd.serve(f"GET:{stop.fault}")
    ran = crowd.plan()
    assert (ran.code, ran.out) == (2, "")
    assert stop.what in ran.err
    assert stop.cure in ran.err
    assert crowd.requests["GET"] <= HANDFUL


@pytest.mark.parametrize("stop", STOPPING)
def test_an_apply_stops_after_a_handful(identified, stop):
    crowd = identified(stop)
    crowd.serve(f"PUT:{stop.fault}")
    ran = crowd.apply("--allow-mass-change")
    assert ran.code == 2
    assert crowd.requests["PUT"] <= HANDFUL
    assert crowd.texts == {}
    results = Counter(ran.results.values())
    assert results == {"failed": crowd.requests["PUT"], "not_attempted": 200 - results["failed"]}
    last = ran.json["outcomes"][-1]
    assert (last["result"], last["attempts"]) == ("not_attempted", 0)
    assert last["reason"].startswith("stopped early: ")
    assert stop.what in last["reason"]
    assert any(stop.cure in reason for reason in ran.reasons.values())


@pytest.mark.parametrize(
    "fault", ["402", "502", "503", "html", "drop", "redirect", "plan-limit", "garbage"]
)
def test_a_server_that_is_out_is_given_up_after_a_handful_of_models(crowd, fault):
    crowd.configure(retries=1)
    crowd.serve(f"GET:{fault}")
    ran = crowd.plan()
    assert (ran.code, ran.out) == (1, "")
    assert "fails again and again: " in ran.err
    assert crowd.requests["GET"] <= 2 * (20 + CONCURRENCY)


def test_a_server_that_goes_out_while_it_is_written_to_leaves_the_rest(crowd):
    crowd.configure(retries=1)
    crowd.serve("PUT:503")
    ran = crowd.apply("--allow-mass-change")
    assert ran.code == 1
    results = Counter(ran.results.values())
    assert results["failed"] <= 20 + CONCURRENCY
    assert results["not_attempted"] == 200 - results["failed"]


def test_a_few_models_that_fail_stop_nothing(crowd):
    crowd.configure(retries=0)
    crowd.serve(*(f"GET:500@model_{number:03}" for number in range(0, 40, 2)))
    ran = crowd.plan()
    assert (ran.code, Counter(ran.states.values())) == (4, {"failed": 20, "create": 180})


def test_a_few_models_that_may_not_be_read_stop_nothing(crowd):
    crowd.serve(*(f"GET:403@model_{number:03}" for number in range(20)))
    ran = crowd.plan()
    assert (ran.code, Counter(ran.states.values())) == (4, {"failed": 20, "create": 180})
    assert crowd.requests["GET"] <= 201


def test_one_model_that_may_not_be_written_stops_nothing(crowd):
    crowd.serve("PUT:403@model_000", "PUT:403@model_001", "PUT:403@model_199")
    ran = crowd.apply("--allow-mass-change")
    assert ran.code == 4
    assert Counter(ran.results.values()) == {"applied": 197, "failed": 3}
    assert crowd.requests == {"GET": 400, "PUT": 200}


# --- nobody there --------------------------------------------------------------------------------


def test_a_port_that_nobody_listens_at(crowd):
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    crowd.configure(base_url=f"http://127.0.0.1:{port}/v1", timeout=0.5, retries=2)
    ran = crowd.plan()
    assert (ran.code, ran.out) == (1, "")
    assert f"Cannot connect (127.0.0.1:{port}): connection refused" in ran.err
    assert "Check base_url, the network and the proxy." in ran.err


def test_a_name_that_means_no_machine(crowd):
    crowd.configure(base_url="https://no-such-host.invalid/v1", timeout=5, retries=2)
    ran = crowd.plan()
    assert (ran.code, ran.out) == (1, "")
    assert "Cannot connect (no-such-host.invalid)" in ran.err
    assert "Check base_url, the network and the proxy." in ran.err


def test_a_certificate_that_nobody_vouches_for(crowd):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)

    def shake_hands(connection):
        connection.settimeout(1)
        with contextlib.suppress(OSError):
            tls.wrap_socket(connection, server_side=True).close()

    with greeting(shake_hands) as (port, connections):
        crowd.configure(base_url=f"https://127.0.0.1:{port}/v1", retries=2, concurrency=1)
        ran = crowd.plan()
    assert (ran.code, ran.out) == (1, "")
    assert f"Cannot trust 127.0.0.1:{port}: " in ran.err
    assert "SSL_CERT_FILE" in ran.err
    assert len(connections) == 1


def test_a_server_that_hangs_up(crowd):
    with greeting(lambda _: None) as (port, connections):
        crowd.configure(base_url=f"https://127.0.0.1:{port}/v1", retries=2, concurrency=1)
        ran = crowd.plan()
    assert (ran.code, ran.out) == (1, "")
    assert f"Cannot connect (127.0.0.1:{port})" in ran.err
    assert len(connections) == 3
