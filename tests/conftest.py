"""What every test may use."""

import faulthandler
import os
import signal
import sys

import pytest
from hypothesis import settings
from like_windows import NOT_ON_WINDOWS
from projects import Projects
from repositories import make_hermetic
from serving import serving
from studio import KEY, Stage

collect_ignore = NOT_ON_WINDOWS if os.name == "nt" else []

# Hundreds of processes import the command: without its bytecode each would compile it again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A job in the background of a script ignores Ctrl-C, and would pass that on to what it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no fault; and what a change did not cause must not stop it from landing.
settings.register_profile("here", deadline=None, max_examples=40)
settings.register_profile("ci", deadline=None, max_examples=40, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("EXAMPLES") or ("ci" if os.environ.get("CI") else "here"))


def pytest_runtest_setup(item):
    """Leave it to the limits of slow tests themselves when they have hung."""
    if item.get_closest_marker("slow"):
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def unmeasured(monkeypatch):
    """No coverage, which doubles the time of a test: others run the same lines.

    The server's thread stays measured, and so does whatever a wider fixture runs.
    """
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)


@pytest.fixture(scope="session")
def served():
    """One server for all tests of the whole command: each puts its own app on the stage."""
    stage = Stage()
    with serving(stage) as url:
        yield url, stage


@pytest.fixture
def environment(monkeypatch):
    """No configuration but the test's; every wait between retries is over at once."""
    make_hermetic(monkeypatch)
    for name in ("SCENARIO_SDK_JWT", "SCENARIO_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**KEY, "DESCRIPTION_SYNC_NO_WAIT": "1"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def projects(tmp_path, monkeypatch, capsys):
    """A repository for several projects, being the working directory; it has no config yet."""
    return Projects.create(tmp_path / "studio", monkeypatch, capsys)
