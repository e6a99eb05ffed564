"""Only what a branch touches: with the server, in a CI's checkout, and from git alone."""

import json

import pytest
from studio import Studio

FILES = {"reef.md": "Reef\n", "hero.md": "Hero\n", "oar.md": "Oar\n", "old.md": "Old\n"}


@pytest.fixture
def merged(studio, tmp_path):
    """What a CI checks out for a pull request: a detached merge of main and the branch.

    Since the branch began, main has changed another file.
    """
    studio.commit(FILES)
    studio.repo.git("switch", "--quiet", "-c", "branch")
    studio.commit({"reef.md": "Reef, from above\n", "new.md": "New\n"})
    studio.remove("old.md")
    studio.repo.git("switch", "--quiet", "main")
    studio.commit({"hero.md": "Hero of main\n"})
    studio.repo.git("switch", "--quiet", "--detach", "main")
    studio.repo.merge("branch", "--no-ff")
    checkout = Studio(studio.repo.clone(tmp_path / "checkout"), studio.url, studio.stage)
    checkout.repo.git("fetch", "--quiet", "origin", studio.repo.head())
    checkout.repo.git("switch", "--quiet", "--detach", "FETCH_HEAD")
    checkout.configure()
    checkout.remote(
        {name.removesuffix(".md"): text for name, text in FILES.items()} | {"new": None}
    )
    return checkout


def test_costs_one_request_a_changed_file(merged):
    ran = merged.plan("--since", "origin/main")
    assert ran.states == {"new": "create", "reef": "update", "old": "retired"}
    assert merged.requests == {"GET": 2}


def test_is_previewed_without_credentials_and_network(merged, monkeypatch):
    for name in ("SCENARIO_SDK_API_KEY", "SCENARIO_SDK_API_SECRET"):
        monkeypatch.delenv(name)
    ran = merged.plan("--since", "origin/main", "--offline", "--exit-code")
    assert (ran.code, ran.states) == (3, {"new": "create", "reef": "update", "old": "retired"})
    assert merged.requests == {}
    reef = ran.change("reef")
    assert (reef["before"], reef["after"]) == ("Reef\n", "Reef, from above\n")
    assert reef["deployed"] is None


def test_a_preview_says_that_the_server_was_not_asked(merged):
    base = merged.repo.git("rev-parse", "--short=7", "origin/main").strip()
    out = merged.sync("plan", "--since", "origin/main", "--offline").out
    assert f"the server was not asked: this compares with the files at {base}" in out


def test_a_removed_file_is_a_deletion_where_the_target_prunes(merged):
    merged.configure(prune=True)
    states = merged.plan("--since", "origin/main", "--offline").states
    assert states == {"new": "create", "reef": "update", "old": "delete"}


def test_a_renamed_file_changes_nothing(studio):
    studio.commit({"reef.md": "Reef\n"})
    studio.repo.git("mv", "descriptions/reef.md", "descriptions/coral.md")
    studio.commit({"coral.md": "---\nmodel: reef\n---\nReef\n"})
    assert studio.plan("--since", "HEAD~1", "--offline").states == {"reef": "in_sync"}


def test_a_preview_cannot_be_applied(merged):
    merged.plan("--since", "origin/main", "--offline", "--out", "plan.json")
    assert json.loads((merged.repo.path / "plan.json").read_text())["offline"] is True
    ran = merged.apply("--plan", "plan.json")
    assert (ran.code, ran.out) == (5, "")
    assert "was made without asking the server" in ran.err
    assert merged.requests == {}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param([], "Name one: --since", id="without a revision"),
        pytest.param(["--since", "HEAD", "--unmanaged"], "--unmanaged", id="unmanaged"),
        pytest.param(["--since", "HEAD", "--from-target", "other"], "--from-target", id="copy"),
    ],
)
def test_what_only_a_server_knows_is_refused(merged, words, complaint):
    ran = merged.plan("--offline", *words)
    assert (ran.code, ran.out) == (2, "")
    assert complaint in ran.err
