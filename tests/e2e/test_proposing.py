"""Edits made in Scenario come back as one pull request, on GitHub and on GitLab."""

import pytest
from forges import TOKEN, FakeTracker, github_tickets, gitlab_tickets
from repositories import Repo
from serving import serving
from starlette.responses import JSONResponse

BRANCH = "description-sync-edits/production"
VARIABLES = ("GITHUB_GRAPHQL_URL", "GITLAB_CI", "CI_PROJECT_ID", "GITHUB_REPOSITORY")


@pytest.fixture
def origin(studio, tmp_path):
    """Two descriptions, applied, whose repository has a remote."""
    bare = tmp_path / "origin.git"
    studio.repo.git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    studio.repo.git("remote", "add", "origin", str(bare))
    studio.commit({"hero.md": "Hero\n\nOf the sea\n", "reef.md": "Reef\n"})
    studio.repo.git("push", "--quiet", "-u", "origin", "main")
    studio.remote({"hero": "Hero\n\nOf the sea\n", "reef": "Reef\n"})
    return Repo(bare)


@pytest.fixture(params=["github", "gitlab"])
def forge(request, origin, monkeypatch):
    tracker = FakeTracker(origin)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    app = {"github": github_tickets, "gitlab": gitlab_tickets}[request.param](tracker)
    with serving(app) as url:
        variables = {
            "github": {
                "GITHUB_API_URL": url,
                "GITHUB_REPOSITORY": "studio/descriptions",
                "GITHUB_TOKEN": TOKEN,
            },
            "gitlab": {
                "GITLAB_CI": "true",
                "CI_API_V4_URL": url,
                "CI_PROJECT_ID": "42",
                "GITLAB_TOKEN": TOKEN,
            },
        }
        for name, value in variables[request.param].items():
            monkeypatch.setenv(name, value)
        yield tracker


def propose(studio, code=0, *words):
    ran = studio.sync("propose", "--format", "json", *words)
    assert ran.code == code, ran.err
    return ran.json["proposal"]["action"] if ran.out else ran.err


def read(origin, path):
    return origin.git("show", f"{BRANCH}:descriptions/{path}")


def by_a_person(origin, tmp_path, files, *, name="person"):
    """A reviewer commits to the branch."""
    clone = origin.clone(tmp_path / name, "--branch", BRANCH)
    clone.committed({f"descriptions/{path}": text for path, text in files.items()})
    clone.git("push", "--quiet", "origin", f"HEAD:{BRANCH}")
    return clone.head()


def test_without_edits_nothing_is_opened(studio, forge):
    assert propose(studio) == "not_needed"
    assert forge.tickets == {}


def test_the_first_edit_opens_one_pull_request(studio, forge, origin):
    studio.store.write_text("hero", "Hero\n\nOf the deep sea\n")
    assert propose(studio) == "opened"
    (pull,) = forge.of("pull")
    assert (pull["head"], pull["base"], pull["state"]) == (BRANCH, "main", "open")
    assert pull["title"] == "Take 1 description as edited in Scenario (production)"
    assert "hero.md" in pull["text"]
    assert "deep" in pull["text"]
    assert "Scenario does not say who changed them" in pull["text"]
    assert read(origin, "hero.md") == "Hero\n\nOf the deep sea\n"
    assert studio.repo.git("status", "--porcelain") == ""
    assert studio.repo.git("branch", "--list").split() == ["*", "main"]


@pytest.mark.parametrize("setting", ["remote.origin.mirror=true", "push.recurseSubmodules=only"])
def test_a_setting_of_git_does_not_redirect_the_push(studio, forge, origin, setting):
    studio.repo.git("config", *setting.split("="))
    studio.store.write_text("hero", "Hero\n\nOf the deep sea\n")
    assert propose(studio) == "opened"
    assert len(forge.of("pull")) == 1
    assert read(origin, "hero.md") == "Hero\n\nOf the deep sea\n"


def test_nothing_new_changes_nothing(studio, forge, origin):
    studio.store.write_text("hero", "Hero\n\nOf the deep sea\n")
    propose(studio)
    tip = origin.git("rev-parse", BRANCH)
    text = forge.of("pull")[0]["text"]
    assert propose(studio) == "unchanged"
    assert origin.git("rev-parse", BRANCH) == tip
    assert [each["text"] for each in forge.of("pull")] == [text]


