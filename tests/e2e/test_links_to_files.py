"""Files in a report for a pull request are links to the commit that it is about."""

import json

import pytest

FORGES = {
    "a push on GitHub": (
        {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "studio/texts"},
        "https://github.com/studio/texts/blob/{head}/descriptions/props/storm%20lantern.md",
    ),
    "GitLab": (
        {"GITLAB_CI": "true", "CI_PROJECT_URL": "https://gitlab.example/studio/texts"},
        "https://gitlab.example/studio/texts/-/blob/{head}/descriptions/props/storm%20lantern.md",
    ),
}


@pytest.fixture
def new_file(studio):
    studio.remote({"lantern": None})
    return studio.commit({"props/storm lantern.md": "---\nmodel: lantern\n---\nA lantern.\n"})


@pytest.mark.parametrize("forge", FORGES)
def test_a_file_is_a_link_at_the_commit(studio, monkeypatch, new_file, forge):
    environment, url = FORGES[forge]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    link = f"[`props/storm lantern.md`]({url.format(head=new_file)})"
    assert link in studio.sync("plan", "--format", "markdown").out


def test_of_a_pull_request_it_is_the_commit_of_its_branch(studio, monkeypatch, new_file, tmp_path):
    """GitHub checks out a merge that nobody keeps."""
    environment, url = FORGES["a push on GitHub"]
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": "a" * 40}}}))
    for name, value in (environment | {"GITHUB_EVENT_PATH": str(event)}).items():
        monkeypatch.setenv(name, value)
    out = studio.sync("plan", "--format", "markdown").out
    assert url.format(head="a" * 40) in out
    assert new_file not in out


@pytest.mark.usefixtures("new_file")
def test_outside_of_ci_there_is_no_link(studio):
    assert "](http" not in studio.sync("plan", "--format", "markdown").out
