"""Models that files stop naming are retired or deleted, never forgotten; renames are explained."""

import pytest
from studio import Studio

LANTERN = "A brass lantern, hand-painted, for night scenes.\n\nIt burns whale oil.\n"


@pytest.fixture
def lantern(studio):
    """A project in sync whose one file names its model in the front matter."""
    studio.commit({"lantern.md": "---\nmodel: brass\n---\n" + LANTERN, "hero.md": "Hero\n"})
    studio.remote({"brass": LANTERN, "copper": None, "hero": "Hero\n"})
    return studio


def states(studio: Studio, *, prune: bool) -> dict[str, str]:
    studio.configure(prune=prune)
    studio.commit()
    return studio.plan().states


def other_model(studio: Studio) -> None:
    studio.commit({"lantern.md": "---\nmodel: copper\n---\n" + LANTERN})


def other_model_in_two_steps(studio: Studio) -> None:
    studio.commit({"lantern.md": "---\nmodel: hero\n---\n" + LANTERN})
    other_model(studio)


def other_model_by_a_merge(studio: Studio) -> None:
    studio.repo.git("switch", "--quiet", "--create", "side")
    other_model(studio)
    studio.repo.git("switch", "--quiet", "main")
    studio.commit({"hero.md": "Hero\n"})
    studio.repo.merge("side", "--no-ff")


def moved_to_a_new_file(studio: Studio) -> None:
    studio.remove("lantern.md")
    studio.commit({"copper.md": LANTERN})


@pytest.mark.parametrize(
    "happened",
    [other_model, other_model_in_two_steps, other_model_by_a_merge, moved_to_a_new_file],
)
def test_a_model_that_a_file_stopped_naming_is_retired_or_deleted(lantern, happened):
    happened(lantern)
    others = {"copper": "create", "hero": "in_sync"}
    assert states(lantern, prune=False) == {"brass": "retired", **others}
    assert states(lantern, prune=True) == {"brass": "delete", **others}
    assert lantern.apply().code == 0
    assert lantern.texts == {"copper": LANTERN, "hero": "Hero\n"}
    assert lantern.plan().states == {"copper": "in_sync", "hero": "in_sync"}


def test_a_model_that_lost_its_file_is_selected_by_the_file_that_named_it(lantern):
    other_model(lantern)
    assert lantern.plan("lantern.md").states == {"brass": "retired", "copper": "create"}
    assert lantern.plan("hero.md").states == {"hero": "in_sync"}
    assert lantern.plan("--model", "brass").states == {"brass": "retired"}


def test_an_edit_in_the_web_of_a_model_that_lost_its_file_is_not_deleted(lantern):
    other_model(lantern)
    lantern.store.write_text("brass", "Edited in the web\n")
    assert states(lantern, prune=True)["brass"] == "drift"
    lantern.apply("--on-drift", "overwrite", "--allow-mass-change")
    assert lantern.texts["brass"] == "Edited in the web\n"


# --- names that the config gives ------------------------------------------------------------------


@pytest.fixture
def aliased(studio):
    """A project whose file is named by an alias, and by another target in another way."""
    studio.configure(models={"lantern": "brass"})
    studio.commit({"lantern.md": LANTERN, "hero.md": "Hero\n"})
    studio.remote({"brass": LANTERN, "copper": None, "hero": "Hero\n", "lantern": None})
    return studio


def alias(studio: Studio, models: dict[str, str], *, prune: bool) -> dict[str, str]:
    studio.configure(models=models, prune=prune)
    studio.commit()
    return studio.plan().states


@pytest.mark.parametrize("prune", [False, True])
def test_an_alias_that_is_pointed_elsewhere_leaves_its_model(aliased, prune):
    state = "delete" if prune else "retired"
    found = alias(aliased, {"lantern": "copper"}, prune=prune)
    assert found == {"brass": state, "copper": "create", "hero": "in_sync"}
    assert alias(aliased, {}, prune=prune)["brass"] == state


@pytest.mark.parametrize("prune", [False, True])
def test_a_file_and_its_alias_that_are_removed_together_leave_their_model(aliased, prune):
    (aliased.repo.path / "descriptions/lantern.md").unlink()
    found = alias(aliased, {}, prune=prune)
    assert found == {"brass": "delete" if prune else "retired", "hero": "in_sync"}


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_name_of_the_table_that_is_pointed_elsewhere_leaves_each_model_that_it_named(
    studio, is_committed
):
    """The config names its table; an ignored config counts as it is now."""
    texts = {"brass": LANTERN, "copper": LANTERN, "iron": None, "hero": "Hero\n"}
    studio.remote(texts)
    studio.configure(config={"names": "names.yaml"})
    if not is_committed:
        studio.repo.write(".gitignore", "/config.yaml\n")
    files = {"lantern.md": LANTERN, "hero.md": "Hero\n"}
    for model in ("brass", "copper", "iron"):
        studio.repo.write("names.yaml", f"models: {{lantern: {{production: {model}}}}}\n")
        studio.commit(files)
    left = {"brass": "retired", "copper": "retired", "hero": "in_sync"}
    assert studio.plan().states == {**left, "iron": "create"}
    studio.repo.write("names.yaml", "")
    studio.commit()
    assert studio.plan().states == {**left, "iron": "retired", "lantern": "missing"}


def test_an_alias_changed_before_any_file_used_it_names_nothing(studio):
    studio.configure(models={"lantern": "typo"})
    studio.commit({"hero.md": "Hero\n"})
    studio.remote({"brass": None, "hero": "Hero\n", "typo": "Somebody's\n"})
    assert alias(studio, {"lantern": "brass"}, prune=True) == {"hero": "in_sync"}
    studio.commit({"lantern.md": LANTERN})
    assert studio.plan().states == {"brass": "create", "hero": "in_sync"}


