"""What the tests of the whole command share."""

import pytest
from repositories import Repo, make_hermetic
from serving import serving
from studio import KEY, Stage, Studio


@pytest.fixture(scope="session")
def served():
    """One server for all tests: each puts its own app on the stage."""
    stage = Stage()
    with serving(stage) as url:
        yield url, stage


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """No configuration but the test's; every wait between retries is over at once."""
    make_hermetic(monkeypatch)
    for name in ("CI", "SCENARIO_SDK_JWT", "SCENARIO_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**KEY, "DESCRIPTION_SYNC_NO_WAIT": "1"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def studio(tmp_path, served):
    """A repository without a commit yet, and an empty project."""
    url, stage = served
    return Studio(Repo.create(tmp_path / "studio"), url, stage)
