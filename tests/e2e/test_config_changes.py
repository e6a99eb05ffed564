"""The config is part of what is applied: previews, the guard and `--commit` read it as well."""

import pytest
import yaml
from studio import Studio

FILES = {
    "reef.md": "Reef with {asset:@cover}\n",
    "hero.md": "---\nmodel: hero\n---\nHero\n",
    "notes/oar.md": "Oar\n",
}
THERE = {
    "reef": "Reef with {asset:asset_one}\n",
    "model_hero": "Hero\n",
    "oar": "Oar\n",
    "other_hero": None,
    "gone": "Gone\n",
}
BEFORE = {"models": {"hero": "model_hero"}, "assets": {"cover": "asset_one"}}


@pytest.fixture
def main(studio):
    """A project in sync with its branch main; a file was removed there long ago."""
    studio.configure(**BEFORE)
    studio.commit({**FILES, "gone.md": "Gone\n"})
    studio.remove("gone.md")
    studio.remote(dict(THERE))
    studio.repo.git("switch", "--quiet", "--create", "branch")
    return studio


def write_config(studio: Studio, config: dict[str, object] | None = None, **target: object) -> None:
    """Commit another config to the branch; no description changes."""
    studio.configure(config=config, **{**BEFORE, **target})
    studio.commit()


def preview(studio: Studio) -> tuple[dict[str, str], dict[str, str]]:
    """The states that the two previews of the branch show, with and without a server."""
    online = studio.plan("--since", "main").states
    return online, studio.plan("--since", "main", "--offline").states


def test_a_branch_that_does_not_touch_the_meaning_of_a_file_changes_nothing(main):
    write_config(main, concurrency=4)
    assert preview(main) == ({}, {})


def test_an_asset_that_an_alias_names_otherwise_is_an_update_of_the_texts_with_it(main):
    write_config(main, assets={"cover": "asset_two"})
    assert preview(main) == ({"reef": "update"}, {"reef": "update"})
    assert main.plan("--since", "main", "--offline").change("reef")["before"] == THERE["reef"]


def test_a_model_alias_that_moved_gives_one_model_the_text_and_leaves_the_other(main):
    write_config(main, models={"hero": "other_hero"})
    states = {"other_hero": "create", "model_hero": "retired"}
    assert preview(main) == (states, states)
    write_config(main, models={"hero": "other_hero"}, prune=True)
    states |= {"model_hero": "delete", "gone": "delete"}
    assert preview(main) == (states, states)


def test_a_file_that_becomes_a_description_is_shown_and_so_is_one_that_is_none_any_more(main):
    write_config(main, {"exclude": ["notes"]}, prune=True)
    states = {"oar": "retired", "gone": "delete"}
    assert preview(main) == (states, states)
    main.repo.git("branch", "--force", "main")
    write_config(main, prune=True)
    assert preview(main) == ({"oar": "in_sync"}, {"oar": "create"})


def test_another_folder_of_descriptions_shows_what_its_files_say(main):
    main.repo.committed({"texts/reef.md": "Other\n"})
    main.repo.git("branch", "--force", "main")
    write_config(main, {"descriptions": "texts"})
    online, offline = preview(main)
    assert offline == online == {"reef": "update", "model_hero": "retired", "oar": "retired"}


def test_deletions_that_become_allowed_are_shown_and_counted(main):
    for number in range(6):
        main.commit({f"old{number}.md": f"Old {number}\n"})
        main.remove(f"old{number}.md")
    main.repo.git("branch", "--force", "main")
    main.remote(THERE | {f"old{number}": f"Old {number}\n" for number in range(6)})
    write_config(main, prune=True)
    for plan in (main.plan("--since", "main"), main.plan("--since", "main", "--offline")):
        assert set(plan.states.values()) == {"delete"}
        assert len(plan.states) == 7
        assert "mass_delete" in {each["rule"] for each in plan.json["violations"]}
        assert any("prune: true (it was false)" in note for note in plan.json["notes"])


