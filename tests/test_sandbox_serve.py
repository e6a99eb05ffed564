"""The sandbox on a real port, where connections can be cut and signals end it."""

import signal
import socket
import subprocess
import sys
from contextlib import closing

import httpx
import pytest
from processes import LIMIT, started
from serving import serving

from sync.errors import UsageError
from sync.sandbox.app import create_app
from sync.sandbox.faults import parse_fault
from sync.sandbox.serve import open_listening_socket
from sync.sandbox.store import Store

PATH = "/models/flux.1-dev/description"
KEY = ("key", "secret")


@pytest.fixture
def store():
    with closing(Store(":memory:")) as store:
        yield store


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param("ANY:drop", "without sending a response", id="before anything"),
        pytest.param("ANY:drop-after", "without sending a response", id="after the work"),
        pytest.param("ANY:truncated", "incomplete chunked read", id="in the answer"),
    ],
)
def test_cuts_the_connection(store, fault, error):
    store.write_text("model_saltlight-ui-icons", None)
    app = create_app(store, faults=[parse_fault(fault)])
    path = "/models/model_saltlight-ui-icons/description"
    with serving(app) as url, pytest.raises(httpx.RemoteProtocolError, match=error):
        httpx.put(url + path, json={"description": "Icons"}, auth=KEY)
    assert store.read_text("model_saltlight-ui-icons") == ("Icons" if "after" in fault else None)


def test_hangs_until_the_caller_gives_up(store):
    app = create_app(store, faults=[parse_fault("GET:hang:1")])
    with serving(app) as url:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(url + PATH, auth=KEY, timeout=0.1)
        assert httpx.get(url + PATH, auth=KEY).status_code == 200


@pytest.mark.parametrize("effect", ["huge", "endless", "trickle"])
def test_sends_more_than_anyone_should_read(store, effect):
    app = create_app(store, faults=[parse_fault(f"GET:{effect}")])
    with serving(app) as url, httpx.stream("GET", url + PATH, auth=KEY) as answer:
        first = next(answer.iter_raw())
    assert answer.status_code == 200
    assert set(first) == set(b" ")
    assert answer.headers.get("content-length") == ("200000000" if effect == "huge" else None)


def test_says_that_a_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"Port {port} cannot be used") as caught:
            open_listening_socket(port)
    assert caught.value.hint == "Choose another; 0 takes any that is free."


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_a_signal_and_ends_quietly(tmp_path, number):
    code = (
        "import sys; from sync.sandbox.app import create_app;"
        "from sync.sandbox.serve import serve; from sync.sandbox.store import Store;"
        "serve(create_app(Store(sys.argv[1])), port=0, ready=lambda port: print(port, flush=True))"
    )
    command = [sys.executable, "-c", code, tmp_path / "store.sqlite3"]
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        port = int(server.stdout.readline())
        answer = httpx.get(f"http://127.0.0.1:{port}/v1{PATH}", auth=KEY)
        server.send_signal(number)
        assert (server.communicate(timeout=LIMIT), server.returncode) == ((b"", b""), 0)
    assert answer.json()["description"]["value"] == "The base model of most of our LoRAs.\n"


def test_says_how_to_get_the_packages_that_it_needs():
    code = (
        "import sys; sys.modules['starlette'] = None\n"
        "from sync.errors import SyncError\n"
        "try: import sync.sandbox.app\n"
        "except SyncError as error: print(error.hint)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert answer.stdout == b"pip install 'description-sync[sandbox]'\n"
