"""names.yaml: the table of names for all targets, and additions to it."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sync.config.json_schema import render_names_schema
from sync.config.names import NamesTable, read_names
from sync.config.names_edit import add_names_key, add_to_names_file
from sync.errors import ConfigError

# --- additions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "new", "expected"),
    [
        pytest.param(
            "",
            {"models": {"b": {"old": "1", "new": "on"}, "a": {"old": "x"}}},
            "# The names of models and assets, and the id that each of them has in every target.\n"
            "# `description-sync map FROM TO --write` adds to this file. "
            "It keeps your comments and your order.\n"
            "models:\n  a: {old: x}\n  b: {old: '1', new: 'on'}\n",
            id="a new file, sorted and quoted where YAML would read no text",
        ),
        pytest.param(
            "models:\n  # the heroine\n  hero: {old: a}  # since 2024\n\n  reef: {old: b}\n# end\n",
            {"models": {"hero": {"new": "c"}, "ivy": {"old": "d"}, "zoo": {"old": "e"}}},
            "models:\n  # the heroine\n  hero: {old: a, new: c}  # since 2024\n\n"
            "  ivy: {old: d}\n  reef: {old: b}\n  zoo: {old: e}\n# end\n",
            id="comments, blank lines and order stay",
        ),
        pytest.param(
            "models:\n  # the heroine\n  hero: {old: a}\n",
            {"models": {"ant": {"old": "1a"}, "bee": {"old": "2b"}}},
            "models:\n  ant: {old: 1a}\n  bee: {old: 2b}\n  # the heroine\n  hero: {old: a}\n",
            id="a comment stays with the name below it",
        ),
        pytest.param(
            "models:\n    hero:\n        old: a  # first\n    reef:\n        old: b\n",
            {"models": {"hero": {"new": "c"}, "sea": {"old": "d"}}},
            "models:\n    hero:\n        old: a  # first\n        new: c\n"
            "    reef:\n        old: b\n    sea: {old: d}\n",
            id="blocks and another indentation",
        ),
        pytest.param(
            "assets: {logo: {old: a}}\nmodels: {}  # none yet\n",
            {"models": {"hero": {"old": "b"}}, "assets": {"icon": {"old": "c"}}},
            "assets: {logo: {old: a}, icon: {old: c}}\nmodels:   # none yet\n  hero: {old: b}\n",
            id="braces, and a section without names",
        ),
        pytest.param(
            "models:\r\n  hero: {old: a}\r\n",
            {"assets": {"logo": {"old": "b"}}},
            "models:\r\n  hero: {old: a}\r\nassets:\r\n  logo: {old: b}\r\n",
            id="CRLF",
        ),
        pytest.param(
            "models:\n  hero: {old: a}",
            {"models": {"hero": {"old": "a"}, "zoo": {"old": "b"}}},
            "models:\n  hero: {old: a}\n  zoo: {old: b}",
            id="no line end at the end",
        ),
    ],
)
def test_adds_names_and_leaves_the_rest_as_it_is(text, new, expected):
    added = add_to_names_file(text, NamesTable.model_validate(new), path="names.yaml")
    assert added == expected
    assert add_to_names_file(added, NamesTable.model_validate(new), path="names.yaml") == added


def test_a_name_never_changes_its_id():
    new = NamesTable(models={"hero": {"old": "b"}})
    with pytest.raises(ConfigError, match=r'"hero" is a in old, and would become b'):
        add_to_names_file("models: {hero: {old: a}}\n", new, path="names.yaml")


@pytest.mark.parametrize(
    "text", ["{models: {hero: {old: a}}}", "---\nmodels:\n  a: {old: b}\n...\n"]
)
def test_a_form_that_cannot_be_added_to_is_refused(text):
    new = NamesTable(assets={"logo": {"old": "b"}})
    with pytest.raises(ConfigError, match=r"names.yaml has a form that this program cannot add to"):
        add_to_names_file(text, new, path="names.yaml")


scalars = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1).filter(
    lambda text: not set("{}") & set(text) and not text.startswith("@")
)
names = st.dictionaries(
    scalars, st.dictionaries(st.sampled_from(["old", "new"]), scalars, min_size=1), max_size=4
)


@given(names, names)
def test_what_was_added_is_read_back_whatever_it_is_called(first, second):
    second = {name: second[name] for name in second.keys() - first.keys()}
    text = ""
    for each in (first, second):
        text = add_to_names_file(text, NamesTable(models=each), path="names.yaml")
    table, _ = read_names(text, path="names.yaml")
    assert table.get_section("models") == {**first, **second}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 1\ntargets: {}\n", "version: 1\nnames: names.yaml\ntargets: {}\n"),
        ("# mine\r\nversion: 1  # x\r\n", "# mine\r\nversion: 1  # x\r\nnames: names.yaml\r\n"),
    ],
)
def test_the_config_is_told_of_the_table(text, expected):
    assert add_names_key(text, "names.yaml", path="config.yaml") == expected


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def projects(projects):
    projects.configure(staging={}, production={"models": {"own": "p_own"}})
    config = yaml.safe_load((projects.repo.path / "config.yaml").read_text())
    projects.repo.write("config.yaml", yaml.safe_dump({**config, "names": "names.yaml"}))
    projects.seed("staging", models={"s_hero": "Maren"}, assets=("s_logo",))
    projects.seed("production", models={"p_hero": None, "p_own": None}, assets=("p_logo",))
    return projects


NAMES = """\
models:
  hero: {staging: s_hero, production: p_hero}
