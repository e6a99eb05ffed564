"""The action and the workflows of examples/github, step by step, against real HTTP."""

import json
from pathlib import Path

import pytest
from forges import TOKEN, FakeForge, FakeTracker, github, github_tickets
from repositories import Repo
from serving import serving
from starlette.applications import Starlette
from studio import KEY
from workflows import PAGE, Runner, workflow

REPOSITORY = "studio/descriptions"


@pytest.fixture
def tracker(studio, tmp_path):
    """Issues, pull requests, and the branches of the remote `origin`."""
    bare = tmp_path / "origin.git"
    studio.repo.git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    studio.repo.git("remote", "add", "origin", str(bare))
    return FakeTracker(Repo(bare))


@pytest.fixture
def forge():
    return FakeForge(REPOSITORY)


@pytest.fixture
def pull_request(studio, tmp_path, forge, tracker):
    """A branch that adds one description and changes another, as its job finds it."""
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    base = studio.repo.head()
    studio.commit({"hero.md": "A hero\n", "oar.md": "Oar\n"})
    studio.remote({"hero": "Hero\n", "reef": "Reef\n", "oar": None})
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    app = Starlette(routes=[*github_tickets(tracker).routes, *github(forge).routes])
    with serving(app) as url:
        yield Runner(
            studio.repo.path,
            tmp_path / "runner",
            github={
                "event_name": "pull_request",
                "repository": REPOSITORY,
                "token": TOKEN,
                "event.pull_request.head.repo.full_name": REPOSITORY,
                "event.pull_request.base.sha": base,
            },
            secrets=KEY,
            environment={
                "GITHUB_API_URL": url,
                "GITHUB_REPOSITORY": REPOSITORY,
                "GITHUB_EVENT_PATH": str(event),
            },
        )


@pytest.fixture
def merged(studio, pull_request):
    """The same, merged to main."""
    pull_request.github = {
        "event_name": "push",
        "repository": REPOSITORY,
        "token": TOKEN,
        "sha": studio.repo.head(),
    }
    return pull_request


# --- a pull request ------------------------------------------------------------------------------


def test_a_pull_request_is_previewed_in_a_comment(studio, pull_request, forge):
    ended = pull_request.job(workflow("preview.yml")["jobs"]["plan"])
    assert ended.success, ended.log
    (comment,) = forge.texts
    assert ended.summary == comment.replace(f" · [see it as readers will]({PAGE})", "")
    assert "production: 1 to create, 1 to update, 0 to delete" in comment
    assert f"[see it as readers will]({PAGE})" in comment.split("\n\n")[0]
    assert "reef" not in comment
    assert studio.requests == {"GET": 2, "POST": 1}  # the models' names, in one go


def test_python_files_of_the_checkout_are_not_run(studio, pull_request, tmp_path):
    marker = tmp_path / "was-run"
    for name in ("venv", "json", "sync", "click", "asyncio", "sitecustomize"):
        path = studio.repo.path / f"{name}.py"
        path.write_text(f"open({str(marker)!r}, 'a').write({name!r})\nraise SystemExit(9)\n")
    ended = pull_request.job(workflow("preview.yml")["jobs"]["plan"])
    assert ended.success, ended.log
    assert not marker.exists(), marker.read_text()


def test_a_fork_is_previewed_without_a_key_in_the_summary_alone(studio, pull_request, forge):
    pull_request.github["event.pull_request.head.repo.full_name"] = "mallory/descriptions"
    pull_request.secrets = {}
    ended = pull_request.job(workflow("preview.yml")["jobs"]["plan"])
    assert ended.success, ended.log
    assert "the server was not asked" in ended.summary
    assert "production: 1 to create, 1 to update, 0 to delete" in ended.summary
    assert (studio.requests, forge.requests) == ({}, [])


def test_a_pull_request_without_changes_gets_no_comment(pull_request, studio, forge):
    studio.commit()
    ended = pull_request.job(workflow("preview.yml")["jobs"]["plan"])
    assert ended.success, ended.log
    assert forge.texts == []


