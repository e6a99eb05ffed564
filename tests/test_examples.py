"""Files that other programs read: they are taken, and ask for no more than is needed."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / "examples/github").glob("*.yml"))
OWN_WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def shells(path):
    """The shell scripts of a workflow or an action."""
    content = yaml.safe_load(path.read_text())
    jobs = [content["runs"]] if "runs" in content else content["jobs"].values()
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        pytest.param("vendor.github-actions", [ROOT / "action.yml"], id="action"),
        pytest.param("vendor.github-workflows", [*WORKFLOWS, *OWN_WORKFLOWS], id="workflows"),
        pytest.param("vendor.dependabot", [ROOT / ".github/dependabot.yml"], id="dependabot"),
        pytest.param("vendor.gitlab-ci", [ROOT / "examples/gitlab/.gitlab-ci.yml"], id="gitlab"),
    ],
)
def test_files_are_what_the_published_schema_says(schema, files):
    command = [BIN / "check-jsonschema", "--builtin-schema", schema, *files]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_an_auditor_of_workflows_finds_nothing():
    command = [BIN / "zizmor", "--offline", "--no-progress", ROOT / "action.yml", *WORKFLOWS]
    command.append(ROOT / ".github")
    audited = subprocess.run(command, capture_output=True, text=True, check=False)
    assert audited.returncode == 0, audited.stdout


@pytest.mark.parametrize("path", [*WORKFLOWS, *OWN_WORKFLOWS], ids=lambda path: path.name)
def test_a_linter_of_workflows_finds_nothing(path):
    # Whether shellcheck is installed must not decide; it knows nothing of what GitHub sets.
    command = [BIN / "actionlint", "-shellcheck=", "-pyflakes=", path]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_the_linter_of_workflows_finds_what_does_not_exist(tmp_path):
    path = tmp_path / "wrong.yml"
    path.write_text(
        "on: push\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: 'echo ${{ steps.b.id }}'}]}}\n"
    )
    command = [BIN / "actionlint", "-shellcheck=", "-pyflakes=", path]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (linted.returncode, '"b" is not defined' in linted.stdout) == (1, True)


@pytest.mark.parametrize("path", [ROOT / "action.yml", *WORKFLOWS], ids=lambda path: path.name)
def test_no_expression_stands_in_a_shell_script(path):
    assert not [script for script in shells(path) if "${{" in script]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_have_only_the_permissions_that_they_name(path):
    content = yaml.safe_load(path.read_text())
    assert content["permissions"] == {}
    assert "pull_request_target" not in content[True]  # YAML reads `on` as true
    for job in content["jobs"].values():
        assert job["permissions"].keys() <= {"contents", "pull-requests", "issues"}


def test_other_peoples_actions_are_pinned_by_their_commit():
    for path in (*WORKFLOWS, *OWN_WORKFLOWS):
        for uses, version in re.findall(
            r"uses: ((?:actions|pypa)/\S+)( # v\d+\.\d+\.\d+)?", path.read_text()
        ):
            assert re.fullmatch(r"[a-z-]+/[a-z-]+@[0-9a-f]{40}", uses), path
            assert version, f"{uses} does not say its version"


def test_every_shell_script_parses():
    scripts = [
        script
        for path in (ROOT / "action.yml", *WORKFLOWS, *OWN_WORKFLOWS)
        for script in shells(path)
    ]
    scripts.append((ROOT / "examples/cron/description-sync.sh").read_text())
    for script in scripts:
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_a_job_of_a_cluster_has_no_rights_that_it_does_not_need():
    job = yaml.safe_load((ROOT / "examples/kubernetes/cronjob.yaml").read_text())
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not [
        each for each in container["env"] if "KEY" in each["name"] and "SDK" in each["name"]
    ]


def test_the_image_runs_as_nobody_in_particular_and_trusts_the_mount_alone():
    build, image = re.split(r"(?m)^FROM ", DOCKERFILE)[1:]
    assert {stage.split()[0] for stage in (build, image)} == {"python:3.13.9-slim-trixie"}
    assert re.findall(r"(?m)^USER (.+)$", image) == ["10001"]
    assert re.findall(r"safe\.directory (\S+)", image) == ["/work"]
    assert "git" in re.search(r"apt-get install.*", image)[0]
    assert not re.search(r"(?i)^(ARG|ENV).*(key|secret|token)", DOCKERFILE, re.MULTILINE)


def test_the_image_is_built_from_what_is_sent_to_its_builder():
    copied = re.findall(r"(?m)^COPY (?!--)(.+) \S+$", DOCKERFILE)
    everything, *sent = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith(("#", "**/"))
    ]
    assert everything == "*"
    assert sent == [f"!{name}" for names in copied for name in names.split()]


# --- the locked dependencies ---------------------------------------------------------------------

LOCK = (ROOT / "requirements.lock").read_text()
PINS = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, re.MULTILINE))


def test_every_locked_dependency_has_a_hash_and_no_index_is_named():
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(entries) == len(PINS)
    for entry in entries:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
    assert "://" not in LOCK


def test_the_locked_dependencies_satisfy_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = project["project"]["dependencies"] + project["build-system"]["requires"]
    for each in map(Requirement, needed):
        assert PINS[each.name] in each.specifier


def test_the_locked_dependencies_are_complete():
    """As far as they are installed here; an index would be asked for the others."""
    checked = set()
    for name in PINS:
        try:
            needed = requires(name) or ()
        except PackageNotFoundError:  # only the build needs it
            continue
        checked.add(name)
        for each in map(Requirement, needed):
            if each.marker is None or each.marker.evaluate({"extra": ""}):
                assert PINS[each.name.lower().replace("_", "-")] in each.specifier, name
    assert {"httpx", "pydantic", "gitpython", "rich"} <= checked


# --- where this project lives --------------------------------------------------------------------


FOREIGN_HOMES = (
    r"(github|gitlab)\.(com|io)[/:][A-Za-z0-9_-]+/description-sync",
    r"uses: [a-z][A-Za-z0-9_-]*/description-sync",
    r"pip install [^|]*description-sync[=~>]=",
)


def test_no_file_names_a_home_that_does_not_exist():
    """Whoever registers such a name would run code where the key is."""
    patterns = [word for pattern in FOREIGN_HOMES for word in ("-e", pattern)]
    command = ["git", "grep", "-lIE", *patterns, "--", ".", ":!tests"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (1, "")