def test_drift_that_will_be_overwritten_is_shown(main):
    main.store.write_text("oar", "Edited in the web\n")
    assert preview(main) == ({}, {})
    write_config(main, on_drift="overwrite")
    plan = main.plan("--since", "main")
    assert plan.states["oar"] == "drift"
    assert plan.change("oar")["policy"] == "overwrite"
    note = "on_drift: overwrite (it was block)"
    assert any(note in each for each in plan.json["notes"])
    assert any(note in each for each in main.plan("--since", "main", "--offline").json["notes"])


def test_another_server_is_previewed_as_a_whole_and_so_is_a_new_target(main):
    write_config(main, base_url="http://127.0.0.1:9/v1")
    created = dict.fromkeys(["reef", "model_hero", "oar"], "create")
    assert main.plan("--since", "main", "--offline").states == created
    config = yaml.safe_load((main.repo.path / "config.yaml").read_text())
    config["targets"]["staging"] = config["targets"]["production"]
    main.repo.committed({"config.yaml": yaml.safe_dump(config)})
    offline = main.plan("--since", "main", "--offline", "--target", "staging").states
    assert offline == created


def test_a_project_id_that_is_added_is_no_other_project(main):
    write_config(main, project_id="proj_saltlight")
    assert main.plan("--since", "main", "--offline").states == {}


def test_a_limit_that_changes_is_told(main):
    write_config(main, {"limits": {"max_change_percent": 100}})
    notes = main.plan("--since", "main", "--offline").json["notes"]
    assert any("limits.max_change_percent: 100 (it was 30)" in note for note in notes)


@pytest.mark.parametrize(
    ("config", "target", "note"),
    [
        pytest.param({"snapshots": {"push": "a"}}, {}, "snapshots.push: a", id="for all targets"),
        pytest.param({}, {"snapshots": {"push": "a"}}, "snapshots.push: a", id="for this target"),
        pytest.param(
            {},
            {"credentials": {"api_key_env": "OTHER_KEY"}},
            "credentials.api_key_env: OTHER_KEY (it was SCENARIO_SDK_API_KEY)",
            id="another key",
        ),
    ],
)
def test_another_place_for_snapshots_and_another_key_are_told(main, config, target, note):
    main.repo.git("remote", "add", "a", "a.git")
    write_config(main, config, **target)
    plan = main.plan("--since", "main", "--offline").json
    assert plan["changes"] == []
    told = [each for each in plan["notes"] if "the config says" in each]
    assert len(told) == 1
    assert note in told[0]


# --- the guard -----------------------------------------------------------------------------------


@pytest.fixture
def fresh(studio):
    studio.remote({"reef": None})
    studio.commit({"reef.md": "Reef\n"})
    return studio


def is_refused(studio: Studio) -> bool:
    """Tell if apply refuses everything because something is not committed, and writes nothing."""
    rules = [each["rule"] for each in studio.plan().json["violations"]]
    code = studio.apply().code
    assert (code, studio.texts) in ((5, {}), (0, {"reef": "Reef\n"}), (0, {"reef": "Edited\n"}))
    assert (code == 5) == (rules == ["dirty_folder"])
    return code == 5


def test_a_config_that_is_not_committed_needs_consent(fresh):
    config = fresh.repo.path / "config.yaml"
    config.write_text(f"{config.read_text()}\n# edited\n")
    assert is_refused(fresh)
    assert fresh.apply("--allow-dirty").code == 0


@pytest.mark.parametrize("staged", [False, True])
def test_a_config_that_git_does_not_track_needs_consent_unless_git_ignores_it(fresh, staged):
    fresh.repo.git("rm", "--quiet", "--cached", "config.yaml")
    fresh.repo.git("commit", "--quiet", "--message", "Track it no more")
    if staged:
        fresh.repo.git("add", "config.yaml")
    assert is_refused(fresh)
    fresh.repo.git("rm", "--quiet", "--cached", "--ignore-unmatch", "config.yaml")
    fresh.repo.committed({".gitignore": "config.yaml\n"})
    assert not is_refused(fresh)


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
@pytest.mark.parametrize("path", ["descriptions/reef.md", "config.yaml"])
def test_changes_that_git_status_does_not_tell_are_found(fresh, flag, path):
    fresh.repo.git("update-index", flag, path)
    file = fresh.repo.path / path
    file.write_text("Edited\n" if path.endswith(".md") else f"{file.read_text()}\n# edited\n")
    assert fresh.repo.git("status", "--porcelain") == ""
    assert is_refused(fresh)