def test_a_fault_is_shown_at_its_line_and_fails_the_job(studio, pull_request):
    studio.commit({"oar.md": "---\nmodle: oar\n---\nOar\n"})
    ended = pull_request.job(workflow("preview.yml")["jobs"]["plan"])
    assert not ended.success
    assert "::error file=descriptions/oar.md,line=2" in ended.log
    assert "::error title=description-sync::The command ended with exit code 4." in ended.log
    assert "oar.md" in ended.summary


def test_a_model_that_does_not_exist_is_shown_at_its_file_and_fails_the_job(studio, pull_request):
    studio.commit({"coral.md": "Coral\n"})
    ended = pull_request.job(workflow("preview.yml")["jobs"]["plan"])
    assert not ended.success
    assert "::error file=descriptions/coral.md,line=1" in ended.log
    assert "coral.md" in ended.summary


# --- what is merged ------------------------------------------------------------------------------


def approve(runner):
    """Plan and, if there is anything to approve, apply."""
    jobs = workflow("apply.yml")["jobs"]
    planned = runner.job(jobs["plan"])
    runner.needs = {f"needs.plan.outputs.{key}": value for key, value in planned.outputs.items()}
    return planned, lambda: runner.job(jobs["apply"])


def test_what_is_merged_is_applied_once_it_is_approved(studio, merged):
    planned, apply = approve(merged)
    assert planned.outputs == {"has-changes": "true", "exit-code": "3"}
    assert studio.texts == {"hero": "Hero\n", "reef": "Reef\n"}
    applied = apply()
    assert applied.success, applied.log
    assert studio.texts == {"hero": "A hero\n", "reef": "Reef\n", "oar": "Oar\n"}
    assert "hero.md" in applied.summary


def test_what_moved_since_it_was_approved_is_refused(studio, merged):
    _, apply = approve(merged)
    studio.store.write_text("hero", "Edited in the web app\n")
    ended = apply()
    assert not ended.success
    assert "::error title=description-sync::Something was refused" in ended.log
    assert studio.texts == {"hero": "Edited in the web app\n", "reef": "Reef\n", "oar": "Oar\n"}


def test_an_edit_of_another_model_does_not_turn_a_merge_red(studio, merged):
    studio.store.write_text("reef", "Edited in the web app\n")
    planned, apply = approve(merged)
    assert planned.success, planned.log
    ended = apply()
    assert ended.success, ended.log
    assert studio.texts == {"hero": "A hero\n", "reef": "Edited in the web app\n", "oar": "Oar\n"}


def test_the_result_goes_to_the_pull_request_that_was_merged(merged, tracker, forge):
    tracker.create("pull", number=7, title="A hero", text="", head="hero", state="merged")
    tracker.commits = {merged.github["sha"]: [7]}
    _, apply = approve(merged)
    ended = apply()
    assert ended.success, ended.log
    (comment,) = forge.texts
    assert "1 created, 1 updated" in comment


def test_one_model_that_does_not_exist_keeps_no_other_from_being_applied(studio, merged):
    studio.commit({"gone.md": "---\nmodel: model_gone\n---\nGone\n"})
    planned, apply = approve(merged)
    assert not planned.success
    assert planned.outputs == {"has-changes": "true", "exit-code": "4"}
    apply()
    assert studio.texts == {"hero": "A hero\n", "reef": "Reef\n", "oar": "Oar\n"}


def test_what_a_limit_refuses_is_not_to_be_approved_unless_it_is_allowed(studio, merged):
    studio.configure(config={"limits": {"max_change_percent": 10, "min_documents": 1}})
    studio.commit()
    planned, apply = approve(merged)
    assert planned.outputs == {"has-changes": "true", "exit-code": "5"}
    assert apply() is None
    merged.needs = {"inputs.allow-mass-change": "true"}
    planned, apply = approve(merged)
    assert planned.success, planned.log
    merged.needs["inputs.allow-mass-change"] = "true"
    ended = apply()
    assert ended.success, ended.log
    assert studio.texts["hero"] == "A hero\n"


def test_nothing_is_to_be_approved_where_nothing_changes(studio, merged):
    studio.apply()
    planned, apply = approve(merged)
    assert planned.outputs == {"has-changes": "false", "exit-code": "0"}
    assert apply() is None


# --- every night ---------------------------------------------------------------------------------


