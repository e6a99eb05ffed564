import pytest
import yaml

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
from sync.model.document import ReferenceTarget
from sync.reports.formats.json import render_json
from sync.reports.formats.text import render_text
from sync.reports.map import build_map_report

LORA = "flux.1-lora"


def as_text(found):
    return render_text(build_map_report(found), color=False, width=100)


def model(name, text=None, *, type_=LORA):
    return {"name": name, "type": type_, "description": text}


@pytest.fixture
def projects(projects):
    projects.configure(staging={"models": {"hero": "s_hero"}}, production={})
    projects.repo.commit()
    projects.seed(
        "staging",
        models={
            "s_hero": model("Maren", "{asset:s_logo} {model:s_reef}"),
            "s_reef": model("Shallow Reef", "{asset:s_logo} {asset:s_icon} {model:flux.1-dev}"),
            "s_draft": model("Draft"),
            "flux.1-dev": {"name": "Flux", "privacy": "public"},
        },
        assets=("s_logo", "s_icon"),
    )
    projects.seed(
        "production",
        models={
            "p_hero": model("maren "),
            "p_reef": model("Shallow  reef"),
            "flux.1-dev": {"name": "Flux", "privacy": "public"},
        },
        assets=("s_icon", "p_logo"),
    )
    return projects


# --- the command ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report_format", "start"),
    [("markdown", "<!-- description-sync:map-"), ("html", "<!doctype html>")],
)
def test_a_map_is_told_in_every_format(projects, report_format, start):
    answer = projects.run("map", "staging", "production", "--format", report_format)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(start)
    assert "shallow-reef" in answer.out
    assert "map staging production --write" in answer.out


def test_says_what_matched_what_is_left_to_a_person_and_the_next_command(projects):
    answer = projects.run("map", "staging", "production")
    assert answer.code == 0
    assert (
        answer.out
        == """\
staging → production · 2 matched · 1 model without a match · 1 asset missing in production

  + hero          s_hero  p_hero  Maren (flux.1-lora)
  + shallow-reef  s_reef  p_reef  Shallow Reef (flux.1-lora)

  ! staging  s_draft  Draft (flux.1-lora)  has no counterpart

Texts of staging refer to what production does not have:

  ! asset  s_logo  hero  image/png · 1.5 MB  in s_hero, s_reef

Name each model without a match in names.yaml or config.yaml, with its id in both targets.
To keep these names: `description-sync map staging production --write`
"""
    )


def test_what_was_pasted_is_not_asked_again_and_makes_the_copy_work(projects):
    config = yaml.safe_load((projects.repo.path / "config.yaml").read_text())
    lines = yaml.safe_load(
        projects.run("map", "staging", "production", "--format", "json").json["config"]
    )
    for target, section in lines["targets"].items():
        config["targets"][target].setdefault("models", {}).update(section["models"])
    config["targets"]["staging"]["assets"] = {"logo": "s_logo"}
    config["targets"]["production"]["assets"] = {"logo": "s_icon"}
    projects.configure(**config["targets"])
    answer = projects.run("map", "staging", "production", "--format", "json").json
    assert (answer["settled"], answer["matches"], answer["config"]) == (2, [], "")
    assert answer["missing"] == []


def test_the_targets_may_be_options_and_nothing_is_written(projects):
    before = (projects.repo.git("status", "--porcelain"), projects.texts("production"))
    answer = projects.run(
        "map", "--target", "staging", "--target", "production", "--format", "json"
    )
    assert [match["name"] for match in answer.json["matches"]] == ["hero", "shallow-reef"]
    assert (projects.repo.git("status", "--porcelain"), projects.texts("production")) == before


def test_models_that_a_file_pairs_need_no_name(projects):
    projects.configure(staging={}, production={})
    projects.repo.committed(
        {"descriptions/hero.md": "---\nmodels: {staging: s_hero, production: p_hero}\n---\nx\n"}
    )
    answer = projects.run("map", "staging", "production", "--format", "json").json
    assert answer["settled"] == 1
    assert [match["name"] for match in answer["matches"]] == ["shallow-reef"]