def test_another_edit_updates_it(studio, forge, origin):
    studio.store.write_text("hero", "Hero\n\nOf the deep sea\n")
    propose(studio)
    studio.store.write_text("hero", "Hero\n\nOf the deepest sea\n")
    studio.store.write_text("reef", "Coral reef\n")
    assert propose(studio) == "updated"
    (pull,) = forge.of("pull")
    assert pull["title"] == "Take 2 descriptions as edited in Scenario (production)"
    assert read(origin, "hero.md") == "Hero\n\nOf the deepest sea\n"
    assert read(origin, "reef.md") == "Coral reef\n"


def test_it_is_closed_once_no_edit_is_left(studio, forge):
    studio.store.write_text("reef", "Coral reef\n")
    propose(studio)
    studio.apply("--on-drift", "overwrite")
    assert propose(studio) == "closed"
    assert [each["state"] for each in forge.of("pull")] == ["closed"]
    assert propose(studio) == "not_needed"


def test_once_it_is_merged_nothing_is_left(studio, forge):
    studio.store.write_text("reef", "Coral reef\n")
    propose(studio)
    studio.repo.git("fetch", "--quiet", "origin")
    studio.repo.merge(f"origin/{BRANCH}")
    forge.of("pull")[0]["state"] = "merged"
    assert studio.plan().states["reef"] == "in_sync"
    assert propose(studio) == "not_needed"
    studio.store.write_text("reef", "Coral reef at dusk\n")
    assert propose(studio) == "opened"


@pytest.mark.usefixtures("forge")
def test_commits_of_a_person_are_kept(studio, origin, tmp_path):
    studio.store.write_text("hero", "Hero\n\nOf the deep sea\n")
    propose(studio)
    person = by_a_person(origin, tmp_path, {"hero.md": "A hero\n\nOf the deep sea\n"})
    assert propose(studio) in {"unchanged", "updated"}
    assert origin.git("rev-parse", BRANCH).strip() == person
    studio.store.write_text("hero", "Hero\n\nOf the deepest sea\n")
    assert propose(studio) == "updated"
    assert read(origin, "hero.md") == "A hero\n\nOf the deepest sea\n"
    assert person in origin.git("rev-list", BRANCH)


def test_it_stays_open_for_the_commits_of_a_person(studio, forge, origin, tmp_path):
    studio.store.write_text("reef", "Coral reef\n")
    propose(studio)
    by_a_person(origin, tmp_path, {"new.md": "---\nmodels: {staging: x}\n---\nNew\n"})
    studio.apply("--on-drift", "overwrite")
    assert propose(studio) == "left_open"
    assert [each["state"] for each in forge.of("pull")] == ["open"]


def test_what_a_person_closed_is_opened_again_only_for_other_edits(studio, forge):
    studio.store.write_text("reef", "Coral reef\n")
    propose(studio)
    forge.of("pull")[0]["state"] = "closed"
    assert propose(studio) == "declined"
    assert len(forge.tickets) == 1
    studio.store.write_text("reef", "Coral reef at dusk\n")
    assert propose(studio) == "opened"
    assert [each["state"] for each in forge.of("pull")] == ["open", "closed"]


def test_closing_holds_also_for_some_of_the_edits(studio, forge):
    """A person refused two edits; one was taken back since, so nothing is new."""
    studio.store.write_text("reef", "Coral reef\n")
    studio.store.write_text("hero", "Hero\n\nOf the deep sea\n")
    propose(studio)
    forge.of("pull")[0]["state"] = "closed"
    studio.store.write_text("hero", "Hero\n\nOf the sea\n")
    assert propose(studio) == "declined"
    assert len(forge.tickets) == 1


def test_an_edit_that_comes_again_is_proposed_again(studio, forge):
    """No person refused it: its pull request was closed because the edit was gone."""
    studio.store.write_text("reef", "Coral reef\n")
    propose(studio)
    text = forge.of("pull")[0]["text"]
    studio.store.write_text("reef", "Reef\n")
    assert propose(studio) == "closed"
    assert forge.of("pull")[0]["text"].splitlines()[1:] == text.splitlines()[1:]
    studio.store.write_text("reef", "Coral reef\n")
    assert propose(studio) == "opened"


