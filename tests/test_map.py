import pytest
import yaml
from two_targets import Studio

from sync.decisions.copy import ModelPair
from sync.decisions.map import (
    MissingCounterpart,
    ModelMap,
    ModelMatch,
    RemoteModel,
    TargetModels,
    UnmatchedModel,
    match_models,
)
from sync.descriptions.aliases import Aliases
from sync.reports.formats.json import render_json
from sync.reports.formats.text import render_text
from sync.reports.map import build_map_report

LORA = "flux.1-lora"


def as_text(found):
    return render_text(build_map_report(found), color=False, width=100)


def model(name, text=None, *, type_=LORA):
    return {"name": name, "type": type_, "description": text}


@pytest.fixture
def studio(tmp_path, monkeypatch, capsys):
    studio = Studio.create(tmp_path / "studio", monkeypatch, capsys)
    studio.configure(staging={"models": {"hero": "s_hero"}}, production={})
    studio.repo.commit()
    studio.seed(
        "staging",
        models={
            "s_hero": model("Maren", "{asset:s_logo} {model:s_reef}"),
            "s_reef": model("Shallow Reef", "{asset:s_logo} {asset:s_icon} {model:flux.1-dev}"),
            "s_draft": model("Draft"),
            "flux.1-dev": {"name": "Flux", "privacy": "public"},
        },
        assets=("s_logo", "s_icon"),
    )
    studio.seed(
        "production",
        models={
            "p_hero": model("maren "),
            "p_reef": model("Shallow  reef"),
            "flux.1-dev": {"name": "Flux", "privacy": "public"},
        },
        assets=("s_icon",),
    )
    return studio


# --- the command ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report_format", "start"),
    [("markdown", "<!-- description-sync:map-"), ("html", "<!doctype html>")],
)
def test_a_map_is_told_in_every_format(studio, report_format, start):
    answer = studio.run("map", "staging", "production", "--format", report_format)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(start)
    assert "shallow-reef: s_reef" in answer.out


def test_proposes_lines_and_says_what_is_left_to_a_person(studio):
    answer = studio.run("map", "staging", "production")
    assert answer.code == 0
    assert (
        answer.out
        == """\
staging → production · 0 models already mapped, 2 more found by name and type

  + hero          s_hero  p_hero  Maren (flux.1-lora)
  + shallow-reef  s_reef  p_reef  Shallow Reef (flux.1-lora)

Add to config.yaml:

targets:
  staging:
    models:
      shallow-reef: s_reef
  production:
    models:
      hero: p_hero
      shallow-reef: p_reef

  ! staging  s_draft  Draft (flux.1-lora)  has no counterpart

Texts of staging refer to assets or models that production does not have. Upload them there and add
a name for each to both targets in config.yaml:

  ! asset  s_logo  in s_hero, s_reef
"""
    )


def test_what_was_pasted_is_not_asked_again_and_makes_the_copy_work(studio):
    config = yaml.safe_load((studio.repo.path / "config.yaml").read_text())
    lines = yaml.safe_load(
        studio.run("map", "staging", "production", "--format", "json").json["config"]
    )
    for target, section in lines["targets"].items():
        config["targets"][target].setdefault("models", {}).update(section["models"])
    config["targets"]["staging"]["assets"] = {"logo": "s_logo"}
    config["targets"]["production"]["assets"] = {"logo": "s_icon"}
    studio.configure(**config["targets"])
    answer = studio.run("map", "staging", "production", "--format", "json").json
    assert (answer["settled"], answer["matches"], answer["config"]) == (2, [], "")
    assert answer["missing"] == []


def test_the_targets_may_be_options_and_nothing_is_written(studio):
    before = (studio.repo.git("status", "--porcelain"), studio.texts("production"))
    answer = studio.run("map", "--target", "staging", "--target", "production", "--format", "json")
    assert [match["name"] for match in answer.json["matches"]] == ["hero", "shallow-reef"]
    assert (studio.repo.git("status", "--porcelain"), studio.texts("production")) == before


def test_models_that_a_file_pairs_need_no_name(studio):
    studio.configure(staging={}, production={})
    studio.repo.committed(
        {"descriptions/hero.md": "---\nmodels: {staging: s_hero, production: p_hero}\n---\nx\n"}
    )
    answer = studio.run("map", "staging", "production", "--format", "json").json
    assert answer["settled"] == 1
    assert [match["name"] for match in answer["matches"]] == ["shallow-reef"]


def test_a_file_of_one_target_does_not_stand_in_the_way(studio):
    studio.repo.committed(
        {"descriptions/hero.md": "x\n", "descriptions/reef.md": "---\nmodel: s_reef\n---\nx\n"}
    )
    answer = studio.run("map", "staging", "production", "--format", "json").json
    assert [match["name"] for match in answer["matches"]] == ["hero", "shallow-reef"]


@pytest.mark.parametrize("names", [[], ["staging"], ["staging", "staging"]])
def test_a_map_is_of_two_targets(studio, names):
    answer = studio.run("map", *names)
    assert (answer.code, answer.err) == (
        2,
        "error: a map needs two targets\ndescription-sync map staging production\n",
    )


# --- matching ------------------------------------------------------------------------------------


def listed(id_, name, type_=LORA):
    return RemoteModel(id_, name, type_)


def found(theirs, ours, *, models=({}, {}), paired=()):
    source, target = (
        TargetModels(Aliases(target, names), side)
        for target, names, side in zip("ab", models, (theirs, ours), strict=True)
    )
    result = match_models(source, target, paired=paired)
    return result.matches, result.singles


BOTH = ("a", "b")
HERO, HERO_THERE = listed("s", "Hero"), listed("p", "Hero")


