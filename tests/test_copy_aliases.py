import pytest
from two_targets import Studio

HERO = "# Maren\n\n{asset:@logo} beside {model:@reef}.\n"
FIRST = HERO.replace("Maren", "Maren, the first")
RESOLVED = "# Maren\n\n{asset:asset_1} beside {model:model_reef}.\n"
NAMES = {"models": {"hero": "model_hero", "reef": "model_reef"}, "assets": {"logo": "asset_1"}}


@pytest.fixture
def studio(tmp_path, monkeypatch, capsys):
    studio = Studio.create(tmp_path / "studio", monkeypatch, capsys)
    studio.configure(production=NAMES)
    studio.repo.committed({"descriptions/hero.md": FIRST})
    studio.repo.committed({"descriptions/hero.md": HERO})
    studio.seed(
        "production",
        models={"model_hero": None, "model_reef": None},
        assets=("asset_1", "asset_2"),
    )
    return studio


def state(studio):
    (change,) = studio.run("plan", "--format", "json").json["changes"]
    return change["state"]


def test_a_text_is_written_with_the_ids_of_the_target(studio):
    assert studio.run("apply", "--yes").code == 0
    assert studio.texts("production") == {"model_hero": RESOLVED}
    assert state(studio) == "in_sync"


def test_history_knows_a_text_by_what_its_aliases_stand_for(studio):
    studio.write("production", "model_hero", RESOLVED.replace("Maren", "Maren, the first"))
    (change,) = studio.run("plan", "--format", "json").json["changes"]
    assert (change["state"], change["deployed"]["versions_behind"]) == ("update", 1)


def test_a_text_with_another_id_is_drift(studio):
    studio.write("production", "model_hero", RESOLVED.replace("asset_1", "asset_2"))
    assert state(studio) == "drift"


def test_another_id_for_an_alias_is_an_update_of_the_texts_that_use_it(studio):
    studio.run("apply", "--yes")
    studio.configure(production={**NAMES, "assets": {"logo": "asset_2"}})
    studio.repo.commit()
    assert state(studio) == "update"
    assert studio.run("apply", "--yes").code == 0
    assert studio.texts("production") == {"model_hero": RESOLVED.replace("asset_1", "asset_2")}


RETARGETED = {**NAMES, "assets": {"logo": "asset_2"}}


def in_a_clone_without_snapshots(studio):
    """As another machine has it: without what this one recorded of its runs."""
    studio.repo.git("update-ref", "-d", "refs/description-sync/production")
    return studio


def test_another_id_for_an_alias_is_no_drift_to_who_has_no_snapshots(studio):
    studio.repo.commit()
    studio.run("apply", "--yes")
    studio.configure(production={**NAMES, "colour": "faulty"})
    studio.repo.commit()
    studio.configure(production=RETARGETED)
    studio.repo.commit()
    assert state(in_a_clone_without_snapshots(studio)) == "update"


def test_an_id_that_no_alias_ever_stood_for_is_drift_all_the_same(studio):
    studio.repo.commit()
    studio.configure(production=RETARGETED)
    studio.repo.commit()
    studio.write("production", "model_hero", RESOLVED.replace("asset_1", "asset_3"))
    assert state(in_a_clone_without_snapshots(studio)) == "drift"


def test_a_merge_stays_known_when_an_alias_gets_another_id(studio):
    studio.repo.commit()
    studio.run("apply", "--yes")
    studio.write("production", "model_hero", RESOLVED.replace("# Maren", "# Maren, keeper"))
    studio.repo.committed({"descriptions/hero.md": HERO.replace("beside", "next to")})
    assert studio.run("pull").code == 0
    studio.repo.commit()
    studio.configure(production=RETARGETED)
    studio.repo.commit()
    assert state(studio) == "update"


def test_a_settled_conflict_stays_so_when_an_alias_gets_another_id(studio):
    studio.repo.commit()
    studio.run("apply", "--yes")
    studio.write("production", "model_hero", RESOLVED.replace("Maren", "The keeper"))
    studio.repo.committed({"descriptions/hero.md": HERO.replace("Maren", "The heroine")})
    assert studio.run("pull").code == 5
    studio.repo.committed({"descriptions/hero.md": HERO.replace("Maren", "The keeper, Maren")})
    studio.configure(production=RETARGETED)
    studio.repo.commit()
    assert state(studio) == "update"


def test_a_pulled_edit_keeps_the_aliases(studio):
    studio.run("apply", "--yes")
    studio.write("production", "model_hero", RESOLVED.replace("# Maren", "# Maren, keeper"))
    assert studio.run("pull").code == 0
    pulled = (studio.repo.path / "descriptions" / "hero.md").read_text()
    assert pulled == HERO.replace("# Maren", "# Maren, keeper")


def test_unknown_aliases_are_faults_with_line_and_column(studio):
    studio.repo.committed(
        {"descriptions/hero.md": "---\nmodel: hero\n---\nÄ {asset:@lgo}\n\n{model:@wreck}\n"}
    )
    (change,) = studio.run("plan", "--format", "json").json["changes"]
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