def test_an_alias_that_changed_while_a_merge_brought_the_file_leaves_its_model(aliased):
    aliased.repo.git("switch", "--quiet", "--create", "side")
    aliased.commit({"oar.md": "---\nmodel: oar\n---\nOar\n"})
    aliased.repo.git("switch", "--quiet", "main")
    aliased.configure(models={"lantern": "brass", "oar": "old_oar"})
    aliased.commit()
    aliased.repo.merge("side", "--no-ff")
    found = alias(aliased, {"lantern": "brass", "oar": "new_oar"}, prune=False)
    assert found["old_oar"] == "retired"


def test_a_target_that_a_file_no_longer_names_loses_its_model(studio):
    head = "---\nmodels: {{{}}}\n---\nLantern\n"
    studio.commit({"lantern.md": head.format("production: brass, staging: copper")})
    studio.commit({"hero.md": "Hero\n"})
    studio.remote({"brass": "Lantern\n", "hero": "Hero\n"})
    studio.commit({"lantern.md": head.format("staging: copper")})
    assert states(studio, prune=False) == {"brass": "retired", "hero": "in_sync"}
    assert states(studio, prune=True) == {"brass": "delete", "hero": "in_sync"}


def test_files_that_stayed_in_a_former_folder_leave_their_models_alone(studio):
    studio.configure(config={"descriptions": "texts"})
    studio.repo.committed({"texts/reef.md": "Reef\n", "texts/oar.md": "Oar\n"})
    studio.remote({"reef": "Reef\n", "oar": "Oar\n", "hero": "Hero\n"})
    studio.repo.git("rm", "--quiet", "texts/oar.md")
    studio.configure(prune=True)
    studio.commit({"hero.md": "Hero\n"})
    assert studio.plan().states == {"hero": "in_sync", "oar": "delete", "reef": "retired"}


def test_models_of_another_project_were_never_described_in_this_one(studio):
    studio.configure(project_id="proj_a")
    studio.commit({"reef.md": "Reef\n", "hero.md": "Hero\n"})
    studio.remove("reef.md")
    studio.configure(project_id="proj_b", prune=True)
    studio.commit()
    assert studio.plan("--since", "HEAD", "--offline").states == {}


def test_a_file_with_faults_may_still_name_its_model(lantern):
    lantern.commit({"lantern.md": "---\nmodel: [\n---\nLantern\n"})
    assert states(lantern, prune=True) == {"": "invalid", "hero": "in_sync"}


def test_a_model_that_is_named_again_is_not_removed(lantern):
    other_model(lantern)
    lantern.commit({"brass.md": LANTERN})
    assert states(lantern, prune=True)["brass"] == "in_sync"


# --- renames --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [LANTERN, LANTERN.replace("brass", "copper") + "\nNew: a handle.\n"]
)
@pytest.mark.parametrize("prune", [False, True])
def test_a_file_renamed_to_an_unknown_model_is_explained_also_with_an_edit(studio, text, prune):
    studio.configure(prune=prune)
    studio.commit({"flux.1-dev.md": LANTERN, "hero.md": "Hero\n"})
    studio.remote({"flux.1-dev": LANTERN, "hero": "Hero\n"})
    studio.repo.git("mv", "descriptions/flux.1-dev.md", "descriptions/flux.md")
    studio.commit({"flux.md": text})
    plan = studio.plan()
    assert plan.states == {"flux": "missing", "flux.1-dev": "retired", "hero": "in_sync"}
    note = "looks like flux.1-dev.md renamed: add `model: flux.1-dev`"
    assert note in plan.change("flux")["notes"]
    studio.apply()
    assert studio.texts["flux.1-dev"] == LANTERN


def rename_to(studio, name, **remote):
    """Rename the one file about the lantern, and let Scenario have these texts."""
    studio.commit({"flux.1-dev.md": LANTERN, "hero.md": "Hero\n"})
    studio.remote({"flux.1-dev": LANTERN, "hero": "Hero\n", **remote})
    studio.repo.git("mv", "descriptions/flux.1-dev.md", f"descriptions/{name}.md")
    studio.commit()
    return studio.plan()


def test_a_file_renamed_to_a_model_that_exists_is_not_called_renamed(studio):
    assert "renamed" not in rename_to(studio, "lantern", lantern=None).out


def test_a_file_whose_front_matter_names_an_unknown_model_is_not_called_renamed(studio):
    studio.commit({"a.md": f"---\nmodel: lantern\n---\n{LANTERN}", "hero.md": "Hero\n"})
    studio.remote({"lantern": LANTERN, "hero": "Hero\n"})
    studio.commit({"a.md": f"---\nmodel: lantren\n---\n{LANTERN}"})
    plan = studio.plan()
    assert "this file named the model lantern before" in plan.change("lantren")["notes"]
    assert "renamed" not in plan.out


def test_nobody_can_tell_which_of_two_removed_files_with_one_text_was_renamed(studio):
    studio.commit({"other.md": LANTERN})
    studio.remove("other.md")
    assert "renamed" not in rename_to(studio, "lantern", other=LANTERN).out


def test_an_unknown_model_with_a_text_of_its_own_is_no_rename(studio):
    studio.commit({"reef.md": "Reef\n", "hero.md": "Hero\n"})
    studio.remote({"reef": "Reef\n", "hero": "Hero\n"})
    studio.remove("reef.md")
    studio.commit({"lantern.md": LANTERN})
    assert studio.plan().change("lantern")["notes"] == []