def test_drift_is_one_issue_that_is_opened_and_closed(studio, merged, tracker):
    studio.apply()

    def night():
        ended = merged.job(workflow("drift.yml")["jobs"]["drift"])
        assert ended.success, ended.log
        return [(each["state"], "reef.md" in each["text"]) for each in tracker.of("issue")]

    studio.store.write_text("hero", "Edited in the web app\n")
    assert night() == [("open", False)]
    studio.apply("--on-drift", "overwrite")
    assert night() == [("closed", False)]


def test_one_model_that_does_not_exist_does_not_hide_the_drift_of_others(studio, merged, tracker):
    studio.apply()
    studio.commit({"gone.md": "---\nmodel: model_gone\n---\nGone\n"})
    studio.store.write_text("hero", "Edited in the web app\n")
    ended = merged.job(workflow("drift.yml")["jobs"]["drift"])
    assert not ended.success
    (issue,) = tracker.of("issue")
    assert "hero.md" in issue["text"]


def test_edits_are_one_pull_request(studio, merged, tracker):
    studio.apply()
    studio.repo.git("push", "--quiet", "origin", "main")
    studio.store.write_text("reef", "Coral reef\n")
    jobs = workflow("propose.yml")["jobs"]
    for _ in range(2):
        ended = merged.job(jobs["propose"])
        assert ended.success, ended.log
    (pull,) = tracker.of("pull")
    assert (pull["state"], "reef.md" in pull["text"]) == ("open", True)
    assert "Pull request 1" in ended.summary


def test_a_run_is_rolled_back_by_hand(studio, merged):
    run = studio.apply().json["snapshot"]["run"]
    jobs = workflow("propose.yml")["jobs"]
    merged.needs = {"inputs.rollback": run}
    assert merged.job(jobs["propose"]) is None
    ended = merged.job(jobs["rollback"])
    assert ended.success, ended.log
    assert studio.texts == {"hero": "Hero\n", "reef": "Reef\n"}


# --- the action alone ----------------------------------------------------------------------------


def test_the_outputs_say_what_there_is(merged):
    ended = merged.action()
    assert ended.success, ended.log
    assert json.loads(ended.outputs["summary"]) == {"create": 1, "update": 1, "in_sync": 1}
    assert (ended.outputs["has-changes"], ended.outputs["exit-code"]) == ("true", "3")
    assert json.loads(Path(ended.outputs["plan-file"]).read_text())["kind"] == "plan"


def test_the_outputs_of_a_run_say_what_was_done(studio, merged):
    ended = merged.action(command="apply", since="HEAD~1", target="production")
    assert ended.success, ended.log
    assert json.loads(ended.outputs["summary"]) == {"applied": 2}
    assert studio.requests == {"GET": 4, "POST": 1, "PUT": 2}


def test_a_missing_key_fails_the_step_with_its_cure(merged):
    merged.secrets = {}
    ended = merged.action()
    assert not ended.success
    assert ended.outputs["exit-code"] == "2"
    assert "SCENARIO_SDK_API_KEY and SCENARIO_SDK_API_SECRET not set" in ended.log


def test_an_input_is_never_run_as_shell(merged, tmp_path):
    struck = tmp_path / "struck"
    hostile = f'"; touch {struck}; $(touch {struck})'
    assert not merged.action(command=hostile).success
    assert not merged.action(
        **dict.fromkeys(("target", "since", "plan", "config"), hostile)
    ).success
    assert not struck.exists()


def test_several_targets_are_planned_in_one_run(studio, merged):
    target = {"base_url": studio.url, "requests_per_minute": 0}
    studio.configure(config={"targets": {"production": target, "staging": target}})
    studio.commit()
    ended = merged.action(target="production staging")
    assert ended.success, ended.log
    assert json.loads(ended.outputs["summary"]) == {"create": 2, "update": 2, "in_sync": 2}
    assert "production" in ended.summary
    assert "staging" in ended.summary


def test_more_options_are_handed_on(studio, merged):
    studio.store.write_text("hero", "Edited in the web app\n")
    ended = merged.action(
        **{"command": "apply", "on-drift": "overwrite", "args": "--allow-unshared --model hero"}
    )
    assert ended.success, ended.log
    assert studio.texts == {"hero": "A hero\n", "reef": "Reef\n"}
