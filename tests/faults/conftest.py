"""Studios whose server is told to misbehave: built once, and put back before each test."""

import pytest
from harbour import CROWD, NEW, OLD
from repositories import Repo
from studio import Studio


@pytest.fixture(autouse=True)
def _alone(environment):
    """Each of these tests runs the command."""


@pytest.fixture(scope="session")
def harbour(tmp_path_factory, served):
    """Three models whose old texts were committed before their new ones."""
    studio = Studio(Repo.create(tmp_path_factory.mktemp("faults") / "harbour"), *served)
    for texts in (OLD, NEW):
        base = studio.commit({f"{name}.md": text for name, text in texts.items()})
    return studio, base


@pytest.fixture(scope="session")
def town(tmp_path_factory, served):
    """Two hundred models whose texts were committed."""
    studio = Studio(Repo.create(tmp_path_factory.mktemp("faults") / "town"), *served)
    base = studio.commit({f"{name}.md": f"The text of {name}\n" for name in CROWD})
    return studio, base


@pytest.fixture
def studio(harbour):
    """The server holds the old texts; an item is tried three times, a second each."""
    return put_back(*harbour, OLD)


@pytest.fixture
def crowd(town):
    """The server holds no text of the two hundred."""
    return put_back(*town, dict.fromkeys(CROWD))


@pytest.fixture
def own(tmp_path, served):
    """A project of the test's own: what it commits is in no repository of other tests."""
    return Studio(Repo.create(tmp_path / "own"), *served)


def put_back(studio, base, texts):
    studio.repo.git("reset", "--quiet", "--hard", base)
    studio.repo.git("clean", "--quiet", "--force", "-d")
    studio.remote(texts)
    studio.configure(timeout=5, retries=2)
    refs = studio.repo.git("for-each-ref", "--format=%(refname)", "refs/description-sync")
    for ref in refs.split():
        studio.repo.git("update-ref", "-d", ref)
    return studio
