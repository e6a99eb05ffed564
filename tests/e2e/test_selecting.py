"""Which descriptions a command is about: paths, models, revisions, targets."""

import contextlib

import pytest
from studio import REF

TREE = {
    "hero.md": "Hero\n",
    "props/lantern.md": "Lantern\n",
    "props/oar.md": "Oar\n",
    "worlds/reef.md": "Reef\n",
}
MODELS = {"hero": None, "lantern": None, "oar": None, "reef": None}


@pytest.fixture
def project(studio):
    """Four descriptions in two commits, none of them deployed."""
    studio.remote(MODELS)
    studio.commit({path: text for path, text in TREE.items() if path != "worlds/reef.md"})
    studio.repo.git("tag", "v1")
    studio.commit({"worlds/reef.md": TREE["worlds/reef.md"]})
    return studio


@pytest.mark.parametrize(
    ("words", "models"),
    [
        pytest.param([], {"hero", "lantern", "oar", "reef"}, id="nothing said"),
        pytest.param(["descriptions/hero.md"], {"hero"}, id="a file"),
        pytest.param(["hero.md"], {"hero"}, id="a file, as reports name it"),
        pytest.param(["descriptions/props/"], {"lantern", "oar"}, id="a folder"),
        pytest.param(["props", "worlds"], {"lantern", "oar", "reef"}, id="two folders"),
        pytest.param(["--model", "hero", "--model", "oar"], {"hero", "oar"}, id="models"),
        pytest.param(["props", "--model", "oar"], {"oar"}, id="a model within a folder"),
        pytest.param(["--since", "v1"], {"reef"}, id="changed since a tag"),
        pytest.param(["--commit", "v1"], {"hero", "lantern", "oar"}, id="a commit"),
        pytest.param(["--commit", "v1", "props"], {"lantern", "oar"}, id="a commit's folder"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_only_the_selected_are_looked_at(project, command, words, models):
    ran = project.apply(*words) if command == "apply" else project.plan(*words)
    written = len(models) if command == "apply" else 0
    assert ran.code == 0
    assert set(ran.results if command == "apply" else ran.states) == models
    # A text is read for the plan, and again just before it is written.
    reads = len(models) + written
    assert project.requests == {"GET": reads} | ({"PUT": written} if written else {})
    assert len(project.texts) == written


def test_paths_are_taken_from_where_the_user_stands(project):
    with contextlib.chdir(project.repo.path / "descriptions" / "props"):
        root, project.repo = (
            project.repo,
            type(project.repo)(project.repo.path / "descriptions/props"),
        )
        assert set(project.plan("lantern.md").states) == {"lantern"}
        assert set(project.plan(".").states) == {"lantern", "oar"}
        assert set(project.plan("../hero.md").states) == {"hero"}
        assert set(project.plan("..").states) == {"hero", "lantern", "oar", "reef"}
        assert set(project.plan("../..").states) == {"hero", "lantern", "oar", "reef"}
        project.repo = root


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(
            ["props/lamp.md"],
            "error: props/lamp.md does not exist\nCheck the spelling.\n",
            id="a path",
        ),
        pytest.param(
            ["props/oars.md"],
            'error: props/oars.md does not exist. Did you mean "props/oar.md"?\n'
            "Check the spelling.\n",
            id="a path with a typo",
        ),
        pytest.param(
            ["--model", "heros"],
            'error: no description is about the model heros. Did you mean "hero"?\n',
            id="a model",
        ),
        pytest.param(
            ["--model", "./descriptions/hero.md"],
            "error: no description is about the model ./descriptions/hero.md\n"
            "hero.md is the file of hero: pass --model hero\n",
            id="a path in place of a model",
        ),
        pytest.param(
            ["--target", "prodution"],
            'error: config.yaml has no target "prodution". Did you mean "production"?\n'
            "Its targets: production.\n",
            id="a target",
        ),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_name_that_is_not_there_is_told_with_what_may_be_meant(project, command, words, message):
    ran = project.sync(command, *words)
    assert (ran.code, ran.out, ran.err) == (2, "", message)
    assert project.requests == {}


def test_a_revision_that_is_not_there_is_told(project):
    for option in ("--since", "--commit"):
        ran = project.sync("plan", option, "v9")
        assert (ran.code, ran.out) == (2, "")
        assert '"v9" is not a commit of' in ran.err
        assert "git fetch" in ran.err


def test_the_texts_are_those_of_the_commit_and_not_of_the_disk(project):
    project.write({"hero.md": "Not committed\n"})
    plan = project.plan("--commit", "HEAD", "--model", "hero")
    assert plan.json["source"] == {
        "kind": "commit",
        "commit": project.repo.head(),
        "dirty": False,
        "label": None,
    }
    assert plan.change("hero")["after"] == "Hero\n"
    assert project.apply("--commit", "HEAD", "--model", "hero").code == 0
    assert project.texts == {"hero": "Hero\n"}


def test_models_without_a_file_are_listed_when_asked_for(studio):
    studio.remote({"hero": "Hero\n", "other": "Written elsewhere\n", "empty": None})
    studio.commit({"hero.md": "Hero\n"})
    assert studio.plan().states == {"hero": "in_sync"}
    plan = studio.plan("--unmanaged", "--exit-code")
    assert plan.states == {"hero": "in_sync", "other": "unmanaged"}
    assert plan.code == 0


def test_files_that_git_does_not_track_are_named_and_left_out(project):
    project.write({"props/new.md": "New\n"})
    plan = project.plan()
    assert "new" not in plan.states
    assert plan.json["notes"] == [
        "not tracked by git, so left out: descriptions/props/new.md (`git add` them)"
    ]


# --- targets -------------------------------------------------------------------------------------


def test_a_file_may_name_a_model_for_each_target(studio):
    studio.remote({"model_live": None, "model_test": None, "lantern": None})
    live, test = (
        {"base_url": studio.url, "requests_per_minute": 0, "project_id": id_} for id_ in "lt"
    )
    live["models"] = {"lamp": "lantern"}
    studio.configure(config={"targets": {"live": live, "test": test}})
    studio.commit(
        {
            "hero.md": "---\nmodels: {live: model_live, test: model_test}\n---\nHero\n",
            "lamp.md": "---\nmodels: {live: lamp}\n---\nLantern {model:@lamp}\n",
        }
    )
    assert studio.sync("plan").code == 2
    assert studio.plan("--target", "test").states == {"model_test": "create"}
    both = studio.plan("--target", "live", "--target", "test")
    assert [plan["target"]["name"] for plan in both.json["targets"]] == ["live", "test"]
    assert studio.apply("--target", "live").code == 0
    assert studio.texts == {"model_live": "Hero\n", "lantern": "Lantern {model:lantern}\n"}


def test_one_target_that_fails_does_not_keep_the_others(studio, monkeypatch):
    monkeypatch.delenv("OTHER_KEY", raising=False)
    studio.remote({"hero": None})
    good = {"base_url": studio.url, "requests_per_minute": 0}
    bad = {**good, "credentials": {"api_key_env": "OTHER_KEY"}}
    studio.configure(config={"targets": {"good": good, "bad": bad}})
    studio.commit({"hero.md": "Hero\n"})
    ran = studio.apply("--target", "good", "--target", "bad")
    assert ran.code == 2
    good, bad = ran.json["targets"]
    assert [each["result"] for each in good["outcomes"]] == ["applied"]
    assert (bad["kind"], bad["target"], bad["exit_code"]) == ("failure", {"name": "bad"}, 2)
    assert ran.err.startswith('bad: error: target "bad" has no credentials: OTHER_KEY')


@pytest.mark.parametrize("place", ["before", "after"])
def test_global_options_stand_on_either_side_of_the_command(project, place):
    project.repo.git("mv", "config.yaml", "other.yaml")
    words = ["--config", "other.yaml", "--target", "production", "-q", "--color", "never"]
    command = ["plan", "--format", "json"]
    ran = project.sync(*(words + command if place == "before" else command + words))
    assert (ran.code, set(ran.states)) == (0, set(MODELS))


def test_the_config_is_found_from_a_folder_below(project):
    project.repo.path.joinpath("art").mkdir()
    root, project.repo = project.repo, type(project.repo)(project.repo.path / "art")
    assert project.plan().code == 0
    project.repo = root


# --- status --------------------------------------------------------------------------------------


def test_status_tells_which_commit_a_text_is_at_and_how_far_behind(studio):
    first = studio.commit({"hero.md": "One\n", "reef.md": "Reef\n"})
    studio.commit({"hero.md": "Two\n"})
    studio.commit({"hero.md": "Three\n"})
    studio.remote({"hero": "One\n", "reef": "Reef\n"})
    ran = studio.sync("status", "--format", "json")
    deployed = {each["model"]: each["deployed"] for each in ran.json["changes"]}
    assert deployed == {
        "hero": {"commit": first, "versions_behind": 2},
        "reef": {"commit": first, "versions_behind": 0},
    }
    text = studio.sync("status").out
    assert first[:7] in text
    assert "2 versions behind" in text


def test_a_target_that_no_file_is_for_is_told(studio):
    studio.commit({"hero.md": "---\nmodels: {staging: hero}\n---\nHero\n"})
    ran = studio.plan()
    assert (ran.code, ran.out) == (2, "")
    assert "no description in descriptions/ is for the target production" in ran.err


def test_what_a_run_deleted_and_somebody_put_back_is_told_where_it_is_asked_for(studio):
    studio.configure(prune=True)
    studio.remote({"hero": "Hero\n", "reef": "Reef\n"})
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    studio.remove("reef.md")
    assert studio.apply().results["reef"] == "applied"
    studio.store.write_text("reef", "Reef\n")
    assert studio.plan().states == {"hero": "in_sync"}
    plan = studio.plan("--unmanaged")
    assert plan.states == {"hero": "in_sync", "reef": "unmanaged"}
    (note,) = plan.change("reef")["notes"]
    assert note == "the last run recorded here for this model deleted its text"


@pytest.mark.parametrize("recorded", ["nothing", "another write", "in another clone"])
def test_what_no_run_recorded_here_has_deleted_last_is_not_said_to_be_deleted(studio, recorded):
    studio.configure(prune=True)
    studio.remote({"hero": "Hero\n", "reef": "Reef\n"})
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    studio.remove("reef.md")
    if recorded != "nothing":
        assert studio.apply().results["reef"] == "applied"
    if recorded == "another write":
        studio.commit({"reef.md": "Again\n"})
        assert studio.apply().results["reef"] == "applied"
        studio.remove("reef.md")
    if recorded == "in another clone":
        studio.repo.git("update-ref", "-d", REF)
    studio.store.write_text("reef", "By hand\n")
    plan = studio.plan("--unmanaged")
    assert plan.states["reef"] in {"drift", "unmanaged"}
    assert "deleted its text" not in plan.out


@pytest.fixture
def twins(studio):
    """A hero that two files are about since a branch began, and an oar that is left alone."""
    studio.remote({"hero": "Hero\n", "oar": "Oar\n"})
    studio.commit({"hero.md": "Hero\n", "oar.md": "Oar\n"})
    studio.repo.git("tag", "base")
    studio.commit({"other.md": "---\nmodel: hero\n---\nAnother hero\n"})
    return studio


@pytest.mark.parametrize(
    "words",
    [["--model", "hero"], ["hero.md"], ["--since", "base"], ["--since", "base", "other.md"]],
)
def test_a_model_that_an_unselected_file_names_too_is_told(twins, words):
    ran = twins.plan(*words)
    assert (ran.code, ran.states) == (4, {"hero": "invalid"})
    assert twins.requests == {}


def test_a_file_that_is_alone_with_its_model_again_is_a_change_of_the_branch(twins):
    twins.repo.git("tag", "both")
    twins.remove("other.md")
    assert twins.plan("--since", "both").states == {"hero": "in_sync"}


def test_a_faulty_file_that_is_not_selected_keeps_deletions_away(studio):
    studio.configure(prune=True)
    studio.remote({"hero": "Hero\n", "reef": "Reef\n"})
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    studio.repo.git("tag", "base")
    studio.remove("reef.md")
    assert studio.plan("--since", "base").states == {"reef": "delete"}
    studio.commit({"hero.md": "<<<<<<< ours\nHero\n=======\nMore\n>>>>>>> theirs\n"})
    assert studio.plan("--model", "reef").states == {"reef": "retired"}


def test_a_file_that_git_converts_otherwise_by_now_is_a_change_of_the_branch(studio):
    studio.repo.git("config", "filter.shout.smudge", "tr a-z A-Z")
    studio.remote({"hero": "HERO\n"})
    (studio.repo.path / ".gitattributes").write_text("*.md filter=shout\n")
    studio.repo.git("add", ".gitattributes")
    studio.commit({"hero.md": "Hero\n"})
    studio.repo.git("tag", "base")
    assert studio.plan("--commit", "HEAD", "--since", "base").states == {}
    studio.repo.git("rm", "--quiet", ".gitattributes")
    studio.commit()
    assert set(studio.plan("--commit", "HEAD", "--since", "base").states) == {"hero"}
