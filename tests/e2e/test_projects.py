"""Several projects and config files in one repository: none uses another's recordings."""

import stat
from pathlib import PurePosixPath

import pytest
import yaml
from studio import REF

EDITED = "Edited in the web app\n"


def configure(studio, path, **target):
    """Write a config file somewhere in the repository."""
    production = {"base_url": studio.url, "requests_per_minute": 0, **target}
    content = {"version": 1, "targets": {"production": production}}
    studio.repo.write(path, yaml.safe_dump(content))


def run(studio, config, *words):
    return studio.sync(*words, "--format", "json", "--config", studio.repo.path / config)


@pytest.fixture(params=["teamB/config.yaml", "teamB.yaml"])
def second(request, studio):
    """A second config file, in another folder or beside the first, with the same target name."""
    studio.remote({"hero": EDITED})
    configure(studio, request.param)
    folder = PurePosixPath(request.param).parent
    studio.repo.write(str(folder / "descriptions/hero.md"), "Hero\n")
    studio.commit({"hero.md": "Hero\n"})
    assert studio.apply("--on-drift", "overwrite").code == 0
    return request.param


def test_a_second_config_file_has_no_run_of_the_first(studio, second):
    assert len(studio.sync("history", "--format", "json").json["runs"]) == 1
    assert run(studio, second, "history").json["runs"] == []
    assert run(studio, second, "rollback", "--yes").code == 2
    assert studio.texts == {"hero": "Hero\n"}


def test_a_text_that_only_the_other_config_file_replaced_is_drift(studio, second):
    studio.store.write_text("hero", EDITED)
    assert studio.plan().states == {"hero": "update"}
    assert run(studio, second, "plan").states == {"hero": "drift"}


def test_each_config_file_records_on_a_ref_of_its_own(studio, second):
    studio.store.write_text("hero", EDITED)
    before = studio.repo.git("rev-parse", REF)
    ran = run(studio, second, "apply", "--yes", "--on-drift", "overwrite")
    assert ran.json["snapshot"]["ref"] == f"{REF}@{second}"
    assert studio.repo.git("rev-parse", REF) == before
    message = studio.repo.git("log", "-1", "--format=%B", f"{REF}@{second}")
    assert f"\nBase-URL: {studio.url}\nProject: -\nConfig: {second}\n" in message


def test_runs_before_a_target_was_pointed_elsewhere_count_for_nothing(studio):
    studio.remote({"hero": EDITED})
    studio.commit({"hero.md": "Hero\n"})
    assert studio.apply("--on-drift", "overwrite").code == 0
    elsewhere = studio.url.replace("127.0.0.1", "localhost")
    configure(studio, "config.yaml", base_url=elsewhere)
    studio.commit()
    assert studio.rollback().code == 2
    studio.store.write_text("hero", EDITED)
    assert studio.plan().states == {"hero": "drift"}
    history = studio.sync("history", "--format", "json").json
    assert history["runs"] == []
    assert history["foreign_runs"] == [
        {
            "base_url": studio.url,
            "project_id": None,
            "config": "config.yaml",
            "runs": 1,
            "ref": None,
        }
    ]
    configure(studio, "config.yaml")
    assert len(studio.sync("history", "--format", "json").json["runs"]) == 1


def test_the_runs_of_a_config_file_that_was_moved_are_mentioned_with_their_ref(studio):
    studio.remote({"hero": None})
    studio.commit({"hero.md": "Hero\n"})
    assert studio.apply().code == 0
    (studio.repo.path / "tools").mkdir()
    studio.repo.git("mv", "config.yaml", "descriptions", "tools")
    studio.repo.commit("Move")
    moved = run(studio, "tools/config.yaml", "history")
    assert moved.json["runs"] == []
    (foreign,) = moved.json["foreign_runs"]
    assert (foreign["ref"], foreign["config"], foreign["runs"]) == (REF, "config.yaml", 1)
    text = " ".join(studio.sync("--config", "tools/config.yaml", "history").out.split())
    assert f"1 more run on {REF}: not listed" in text


def test_a_text_that_a_run_from_a_commit_wrote_is_newer_than_a_branch_without_commits(studio):
    studio.remote({"hero": None})
    studio.commit({"hero.md": "Hero\n"})
    assert studio.apply().code == 0
    studio.repo.git("switch", "--quiet", "--orphan", "new")
    studio.configure()
    studio.write({"hero.md": "Other\n"})
    studio.repo.git("add", "--all")
    change = studio.plan().change("hero")
    assert (change["state"], change["cause"]) == ("drift", "behind")


@pytest.mark.parametrize("content", ["garbage\n", "", "12" * 20 + "\n"])
def test_a_damaged_ref_ends_each_command_before_anything_is_written(studio, content):
    studio.remote({"hero": EDITED, "reef": None})
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    assert studio.apply("hero.md", "--on-drift", "overwrite").code == 0
    last = studio.repo.git("rev-parse", REF).strip()
    studio.repo.write(f".git/{REF}", content)
    for words in (["history"], ["plan"], ["rollback", "--yes"], ["apply", "--yes"]):
        ran = studio.sync(*words)
        assert ran.code in {1, 2}
        assert f"git update-ref {REF} {last}" in ran.err
    assert "reef" not in studio.texts
    checks = studio.sync("doctor", "--format", "json").json["checks"]
    assert {each["subject"]: each["level"] for each in checks}["snapshots"] == "fail"


def test_a_ref_whose_older_commit_is_missing_is_not_to_be_restored_as_it_was(studio):
    studio.remote({"hero": EDITED, "reef": None})
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    assert studio.apply("hero.md", "--on-drift", "overwrite").code == 0
    tip, older = studio.repo.git("rev-parse", REF, f"{REF}~1").split()
    (studio.repo.path / ".git/objects" / older[:2] / older[2:]).unlink()
    for words in (["history"], ["plan"], ["rollback", "--yes"], ["apply", "--yes"]):
        ran = studio.sync(*words)
        assert ran.code == 1
        assert "is damaged" in ran.err
        assert tip not in ran.err
        assert f"git fetch REMOTE {REF}:{REF}" in ran.err
    assert "reef" not in studio.texts


@pytest.mark.parametrize(("setting", "mode"), [("group", 0o660), ("all", 0o664), ("0640", 0o640)])
def test_in_a_shared_repository_the_lock_has_the_permissions_of_git_s_own_files(
    studio, setting, mode
):
    studio.remote({"hero": None})
    studio.commit({"hero.md": "Hero\n"})
    studio.repo.git("config", "core.sharedRepository", setting)
    (studio.repo.path / ".git").chmod(0o755)
    assert studio.apply().code == 0
    lock = studio.repo.path / ".git/description-sync/production.lock"
    assert stat.S_IMODE(lock.stat().st_mode) == mode
    folder = stat.S_IMODE(lock.parent.stat().st_mode)
    assert bool(folder & stat.S_ISGID) == bool(mode & 0o020)
    assert folder & 0o777 == mode | 0o100 | (mode & 0o044) >> 2
