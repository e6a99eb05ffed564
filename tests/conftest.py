"""What every test may use."""

import os

import pytest
from hypothesis import settings
from repositories import make_hermetic
from serving import serving
from studio import KEY, Stage

# A busy machine is no fault; and what a change did not cause must not stop it from landing.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture
def anyio_backend():
    return "asyncio"


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