def test_a_file_that_was_removed_behind_the_back_of_git_status_is_found(fresh):
    fresh.configure(prune=True)
    fresh.commit({"oar.md": "Oar\n"})
    fresh.remote({"reef": None, "oar": "Oar\n"})
    fresh.repo.git("update-index", "--assume-unchanged", "descriptions/oar.md")
    (fresh.repo.path / "descriptions/oar.md").unlink()
    assert fresh.apply().code == 5
    assert fresh.texts == {"oar": "Oar\n"}


def test_what_git_converts_on_checkout_is_no_change(fresh):
    fresh.repo.git("config", "core.autocrlf", "true")
    for path in ("descriptions/reef.md", "config.yaml"):
        (fresh.repo.path / path).unlink()
        fresh.repo.git("checkout", "--quiet", "--", path)
        assert b"\r\n" in (fresh.repo.path / path).read_bytes()
    assert not is_refused(fresh)


def test_a_saved_plan_is_guarded_in_the_same_way(fresh):
    fresh.plan("--out", "plan.json")
    fresh.repo.git("update-index", "--assume-unchanged", "config.yaml")
    with (fresh.repo.path / "config.yaml").open("a") as file:
        file.write("# edited\n")
    assert fresh.apply("--plan", "plan.json").code == 5
    assert fresh.texts == {}


# --- --commit ------------------------------------------------------------------------------------


def test_an_older_commit_is_read_by_its_own_config(studio):
    studio.configure(config={"descriptions": "texts", "exclude": ["old"]}, **BEFORE)
    studio.repo.committed(
        {
            "texts/reef.md": "Reef with {asset:@cover}\n",
            "texts/hero.md": "Hero\n",
            "texts/old/oar.md": "Oar\n",
        }
    )
    studio.repo.git("mv", "texts", "descriptions")
    studio.configure(models={"hero": "other_hero"}, assets={"cover": "asset_two"})
    studio.commit()
    studio.remote(dict.fromkeys(THERE))
    assert studio.apply("--commit", "HEAD~1").results == {
        "reef": "applied",
        "model_hero": "applied",
    }
    assert studio.texts == {"reef": THERE["reef"], "model_hero": "Hero\n"}


def test_an_older_commit_is_sent_to_the_server_of_today(studio):
    studio.configure(base_url="http://127.0.0.1:9/v1")
    studio.commit({"reef.md": "Reef\n"})
    studio.configure()
    studio.commit()
    studio.remote({"reef": None})
    assert studio.apply("--commit", "HEAD~1").results == {"reef": "applied"}


def test_an_older_commit_with_a_faulty_config_is_refused(studio):
    studio.repo.committed({"config.yaml": "version: 7\n", "descriptions/reef.md": "Reef\n"})
    studio.configure()
    studio.commit()
    studio.remote({"reef": None})
    ran = studio.apply("--commit", "HEAD~1")
    assert ran.code == 2
    assert "config.yaml at " in ran.err
    assert studio.texts == {}


def test_a_target_that_an_older_commit_does_not_know_is_told(studio):
    studio.write({"reef.md": "Reef\n"})
    studio.repo.git("add", "descriptions")
    studio.repo.git("commit", "--quiet", "--message", "Without a config")
    studio.commit()
    studio.remote({"reef": None})
    plan = studio.plan("--commit", "HEAD~1")
    assert plan.states == {"reef": "create"}
    assert any("has no config" in note for note in plan.json["notes"])
