"""Front matter of other programs in the folder: it is told, and stays in a pulled text."""

import pytest

from sync.descriptions.aliases import Aliases
from sync.descriptions.document import hash_possible_texts, read_document
from sync.descriptions.front_matter import FrontMatter
from sync.descriptions.front_matter_spellings import OWN_KEYS
from sync.model.document import Document, InvalidFile
from sync.model.text import Text

OURS = [
    pytest.param("+++\nprotected = true\n+++\nText.\n", id="TOML"),
    pytest.param("+++\nmodel = broken\n+++\nText.\n", id="TOML with a fault"),
    pytest.param('{"model": "b"}\nText.\n', id="JSON"),
    pytest.param('{\n  "protected": true\n}\n\nText.\n', id="JSON on lines"),
    pytest.param("---\nmodel: b\n...\nText.\n", id="closed by dots"),
    pytest.param("\n---\nmodel: b\n---\nText.\n", id="below a blank line"),
    pytest.param("---yaml\nmodel: b\n---\nText.\n", id="with its language"),
    pytest.param("--- # ours\nmodel: b\n---\nText.\n", id="with a comment"),
    pytest.param("---toml\nmodel = 'b'\n---\nText.\n", id="TOML between hyphens"),
    pytest.param("model: b\n---\nText.\n", id="not opened"),
    pytest.param("title: x\nprotected: true\n---\nText.\n", id="not opened, second key"),
]
OTHERS = [
    pytest.param("+++\ntitle = 'x'\n+++\nText.\n", id="TOML"),
    pytest.param('{"title": "x"}\n\nText.\n', id="JSON"),
    pytest.param("---\n---\nText.\n", id="an empty pair"),
    pytest.param("---\ntitle: x\n...\nText.\n", id="closed by dots"),
    pytest.param("---yaml\ntitle: x\n---\nText.\n", id="with its language"),
    pytest.param("title: x\ntags: [y]\n---\nText.\n", id="not opened"),
]
TEXTS = [
    pytest.param("{asset:asset_7Hq}\n\nText.\n", id="a reference"),
    pytest.param("{ a: 1 }\n\nText.\n", id="braces"),
    pytest.param('{"model": "flux", "steps": 28}\n', id="nothing but JSON"),
    pytest.param("clear: the sky over the reef\n---\n\nText.\n", id="a heading with a colon"),
    pytest.param("model: the one with a hat\n---\n\nText.\n", id="a heading about a model"),
    pytest.param("+++ see below +++\n\nText.\n", id="plus signs"),
    pytest.param("---\n\nA text between rules.\n\n---\n", id="rules"),
]


@pytest.fixture
def projects(projects):
    projects.configure(production={})
    return projects


def check(projects, text):
    projects.repo.write("descriptions/a.md", text)
    answer = projects.run("check", "--format", "json")
    return answer.code, [(each["rule"], each["severity"]) for each in answer.json["findings"]]


@pytest.mark.parametrize("text", OURS)
def test_a_key_of_ours_in_another_spelling_is_a_fault(projects, text):
    assert check(projects, text) == (4, [("front-matter", "error")])
    assert read_document("a.md", text.encode(), Aliases("t"), folder="d").__class__ is InvalidFile


@pytest.mark.parametrize("text", OTHERS)
def test_what_looks_like_front_matter_of_others_is_told_and_stays_text(projects, text):
    assert check(projects, text) == (0, [("front-matter-as-text", "warning")])
    document = read_document("a.md", text.encode(), Aliases("t"), folder="d")
    assert isinstance(document, Document)
    assert document.text == Text(text)


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_no_front_matter_is_not_told(projects, text):
    rules = {rule for rule, _ in check(projects, text)[1]}
    assert not rules & {"front-matter", "front-matter-as-text"}


@pytest.mark.parametrize("text", OURS)
def test_a_version_from_before_it_was_a_fault_counts_as_the_text_that_it_was(text):
    assert Text(text).sha256 in hash_possible_texts(text.encode(), Aliases("t"))


def test_a_pulled_text_that_looks_like_front_matter_is_read_back_byte_for_byte(projects):
    texts = {
        f"model_{number}": each.values[0] for number, each in enumerate([*OURS, *OTHERS, *TEXTS])
    }
    projects.seed("production", models=texts)
    assert projects.run("pull", "--all").code == 0
    projects.repo.commit()
    answer = projects.run("plan", "--format", "json")
    assert {each["state"] for each in answer.json["changes"]} == {"in_sync"}
    for model, text in texts.items():
        projects.write("production", model, f"{text}\nMore.\n")
    assert projects.run("pull", "--all").code == 0
    projects.repo.commit()
    answer = projects.run("plan", "--format", "json")
    assert {each["state"] for each in answer.json["changes"]} == {"in_sync"}
    assert projects.texts("production") == {
        model: f"{text}\nMore.\n" for model, text in texts.items()
    }


def test_many_files_for_one_model_are_named_by_three(projects):
    for number in range(300):
        projects.repo.write(f"descriptions/m{number:03}/index.md", f"Text {number}.\n")
    projects.repo.commit()
    answer = projects.run("check", "--format", "json")
    messages = {each["message"] for each in answer.json["findings"]}
    named = "m000/index.md, descriptions/m001/index.md, descriptions/m002/index.md and 297 more"
    assert messages == {
        f"300 files describe the model index: descriptions/{named}; keep one of them"
    }
    assert len(answer.json["findings"]) == 300
    plan = projects.run("plan")
    assert plan.code == 4
    assert "m000/index.md and 299 more" in plan.out
    assert len(plan.out) < 1_000
    assert len(projects.run("plan", "--format", "json").json["changes"]) == 300


@pytest.mark.parametrize("text", [*OURS, *OTHERS])
def test_front_matter_above_it_says_that_it_is_part_of_the_text(projects, text):
    assert check(projects, f"---\nmodel: a\n---\n\n{text}") == (0, [])


def test_each_key_of_ours_is_known_in_every_spelling():
    assert set(FrontMatter.model_fields) == OWN_KEYS
