"""The action and the workflows of examples/github, step by step, against real HTTP."""

import json
import os
import stat
from pathlib import Path

import pytest
from forges import TOKEN, FakeForge, github
from serving import serving
from studio import KEY
from workflows import PATH, Runner, workflow

REPOSITORY = "studio/descriptions"
GH = '''#!/usr/bin/env python3
"""As much of GitHub's own command as the workflow uses: issues in a JSON file."""
import json, os, pathlib, sys
file = pathlib.Path(os.environ["GH_ISSUES"])
issues = json.loads(file.read_text()) if file.exists() else []
words = sys.argv[1:]
body = pathlib.Path(words[-1]).read_text() if "--body-file" in words else ""
assert os.environ["GH_TOKEN"] and os.environ["GH_REPO"]
match words[:2]:
    case ["issue", "list"]:
        print("\\n".join(str(n) for n, issue in enumerate(issues, 1) if issue["open"]))
    case ["issue", "create"]:
        issues.append({"open": True, "body": body})
    case ["issue", "edit"]:
        issues[int(words[2]) - 1]["body"] = body
    case ["issue", "close"]:
        issues[int(words[2]) - 1]["open"] = False
file.write_text(json.dumps(issues))
'''


@pytest.fixture
def forge():
    return FakeForge(REPOSITORY)


@pytest.fixture
def pull_request(studio, tmp_path, forge):
    """A branch that adds one description and changes another, as its job finds it."""
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    base = studio.repo.head()
    studio.commit({"hero.md": "A hero\n", "oar.md": "Oar\n"})
    studio.remote({"hero": "Hero\n", "reef": "Reef\n", "oar": None})
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    with serving(github(forge)) as url:
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
def merged(pull_request):
    """The same, merged to main."""
    pull_request.github = {"event_name": "push", "repository": REPOSITORY, "token": TOKEN}
    return pull_request


# --- a pull request ------------------------------------------------------------------------------


def test_a_pull_request_is_previewed_in_a_comment(studio, pull_request, forge):
    ended = pull_request.job(workflow("preview.yml")["jobs"]["plan"])
    assert ended.success, ended.log
    (comment,) = forge.texts
    assert ended.summary == comment
    assert "production: 1 to create, 1 to update, 0 to delete" in comment
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
    pull_request.github["event.pull_request.base.sha"] = studio.repo.head()
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
    assert planned.success, planned.log
    runner.needs = {f"needs.plan.outputs.{key}": value for key, value in planned.outputs.items()}
    return planned, lambda: runner.job(jobs["apply"])


def test_what_is_merged_is_applied_once_it_is_approved(studio, merged):
    planned, apply = approve(merged)
    assert planned.outputs == {"has-changes": "true"}
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


def test_nothing_is_to_be_approved_where_nothing_changes(studio, merged):
    studio.apply()
    planned, apply = approve(merged)
    assert planned.outputs == {"has-changes": "false"}
    assert apply() is None


# --- every night ---------------------------------------------------------------------------------


def test_drift_is_one_issue_that_is_opened_updated_and_closed(studio, merged, tmp_path):
    gh, issues = tmp_path / "bin" / "gh", tmp_path / "issues.json"
    gh.parent.mkdir()
    gh.write_text(GH)
    gh.chmod(gh.stat().st_mode | stat.S_IXUSR)
    merged.environment |= {"PATH": f"{gh.parent}{os.pathsep}{PATH}", "GH_ISSUES": str(issues)}
    studio.apply()

    def night():
        ended = merged.job(workflow("drift.yml")["jobs"]["drift"])
        assert ended.success, ended.log
        return [
            (each["open"], "reef.md" in each["body"]) for each in json.loads(issues.read_text())
        ]

    assert night() == []
    studio.store.write_text("hero", "Edited in the web app\n")
    assert night() == [(True, False)]
    studio.store.write_text("reef", "Edited, too\n")
    assert night() == [(True, True)]
    studio.apply("--on-drift", "overwrite")
    assert night() == [(False, True)]


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