def test_a_file_of_one_target_does_not_stand_in_the_way(projects):
    projects.repo.committed(
        {"descriptions/hero.md": "x\n", "descriptions/reef.md": "---\nmodel: s_reef\n---\nx\n"}
    )
    answer = projects.run("map", "staging", "production", "--format", "json").json
    assert [match["name"] for match in answer["matches"]] == ["hero", "shallow-reef"]


@pytest.mark.parametrize("names", [[], ["staging"], ["staging", "staging"]])
def test_a_map_is_of_two_targets(projects, names):
    answer = projects.run("map", *names)
    assert (answer.code, answer.err) == (
        2,
        "error: map needs two targets\nFor example: description-sync map staging production\n",
    )


def test_files_that_were_changed_are_to_be_committed_also_while_assets_are_missing(projects):
    projects.repo.committed({"descriptions/s_reef.md": "{asset:s_logo}\n"})
    commit = "commit them: `git add config.yaml names.yaml{}`, then `git commit`"
    rewritten = projects.run("map", "staging", "production", "--write", "--rewrite").out
    assert commit.format(" descriptions") in " ".join(rewritten.split())
    assert "--assets missing.csv --write`\n" in rewritten
    projects.repo.commit()
    assert not projects.repo.git("status", "--porcelain")
    (projects.repo.path / "missing.csv").write_text("name,staging,production\nlogo,s_logo,p_logo\n")
    filled = projects.run("map", "staging", "production", "--assets", "missing.csv", "--write").out
    assert commit.format("") in " ".join(filled.split())
    projects.repo.commit()
    assert "commit them" not in projects.run("map", "staging", "production", "--write").out


# --- names.yaml ----------------------------------------------------------------------------------

WRITTEN = """\
models:
  hero: {staging: s_hero, production: p_hero}
  shallow-reef: {staging: s_reef, production: p_reef}
assets:
  hero: {staging: s_logo}
"""


def read_file(projects, name):
    return (projects.repo.path / name).read_text()


def test_names_are_kept_in_a_table_and_the_config_names_it(projects):
    answer = projects.run("map", "staging", "production", "--write")
    assert answer.code == 0
    assert read_file(projects, "names.yaml").endswith(WRITTEN)
    assert yaml.safe_load(read_file(projects, "config.yaml"))["names"] == "names.yaml"
    assert "hero          s_hero" not in answer.out
    assert "2 models added to names.yaml, with the ids of both targets" in answer.out
    again = projects.run("map", "staging", "production", "--write", "--format", "json").json
    assert (again["settled"], again["matches"], again["matched"]) == (2, [], 2)
    assert read_file(projects, "names.yaml").endswith(WRITTEN)


def test_a_table_that_a_person_keeps_is_added_to(projects):
    projects.run("map", "staging", "production", "--write")
    kept = "models:\n  # our heroine\n  hero: {staging: s_hero}\n\n  zoo: {production: p_zoo}\n"
    projects.repo.write("names.yaml", kept)
    assert projects.run("map", "staging", "production", "--write").code == 0
    assert read_file(projects, "names.yaml") == (
        "models:\n  # our heroine\n  hero: {staging: s_hero, production: p_hero}\n\n"
        "  shallow-reef: {staging: s_reef, production: p_reef}\n  zoo: {production: p_zoo}\n"
        "assets:\n  hero: {staging: s_logo}\n"
    )


def test_a_write_that_was_cut_off_between_the_two_files_is_finished_by_the_next(projects):
    projects.repo.write("names.yaml", WRITTEN)
    assert projects.run("map", "staging", "production", "--write").code == 0
    assert yaml.safe_load(read_file(projects, "config.yaml"))["names"] == "names.yaml"


