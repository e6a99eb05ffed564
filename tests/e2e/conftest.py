"""What the tests of the whole command share."""

import pytest
from repositories import Repo
from studio import Studio


@pytest.fixture(autouse=True)
def _alone(environment):
    """Each of these tests runs the command."""


@pytest.fixture
def studio(tmp_path, served):
    """A repository without a commit yet, and an empty project."""
    url, stage = served
    return Studio(Repo.create(tmp_path / "studio"), url, stage)
