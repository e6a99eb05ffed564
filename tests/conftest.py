"""What every test may use."""

import pytest
from repositories import make_hermetic
from serving import serving
from studio import KEY, Stage


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
    for name in ("CI", "SCENARIO_SDK_JWT", "SCENARIO_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**KEY, "DESCRIPTION_SYNC_NO_WAIT": "1"}.items():
        monkeypatch.setenv(name, value)
