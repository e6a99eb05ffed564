"""The scripts for GitLab CI, cron, Kubernetes and pre-commit do what they are there for."""

import re
import subprocess

import pytest
import yaml
from filelock import FileLock
from forges import TOKEN, FakeForge, FakeTracker, gitlab, gitlab_tickets
from prometheus_client.parser import text_string_to_metric_families
from repositories import Repo
from serving import serving
from studio import KEY
from workflows import ROOT, base

GITLAB = yaml.safe_load((ROOT / "examples/gitlab/.gitlab-ci.yml").read_text())
CRON = ROOT / "examples/cron/description-sync.sh"
CRONJOB = yaml.safe_load((ROOT / "examples/kubernetes/cronjob.yaml").read_text())


def run(*words, cwd, **environment):
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**base(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def studio(studio, tmp_path):
    """One description to be changed, one to be added; Python files of the checkout are not run."""
    was_run = tmp_path / "was-run"
    for name in ("venv", "json", "yaml", "click", "sitecustomize", "sync/__init__"):
        studio.repo.write(f"{name}.py", f"open({str(was_run)!r}, 'a').write({name!r})\n")
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    studio.commit({"hero.md": "A hero\n", "oar.md": "Oar\n"})
    studio.remote({"hero": "Hero\n", "reef": "Reef\n", "oar": None})
    yield studio
    assert not was_run.exists()


@pytest.fixture
def clone(studio, tmp_path):
    """A checkout of the repository on another machine."""
    return studio.repo.clone(tmp_path / "clone").path


# --- GitLab CI -----------------------------------------------------------------------------------


def job(name, studio, **environment):
    script = "\n".join(GITLAB[name]["script"])
    base_sha = studio.repo.git("rev-parse", "HEAD~1").strip()
    variables = {"GITLAB_CI": "true", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base_sha}
    return run("sh", "-ec", script, cwd=studio.repo.path, **variables, **environment)


def test_a_merge_request_is_previewed_in_a_note(studio):
    forge = FakeForge("42")
    with serving(gitlab(forge)) as url:
        merge_request = {
            "CI_API_V4_URL": url,
            "CI_MERGE_REQUEST_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_IID": "7",
            "GITLAB_TOKEN": TOKEN,
        }
        ran = job("preview", studio, **merge_request, **KEY)
    assert ran.returncode == 0, ran.stderr
    (note,) = forge.texts
    assert "production: 1 to create, 1 to update, 0 to delete" in note


def test_a_merge_request_of_a_fork_is_previewed_without_a_key(studio):
    ran = job("preview", studio)
    assert ran.returncode == 0, ran.stderr
    assert "the server was not asked" in ran.stdout
    assert studio.requests == {}


def test_exactly_the_plan_is_applied_by_hand(studio):
    assert job("plan", studio, **KEY).returncode == 0
    assert studio.requests.keys() == {"GET"}
    ran = job("apply", studio, **KEY)
    assert ran.returncode == 0, ran.stderr
    assert studio.texts == {"hero": "A hero\n", "reef": "Reef\n", "oar": "Oar\n"}


def test_a_schedule_keeps_one_issue_and_one_merge_request(studio, tmp_path):
    bare = tmp_path / "project.git"
    studio.repo.git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    studio.repo.git("remote", "add", "origin", str(bare))
    studio.repo.git("push", "--quiet", "origin", "main")
    studio.apply()
    studio.store.write_text("reef", "Coral reef\n")
    tracker = FakeTracker(Repo(bare))
    with serving(gitlab_tickets(tracker)) as url:
        schedule = {
            "CI_API_V4_URL": url,
            "CI_PROJECT_ID": "42",
            "CI_PROJECT_URL": str(tmp_path / "project"),
            "CI_DEFAULT_BRANCH": "main",
            "GITLAB_TOKEN": TOKEN,
        }
        for _ in range(2):
            for name in ("drift", "propose"):
                ran = job(name, studio, **schedule, **KEY)
                assert ran.returncode == 0, ran.stderr
    (issue,), (merge_request,) = tracker.of("issue"), tracker.of("pull")
    assert "reef.md" in issue["text"]
    assert (merge_request["base"], "reef.md" in merge_request["text"]) == ("main", True)


# --- cron ----------------------------------------------------------------------------------------


@pytest.fixture
def cron(clone, tmp_path):
    """Run the script as cron does."""
    credentials = tmp_path / "credentials.env"
    credentials.write_text("".join(f"{name}={value}\n" for name, value in KEY.items()))

    def cron(**environment):
        return run("sh", CRON, clone, credentials, cwd="/", **environment)

    return cron


def test_a_scheduled_run_takes_in_what_was_merged_and_applies_it(studio, cron, tmp_path):
    studio.commit({"reef.md": "A reef\n"})
    metrics = tmp_path / "run.prom"
    ran = cron(METRICS=str(metrics))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert studio.texts == {"hero": "A hero\n", "reef": "A reef\n", "oar": "Oar\n"}
    assert list(text_string_to_metric_families(metrics.read_text()))


def test_a_scheduled_run_that_has_nothing_to_do_sends_no_mail(cron):
    cron()
    ran = cron()
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ exit code 0\n", ran.stdout)


def test_a_decision_is_one_mail_and_each_run_is_in_the_log(studio, cron):
    studio.store.write_text("reef", "Edited elsewhere\n")
    ran = cron()
    assert ran.returncode == 5
    assert "! refused  reef.md" in ran.stderr
    assert "description-sync pull reef.md --target production" in ran.stderr
    assert ran.stderr.endswith("Somebody has to decide. To see it again: description-sync plan\n")
    assert "exit code 5\n" in ran.stdout
    again = cron()
    assert (again.returncode, again.stderr) == (5, "")
    assert again.stdout.endswith("exit code 5\n")


def test_a_scheduled_run_leaves_it_to_one_that_is_still_at_work(studio, cron, clone):
    folder = clone / ".git/description-sync"
    folder.mkdir()
    with FileLock(folder / "production.lock"):
        ran = cron()
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "exit code 75" in ran.stdout
    assert studio.requests == {}


def test_a_scheduled_run_that_failed_says_why(studio, cron):
    studio.serve("ANY:401")
    ran = cron()
    assert ran.returncode == 2
    assert "does not accept the key" in ran.stderr
    assert "exit code 2\n" in ran.stdout
    assert "does not accept the key" in ran.stdout


# --- Kubernetes ----------------------------------------------------------------------------------


def test_the_job_of_a_cluster_clones_and_applies(studio, tmp_path):
    (container,) = CRONJOB["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    environment = {each["name"]: each["value"] for each in container["env"]}
    environment |= {"REPOSITORY": studio.repo.path.as_uri(), "HOME": str(tmp_path)}
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [*container["command"], *container["args"]]
    ran = run(*command, cwd=scratch, **environment, **KEY, GIT_TOKEN="token")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert studio.texts == {"hero": "A hero\n", "reef": "Reef\n", "oar": "Oar\n"}


def test_drift_fails_no_job_of_a_cluster(studio, tmp_path):
    studio.store.write_text("reef", "Edited elsewhere\n")
    (container,) = CRONJOB["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    environment = {each["name"]: each["value"] for each in container["env"]}
    environment |= {"REPOSITORY": studio.repo.path.as_uri(), "HOME": str(tmp_path)}
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [*container["command"], *container["args"]]
    ran = run(*command, cwd=scratch, **environment, **KEY, GIT_TOKEN="token")
    assert ran.returncode == 0, ran.stderr
    assert studio.texts == {"hero": "A hero\n", "reef": "Edited elsewhere\n", "oar": "Oar\n"}


def test_git_in_a_cluster_is_handed_the_token_when_it_asks(tmp_path):
    (container,) = CRONJOB["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    environment = {each["name"]: each["value"] for each in container["env"]}
    environment |= {"HOME": str(tmp_path), "GIT_TOKEN": "s3cret"}
    asked = subprocess.run(
        ["git", "credential", "fill"],
        input="protocol=https\nhost=github.com\n\n",
        env={**base(), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "username=x-access-token\npassword=s3cret\n" in asked.stdout


# --- pre-commit ----------------------------------------------------------------------------------


def test_the_hook_finds_the_fault_of_a_file_that_it_is_given(studio):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    studio.write({"oar.md": "---\nmodle: oar\n---\nOar\n"})
    entry = hook["entry"].split()
    clean = run(*entry, "descriptions/hero.md", "README.md", cwd=studio.repo.path)
    faulty = run(*entry, "descriptions/oar.md", cwd=studio.repo.path)
    assert (clean.returncode, faulty.returncode) == (2, 4)
    assert "descriptions/oar.md:2:1" in faulty.stdout