def test_a_file_of_that_name_that_is_no_table_is_left_alone(projects):
    projects.repo.write("names.yaml", "people: [Maren]\n")
    config = read_file(projects, "config.yaml")
    answer = projects.run("map", "staging", "production", "--write")
    assert answer.code == 2
    assert 'names.yaml:1:1: unknown key "people"' in answer.err
    assert read_file(projects, "names.yaml") == "people: [Maren]\n"
    assert read_file(projects, "config.yaml") == config


def test_a_name_that_means_something_elsewhere_is_not_given_again(projects):
    projects.repo.write("descriptions/shallow-reef.md", "A model of that very id.\n")
    projects.configure(staging={}, production={}, third={"models": {"maren": "t_maren"}})
    answer = projects.run("map", "staging", "production", "--format", "json").json
    assert [match["name"] for match in answer["matches"]] == ["maren-2", "shallow-reef-2"]


def test_texts_come_from_the_files_and_only_the_rest_is_read(projects):
    projects.repo.write("descriptions/hero.md", "---\nmodel: s_hero\n---\n{asset:s_icon}\n")
    answer = projects.run("map", "staging", "production", "--format", "json").json
    assert answer["texts"] == {"files": 1, "scenario": 1}
    assert answer["missing"] == [
        {
            "kind": "asset",
            "id": "s_logo",
            "models": ["s_reef"],
            "name": "shallow-reef",
            "label": "",
            "type": "image/png",
            "size": 1482113,
            "file": None,
        }
    ]


@pytest.mark.parametrize("form", ["{version: 1, targets: {%s}}\n", "version: 1\ntargets: {%s}\n"])
def test_a_config_that_cannot_be_added_to_is_refused_before_anything_is_written(projects, form):
    targets = ", ".join(
        f"{n}: {{sandbox: .sandboxes/{n}.sqlite3}}" for n in ("staging", "production")
    )
    projects.repo.write("config.yaml", form % targets)
    answer = projects.run("map", "staging", "production", "--write")
    if form.startswith("{"):
        assert (answer.code, (projects.repo.path / "names.yaml").exists()) == (2, False)
        assert "Add `names: names.yaml`" in answer.err
    else:
        assert answer.code == 0


# --- missing assets ------------------------------------------------------------------------------


def read_rows(projects):
    return [line.split(",") for line in read_file(projects, "missing.csv").splitlines()]


def test_missing_assets_are_downloaded_and_listed_for_a_person_to_fill_in(projects):
    words = ("map", "staging", "production", "--download", "files", "--assets", "missing.csv")
    answer = projects.run(*words, "--format", "json")
    (missing,) = answer.json["missing"]
    assert (answer.code, missing["file"]) == (0, "files/hero.png")
    assert (projects.repo.path / "files/hero.png").read_bytes().startswith(b"\x89PNG")
    assert read_rows(projects) == [
        ["name", "staging", "production", "label", "type", "bytes", "texts", "file"],
        ["hero", "s_logo", "", "", "image/png", "1482113", "s_hero s_reef", "files/hero.png"],
    ]
    (projects.repo.path / "files/hero.png").write_bytes(b"retouched")
    assert projects.run(*words).code == 0
    assert (projects.repo.path / "files/hero.png").read_bytes() == b"retouched"
    projects.run("map", "staging", "production", "--write")
    told = projects.run(*words, "--write").out
    assert "fill in their new ids in missing.csv." in told.replace("`", "").replace("\n", " ")
    assert "--download" not in told