assets:
  logo: {staging: s_logo, production: p_logo}
"""


def test_the_names_of_the_table_are_those_of_its_targets(projects):
    projects.repo.committed({"names.yaml": NAMES, "descriptions/hero.md": "{asset:@logo}\n"})
    assert projects.run("check").code == 0
    assert projects.run("apply", "--yes", "--target", "staging").code == 5  # drift
    assert projects.run("apply", "--yes").code == 0
    assert projects.texts("production") == {"p_hero": "{asset:p_logo}\n"}
    assert projects.run("plan", "--model", "hero", "--exit-code").code == 0


def test_a_text_written_with_a_former_id_is_known_to_git(projects):
    projects.repo.committed({"names.yaml": NAMES, "descriptions/hero.md": "{asset:@logo}\n"})
    assert projects.run("apply", "--yes").code == 0
    projects.repo.git("update-ref", "-d", "refs/description-sync/production")
    projects.repo.committed({"names.yaml": NAMES.replace("p_logo", "p_newlogo")})
    (change,) = projects.run("plan", "--format", "json").json["changes"]
    assert (change["state"], change["after"]) == ("update", "{asset:p_newlogo}\n")


@pytest.mark.parametrize(
    ("table", "place", "message"),
    [
        ("models: {hero: {stagin: x}}", "1:17", '"stagin" is not a target of config.yaml'),
        ("models: {own: {production: x}}", "1:16", '"own" is x here, but p_own in targets'),
        ("model: {}", "1:1", 'unknown key "model". Did you mean "models"?'),
        ("models: {hero: {staging: 5}}", "1:17", "models.hero.staging: must be a text"),
        ('models: {"@hero": {staging: x}}', "1:10", 'a name is written here without its "@"'),
        ("models: {a: {staging: x}, a: {staging: y}}", "1:27", 'the key "a" occurs twice'),
        ("models: [", "2:1", "not valid YAML"),
        pytest.param(
            "models: {Bad Name: {staging: a}}",
            "1:10",
            'models: the key "Bad Name": must be an id without blanks',
            id="a blank in a name",
        ),
    ],
)
def test_a_table_with_faults_is_told_with_their_places(projects, table, place, message):
    projects.repo.committed({"names.yaml": f"{table}\n", "descriptions/hero.md": "x\n"})
    planned, checked = projects.run("plan"), projects.run("check")
    assert (planned.code, checked.code) == (2, 2)
    for report in planned.err, checked.out:
        assert f"names.yaml:{place}: " in report
        assert message in report


def test_a_table_before_its_first_name_is_empty_but_a_lost_one_is_not(projects):
    projects.repo.committed({"descriptions/p_hero.md": "x\n"})
    assert projects.run("plan").code == 0
    projects.repo.committed({"names.yaml": NAMES})
    (projects.repo.path / "names.yaml").unlink()
    answer = projects.run("plan")
    assert answer.code == 2
    assert "names.yaml is missing, although git has it" in answer.err
    assert "`git checkout HEAD -- names.yaml`" in answer.err


def test_editors_get_a_schema_of_the_table(projects):
    schema = json.loads(projects.run("schema", "names").out)
    assert schema == json.loads(render_names_schema())
    validator = Draft202012Validator(schema)
    assert validator.is_valid(yaml.safe_load(NAMES))
    assert not validator.is_valid({"model": {}})
    assert not validator.is_valid({"models": {"hero": "s_hero"}})


def test_a_table_that_is_not_committed_makes_a_run_dirty(projects):
    projects.repo.committed({"names.yaml": NAMES, "descriptions/hero.md": "{asset:@logo}\n"})
    projects.repo.write("names.yaml", NAMES.replace("p_logo", "p_other"))
    answer = projects.run("apply", "--yes")
    assert (answer.code, projects.texts("production")) == (5, {})
    assert "--allow-dirty" in answer.out