@pytest.mark.parametrize(
    ("theirs", "ours", "settings", "expected"),
    [
        pytest.param(
            [HERO],
            [HERO_THERE],
            {},
            ((ModelMatch("hero", HERO, HERO_THERE, BOTH),), ()),
            id="alike",
        ),
        pytest.param(
            [HERO],
            [HERO_THERE, listed("p2", "hero")],
            {},
            (
                (),
                (
                    UnmatchedModel("a", HERO, "several", (HERO_THERE, listed("p2", "hero"))),
                    UnmatchedModel("b", HERO_THERE, "several", (HERO,)),
                    UnmatchedModel("b", listed("p2", "hero"), "several", (HERO,)),
                ),
            ),
            id="several",
        ),
        pytest.param(
            [HERO],
            [HERO_THERE, listed("p2", "hero")],
            {"models": ({"x": "s0"}, {"x": "p2"}), "paired": [ModelPair("s0", "p2")]},
            ((ModelMatch("hero", HERO, HERO_THERE, BOTH),), ()),
            id="several, of which one is known",
        ),
        pytest.param(
            [HERO],
            [listed("p", "Hero", "sd-xl-lora")],
            {},
            (
                (),
                (
                    UnmatchedModel("a", HERO, "other_type", (listed("p", "Hero", "sd-xl-lora"),)),
                    UnmatchedModel("b", listed("p", "Hero", "sd-xl-lora"), "other_type", (HERO,)),
                ),
            ),
            id="another type",
        ),
        pytest.param(
            [listed("s", "")],
            [listed("p", "")],
            {},
            (
                (),
                (
                    UnmatchedModel("a", listed("s", ""), "nameless"),
                    UnmatchedModel("b", listed("p", ""), "nameless"),
                ),
            ),
            id="no names",
        ),
        pytest.param(
            [HERO], [listed("s", "Hero")], {}, ((), ()), id="one id on both sides is one model"
        ),
        pytest.param(
            [HERO],
            [HERO_THERE],
            {"models": ({}, {"maren": "p"})},
            ((ModelMatch("maren", HERO, HERO_THERE, ("a",)),), ()),
            id="the name that the other one gives",
        ),
        pytest.param(
            [HERO],
            [HERO_THERE],
            {"models": ({"hero": "else"}, {"hero-2": "else"})},
            ((ModelMatch("hero-3", HERO, HERO_THERE, BOTH),), ()),
            id="names that are taken",
        ),
        pytest.param(
            [HERO, listed("hero", "Other")],
            [HERO_THERE],
            {},
            (
                (ModelMatch("hero-2", HERO, HERO_THERE, BOTH),),
                (UnmatchedModel("a", listed("hero", "Other"), "none"),),
            ),
            id="a name that is an id already",
        ),
        pytest.param(
            [listed("s", "海の灯台")],
            [listed("p", "海の灯台")],
            {},
            ((ModelMatch("海の灯台", listed("s", "海の灯台"), listed("p", "海の灯台"), BOTH),), ()),
            id="another script",
        ),
        pytest.param(
            [listed("s", "!!!")],
            [listed("p", "!!!")],
            {"models": ({}, {})},
            ((ModelMatch("s-2", listed("s", "!!!"), listed("p", "!!!"), BOTH),), ()),
            id="nothing that makes a name",
        ),
    ],
)
def test_what_matches(theirs, ours, settings, expected):
    assert found(theirs, ours, **settings) == expected


def test_the_report_says_why_a_model_is_left_to_a_person():
    theirs = [listed("s1", "Twin"), listed("s2", "Alone"), listed("s3", "")]
    ours = [listed("p1", "Twin"), listed("p2", "Twin"), listed("p3", "Alone", "sd-xl-lora")]
    _, singles = found(theirs, ours)
    assert (
        as_text(ModelMap("a", "b", 1, (), singles))
        == """\
a → b · 1 model already mapped, 0 more found by name and type

  ! a  s3  (flux.1-lora)        has no name to find it by
  ! a  s2  Alone (flux.1-lora)  possible match: p3, but its type is sd-xl-lora
  ! b  p3  Alone (sd-xl-lora)   possible match: s2, but its type is flux.1-lora
  ! a  s1  Twin (flux.1-lora)   possible matches: p1 or p2; name the right one in config.yaml
  ! b  p1  Twin (flux.1-lora)   possible matches: s1; name the right one in config.yaml
  ! b  p2  Twin (flux.1-lora)   possible matches: s1; name the right one in config.yaml
"""
    )


def test_what_servers_say_is_inert_in_the_report():
    hostile = listed("id\x1b[2J", "::error::\u202ename")
    report = as_text(
        ModelMap(
            "a",
            "b",
            1,
            (ModelMatch("yes", hostile, hostile, BOTH),),
            (UnmatchedModel("a", hostile, "several", (hostile,)),),
            (MissingCounterpart(("asset", "\x9b"), ("x\ny",)),),
        )
    )
    assert "\x1b" not in report
    assert "\u202e" not in report
    assert "      'yes': \"id\\e[2J\"" in report.splitlines()
    assert "  ! asset  \\x9b  in x\\ny" in report.splitlines()


def test_the_lines_to_paste_mean_what_they_say():
    odd = listed("null", "on")
    match = ModelMatch("on", odd, odd, BOTH)
    document = yaml.safe_load(render_json([ModelMap("a", "b", 0, (match,), ())]))
    assert yaml.safe_load(document["config"]) == {
        "targets": {"a": {"models": {"on": "null"}}, "b": {"models": {"on": "null"}}}
    }