def test_ids_that_were_filled_in_get_names_and_make_the_copy_work(projects):
    words = ("map", "staging", "production", "--assets", "missing.csv", "--write")
    projects.run(*words)
    # As a spreadsheet saves it: with a BOM, CRLF and semicolons.
    filled = read_file(projects, "missing.csv").replace("s_logo,,", "s_logo,p_logo,")
    table = "\ufeff" + filled.replace(",", ";").replace("\n", "\r\n")
    (projects.repo.path / "missing.csv").write_bytes(table.encode())
    answer = projects.run(*words, "--format", "json")
    assert (answer.code, answer.json["missing"], answer.json["failures"]) == (0, [], [])
    assert "hero: {staging: s_logo, production: p_logo}" in read_file(projects, "names.yaml")
    projects.repo.commit()
    plan = projects.run("plan", "--from-target", "staging", "--target", "production")
    assert plan.code == 0


def test_assets_that_are_missing_by_now_are_added_to_a_table_in_its_own_form(projects):
    projects.repo.write("missing.csv", "name;staging;production\nown;s_own;\n")
    words = ("map", "staging", "production", "--assets", "missing.csv")
    assert projects.run(*words).code == 0
    lines = read_file(projects, "missing.csv").splitlines()
    assert lines[:2] == ["name;staging;production", "own;s_own;"]
    assert lines[2].startswith("hero;s_logo;;")
    assert projects.run(*words).code == 0
    assert read_file(projects, "missing.csv").splitlines() == lines


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("hero,s_logo,p_gone", "missing.csv:2: production has no asset p_gone"),
        ("taken,s_logo,s_icon", "missing.csv:2: the name taken is another asset's"),
        ("a b,s_logo,s_icon", "missing.csv:2: a name without blanks and braces is needed"),
    ],
)
def test_an_id_that_cannot_be_used_is_told_and_the_asset_stays_missing(projects, row, message):
    projects.configure(staging={}, production={}, third={"assets": {"taken": "t"}})
    projects.repo.write("missing.csv", f"name,staging,production\n{row}\n")
    answer = projects.run(
        *("map", "staging", "production", "--assets", "missing.csv", "--format", "json")
    )
    assert answer.code == 4
    assert answer.json["failures"][0].startswith(message)
    assert [each["id"] for each in answer.json["missing"]] == ["s_logo"]


def test_a_file_that_is_another_table_is_neither_read_nor_written(projects):
    projects.repo.write("missing.csv", "id,text\n1,2\n")
    answer = projects.run("map", "staging", "production", "--assets", "missing.csv", "--write")
    assert (answer.code, (projects.repo.path / "names.yaml").exists()) == (2, False)
    assert "missing.csv does not begin with the columns name, staging and production" in answer.err
    assert read_file(projects, "missing.csv") == "id,text\n1,2\n"


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
a → b · 1 matched · 3 models without a match · 0 assets missing in b

  ! a  s3  (flux.1-lora)        has no name to find it by
  ! a  s2  Alone (flux.1-lora)  possible match: p3, but its type is sd-xl-lora
  ! b  p3  Alone (sd-xl-lora)   possible match: s2, but its type is flux.1-lora
  ! a  s1  Twin (flux.1-lora)   possible matches: p1 or p2; name the right one
  ! b  p1  Twin (flux.1-lora)   possible matches: s1; name the right one
  ! b  p2  Twin (flux.1-lora)   possible matches: s1; name the right one

Name each model without a match in names.yaml or config.yaml, with its id in both targets.
To see what a copy would write: `description-sync plan --from-target a --target b`
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
            (MissingCounterpart(ReferenceTarget("asset", "\x9b"), ("x\ny",)),),
        )
    )
    assert "\x1b" not in report
    assert "\u202e" not in report
    assert "  + yes  id\\x1b[2J  id\\x1b[2J  ::error::" in report
    assert "  ! asset  \\x9b      in x\\ny" in report.splitlines()


def test_the_lines_to_paste_mean_what_they_say():
    odd = listed("null", "on")
    match = ModelMatch("on", odd, odd, BOTH)
    document = yaml.safe_load(render_json([ModelMap("a", "b", 0, (match,), ())]))
    assert yaml.safe_load(document["config"]) == {
        "targets": {"a": {"models": {"on": "null"}}, "b": {"models": {"on": "null"}}}
    }
