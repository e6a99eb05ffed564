"""What runs before our command does: the steps that build, install and try it, from an index."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from workflows import ACTION, ROOT, Runner

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture
def runner(tmp_path):
    """A runner with a clone and a Python of its own, so that nothing is installed in ours."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "python"], check=True)
    index = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    environment = {
        **index,
        "PATH": os.pathsep.join([str(tmp_path / "python/bin"), os.environ["PATH"]]),
        "GITHUB_PATH": str(tmp_path / "path"),
    }
    github = {"ref_name": f"v{VERSION}", "action_path": str(clone)}
    return Runner(clone, tmp_path / "temp", github=github, environment=environment)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_release_builds_a_wheel_that_works_in_an_empty_environment(runner):
    content = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
    build = content["jobs"]["build"]
    steps = [each for each in build["steps"] if "upload-artifact" not in each.get("uses", "")]
    ended = runner.job(build | {"steps": steps})
    assert ended.success, ended.log
    assert (runner.checkout / f"dist/description_sync-{VERSION}-py3-none-any.whl").exists()
    assert "in sync" in ended.log


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_action_installs_what_is_locked(runner, tmp_path):
    steps = ACTION["runs"]["steps"]
    first = next(at for at, step in enumerate(steps) if step["name"] == "Run")
    ended = runner.job({"steps": steps[:first], "outputs": {"digest": DIGEST}})
    assert ended.success, ended.log
    assert len(ended.outputs["digest"]) == 64
    folder = Path((tmp_path / "path").read_text().strip())
    told = subprocess.run(
        [folder / "description-sync", "--version"], capture_output=True, text=True, check=True
    )
    assert told.stdout == f"description-sync {VERSION}\n"


DIGEST = "${{ steps.lock.outputs.digest }}"
