import pytest

HERO = "# Maren\n\n{asset:@logo} beside {model:@reef}.\n"
FIRST = HERO.replace("Maren", "Maren, the first")
RESOLVED = "# Maren\n\n{asset:asset_1} beside {model:model_reef}.\n"
NAMES = {"models": {"hero": "model_hero", "reef": "model_reef"}, "assets": {"logo": "asset_1"}}


@pytest.fixture
def projects(projects):
    projects.configure(production=NAMES)
    projects.repo.committed({"descriptions/hero.md": FIRST})
    projects.repo.committed({"descriptions/hero.md": HERO})
    projects.seed(
        "production",
        models={"model_hero": None, "model_reef": None},
        assets=("asset_1", "asset_2"),
    )
    return projects


def state(projects):
    (change,) = projects.run("plan", "--format", "json").json["changes"]
    return change["state"]


def test_a_text_is_written_with_the_ids_of_the_target(projects):
    assert projects.run("apply", "--yes").code == 0
    assert projects.texts("production") == {"model_hero": RESOLVED}
    assert state(projects) == "in_sync"


def test_history_knows_a_text_by_what_its_aliases_stand_for(projects):
    projects.write("production", "model_hero", RESOLVED.replace("Maren", "Maren, the first"))
    (change,) = projects.run("plan", "--format", "json").json["changes"]
    assert (change["state"], change["deployed"]["versions_behind"]) == ("update", 1)


def test_a_text_with_another_id_is_drift(projects):
    projects.write("production", "model_hero", RESOLVED.replace("asset_1", "asset_2"))
    assert state(projects) == "drift"


def test_another_id_for_an_alias_is_an_update_of_the_texts_that_use_it(projects):
    projects.run("apply", "--yes")
    projects.configure(production={**NAMES, "assets": {"logo": "asset_2"}})
    projects.repo.commit()
    assert state(projects) == "update"
    assert projects.run("apply", "--yes").code == 0
    assert projects.texts("production") == {"model_hero": RESOLVED.replace("asset_1", "asset_2")}


RETARGETED = {**NAMES, "assets": {"logo": "asset_2"}}


def in_a_clone_without_snapshots(projects):
    """As another machine has it: without what this one recorded of its runs."""
    projects.repo.git("update-ref", "-d", "refs/description-sync/production")
    return projects


def test_another_id_for_an_alias_is_no_drift_to_who_has_no_snapshots(projects):
    projects.repo.commit()
    projects.run("apply", "--yes")
    projects.configure(production={**NAMES, "colour": "faulty"})
    projects.repo.commit()
    projects.configure(production=RETARGETED)
    projects.repo.commit()
    assert state(in_a_clone_without_snapshots(projects)) == "update"


def test_an_id_that_no_alias_ever_stood_for_is_drift_all_the_same(projects):
    projects.repo.commit()
    projects.configure(production=RETARGETED)
    projects.repo.commit()
    projects.write("production", "model_hero", RESOLVED.replace("asset_1", "asset_3"))
    assert state(in_a_clone_without_snapshots(projects)) == "drift"


def test_a_merge_stays_known_when_an_alias_gets_another_id(projects):
    projects.repo.commit()
    projects.run("apply", "--yes")
    projects.write("production", "model_hero", RESOLVED.replace("# Maren", "# Maren, keeper"))
    projects.repo.committed({"descriptions/hero.md": HERO.replace("beside", "next to")})
    assert projects.run("pull").code == 0
    projects.repo.commit()
    projects.configure(production=RETARGETED)
    projects.repo.commit()
    assert state(projects) == "update"


def test_a_settled_conflict_stays_so_when_an_alias_gets_another_id(projects):
    projects.repo.commit()
    projects.run("apply", "--yes")
    projects.write("production", "model_hero", RESOLVED.replace("Maren", "The keeper"))
    projects.repo.committed({"descriptions/hero.md": HERO.replace("Maren", "The heroine")})
    assert projects.run("pull").code == 5
    projects.repo.committed({"descriptions/hero.md": HERO.replace("Maren", "The keeper, Maren")})
    projects.configure(production=RETARGETED)
    projects.repo.commit()
    assert state(projects) == "update"


def test_a_pulled_edit_keeps_the_aliases(projects):
    projects.run("apply", "--yes")
    projects.write("production", "model_hero", RESOLVED.replace("# Maren", "# Maren, keeper"))
    assert projects.run("pull").code == 0
    pulled = (projects.repo.path / "descriptions" / "hero.md").read_text()
    assert pulled == HERO.replace("# Maren", "# Maren, keeper")


def test_unknown_aliases_are_faults_with_line_and_column(projects):
    projects.repo.committed(
        {"descriptions/hero.md": "---\nmodel: hero\n---\nÄ {asset:@lgo}\n\n{model:@wreck}\n"}
    )
    (change,) = projects.run("plan", "--format", "json").json["changes"]
    asset, model = change["notes"]
    assert change["state"] == "invalid"
    assert asset == (
        'descriptions/hero.md:4:3: "lgo" is not one of the assets of target "production". '
        'Did you mean "logo"?'
    )
    assert model == (
        'descriptions/hero.md:6:1: "wreck" is not one of the models of target "production"; '
        "name it in config.yaml"
    )