def test_a_conflict_is_named_and_has_markers_on_the_branch_only(studio, forge, origin, tmp_path):
    studio.commit({"reef.md": "Stone reef\n"})
    studio.repo.git("push", "--quiet", "origin", "main")
    studio.store.write_text("reef", "Coral reef\n")
    studio.store.write_text("hero", "Hero\n\nOf the deep sea\n")
    assert propose(studio) == "opened"
    (pull,) = forge.of("pull")
    assert "1 file has conflicts: `reef.md`" in pull["text"]
    assert "<<<<<<< reef.md" in read(origin, "reef.md")
    assert "<<<<<<<" not in read(origin, "hero.md")
    person = by_a_person(origin, tmp_path, {"reef.md": "Coral and stone reef\n"})
    assert propose(studio) in {"unchanged", "updated"}
    assert origin.git("rev-parse", BRANCH).strip() == person
    studio.repo.git("fetch", "--quiet", "origin")
    studio.repo.merge(f"origin/{BRANCH}")
    assert studio.plan().states == {"hero": "in_sync", "reef": "update"}


def test_without_the_permission_the_hint_names_it(studio, forge, origin):
    forge.may_write = False
    studio.store.write_text("reef", "Coral reef\n")
    error = propose(studio, 1)
    assert "not accessible by integration" in error
    assert "Developer for a merge request" in error or "pull-requests: write" in error
    forge.may_write = True
    assert propose(studio) == "opened"
    assert read(origin, "reef.md") == "Coral reef\n"


def test_a_rate_limit_is_waited_out_and_a_lost_answer_makes_no_second_one(studio, forge):
    busy = JSONResponse({"message": "API rate limit exceeded"}, 429, headers={"retry-after": "1"})
    forge.script = [busy]
    forge.lost = [JSONResponse({"message": "Bad gateway"}, 502)]
    studio.store.write_text("reef", "Coral reef\n")
    assert propose(studio) in {"opened", "unchanged"}
    assert len(forge.of("pull")) == 1


def test_a_push_that_the_remote_refuses_opens_nothing(studio, forge, origin):
    hook = origin.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)  # git makes none without templates
    hook.write_text("#!/bin/sh\necho protected; exit 1\n")
    hook.chmod(0o755)
    studio.store.write_text("reef", "Coral reef\n")
    assert "could not be pushed to origin" in propose(studio, 1)
    assert forge.tickets == {}


# --- the issue -----------------------------------------------------------------------------------


@pytest.fixture
def night(studio, forge, tmp_path):
    """Look for drift as a nightly job does; return what `comment` says and the issues' states."""
    report = tmp_path / "drift.md"

    def look():
        studio.sync("plan", "--report", f"markdown={report}")
        ran = studio.sync("comment", str(report), "--issue")
        assert ran.code == 0, ran.err
        return ran.err.strip(), [each["state"] for each in forge.of("issue")]

    return look


def test_drift_is_one_issue_that_is_opened_updated_and_closed(studio, forge, night):
    assert night() == ("issue not needed", [])
    studio.store.write_text("reef", "Coral reef\n")
    assert night() == ("issue created", ["open"])
    assert forge.of("issue")[0]["title"] == "Descriptions differ from Scenario: production"
    assert night() == ("issue unchanged", ["open"])
    studio.store.write_text("hero", "Other\n")
    assert night() == ("issue updated", ["open"])
    assert "hero.md" in forge.of("issue")[0]["text"]
    studio.apply("--on-drift", "overwrite", "--allow-unshared")
    assert night() == ("issue closed", ["closed"])
    assert night() == ("issue not needed", ["closed"])
    studio.store.write_text("reef", "Coral reef\n")  # again, and no person closed the issue
    assert night() == ("issue created", ["open", "closed"])


def test_an_issue_that_a_person_closed_stays_closed_until_other_drift(studio, forge, night):
    left = "issue left closed: somebody closed it, and nothing else differs"
    studio.store.write_text("reef", "Coral reef\n")
    studio.store.write_text("hero", "Other\n")
    night()
    forge.of("issue")[0]["state"] = "closed"
    assert night() == (left, ["closed"])
    studio.commit({"new.md": "New\n"})  # the next apply writes it by itself
    studio.remote(
        {"new": "", "hero": "Hero\n\nOf the sea\n", "reef": "Coral reef\n"}
    )  # and one edit is gone
    assert night() == (left, ["closed"])
    studio.store.write_text("reef", "Coral reef at dusk\n")
    assert night() == ("issue created", ["open", "closed"])


def test_drift_that_went_away_is_told_when_it_comes_again(studio, forge, night):
    studio.store.write_text("reef", "Coral reef\n")
    night()
    forge.of("issue")[0]["state"] = "closed"  # by a person
    studio.store.write_text("reef", "Reef\n")
    assert night() == ("issue updated", ["closed"])
    assert night() == ("issue not needed", ["closed"])
    studio.store.write_text("reef", "Coral reef\n")
    assert night() == ("issue created", ["open", "closed"])
