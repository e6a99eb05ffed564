"""`import` of exports: the shapes that are read, and those that are faults."""

import json

import pytest

from sync.decisions.import_csv import CsvSyntaxError, split_rows

READ = ("created", "A brass lantern.\n")


@pytest.fixture
def projects(projects):
    projects.configure(production={"models": {"hero": "model_hero"}})
    return projects


def import_file(projects, name, content, *options):
    """Import a file; return the answer, and the results with the texts of the new files."""
    data = content if isinstance(content, str) else json.dumps(content)
    projects.repo.write(name, data)
    answer = projects.run("import", name, "--format", "json", *options)
    folder = projects.repo.path / "descriptions"
    results = {
        each["model"]: (
            each["result"],
            (folder / each["path"]).read_text().rpartition("---\n\n")[2]
            if each["result"] == "created"
            else "",
        )
        for each in answer.json["files"]
    }
    return answer, results


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"lantern": "A brass lantern."}, id="a mapping"),
        pytest.param({"lantern": {"description": "A brass lantern."}}, id="a map of objects"),
        pytest.param({"lantern": {"value": "A brass lantern."}}, id="a map of API texts"),
        pytest.param({"model": {"id": "lantern", "description": "A brass lantern."}}, id="model"),
        pytest.param({"models": {"lantern": "A brass lantern."}}, id="models, as a map"),
        pytest.param(
            {"models": {"lantern": {"description": "A brass lantern."}}}, id="models, of objects"
        ),
        pytest.param({"data": {"models": {"lantern": "A brass lantern."}}}, id="wrapped twice"),
        pytest.param(
            [{"model": {"id": "lantern", "description": {"value": "A brass lantern."}}}],
            id="a list of answers",
        ),
        *(
            pytest.param(
                {name: [{"id": "lantern", "text": "A brass lantern."}], "total": 1, "meta": {}},
                id=name,
            )
            for name in ("data", "items", "records", "entries", "results", "models")
        ),
        *(
            pytest.param([{name: "lantern", "Description": "A brass lantern."}], id=name)
            for name in ("Model ID", "Model-ID", "model_id", "modelId", "MODEL")
        ),
    ],
)
def test_a_shape_that_means_one_thing_is_read(projects, content):
    answer, results = import_file(projects, "export.json", content)
    assert (answer.code, results) == (0, {"lantern": READ})


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"title": "Lantern", "slug": "lantern", "body": "A brass lantern."}, '"title"'),
        ({"name": "lantern", "version": "1.0.0"}, '"name"'),
        ({"description": "A brass lantern."}, '"description"'),
        ({"react": "^18.2.0"}, '"react"'),
        ({"appName": {"message": "Lantern", "description": "The name."}}, '"appName"'),
        ({"size": {"type": "integer", "description": "How large."}}, '"size"'),
        ({"saved": "Saved %s.", "cancel": "Cancel"}, '"saved"'),
        ({"home": "https://example.com"}, '"home"'),
        ({"lantern": {"rendered": "<p>A brass lantern."}}, "rendered"),
        ({"lantern": ["A brass lantern."]}, '"lantern" is a list'),
        ({"lantern": "A brass lantern.", "count": 3}, '"count"'),
        ({"en": {"lantern": "A brass lantern."}}, "lantern"),
        ({"pages": [{"id": "lantern", "text": "A brass lantern."}]}, '"pages"'),
        ({"data": [{"title": "x"}]}, '"data"'),
        ({"items": [{"id": "a", "text": "x"}], "included": [{"id": "b"}]}, '"included"'),
        ([{"model": "lantern", "description": {"rendered": "<p>A brass lantern."}}], "rendered"),
        ([{"model": "lantern", "description": {"en": "A brass lantern."}}], "--locale"),
        ([{"model": "lantern", "body": "A brass lantern."}], "body"),
        ([["lantern", "A brass lantern."]], "not an object"),
        ("3", "neither a list nor an object"),
    ],
)
def test_what_is_not_understood_fails_and_names_the_key(projects, content, key):
    answer, results = import_file(projects, "export.json", content)
    assert answer.code == 4
    assert [result for result, _ in results.values()] == ["failed"]
    assert key in answer.json["files"][0]["reason"]
    assert not (projects.repo.path / "descriptions").exists()


def test_one_entry_of_a_map_does_not_stop_the_others(projects):
    content = {"a": {"text": "x"}, "b": {"text": "y"}, "c": {"body": "z"}}
    answer, results = import_file(projects, "export.json", content)
    assert answer.code == 4
    assert [result for result, _ in results.values()] == ["created", "created", "failed"]


def test_an_entry_without_a_text_has_none_unless_it_has_other_fields(projects):
    entries = [
        {"id": "a", "name": "A", "description": "x"},
        {"id": "b", "name": "B"},
        {"id": "c", "body": "y"},
        {"id": "d", "description": None},
    ]
    answer, results = import_file(projects, "export.json", entries)
    assert answer.code == 4
    assert {model: result for model, (result, _) in results.items()} == {
        "a": "created",
        "b": "left_out",
        None: "failed",
        "d": "left_out",
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("e.json", [{"id": "lantern", "text": {"en": "A brass lantern.", "pt-BR": "Latão."}}]),
        ("e.json", {"lantern": {"en": "A brass lantern.", "fr": "Une lanterne."}}),
        ("e.csv", "model,description_en,description_fr\nlantern,A brass lantern.,Une lanterne.\n"),
        ("e.csv", "model,description,text[en]\nlantern,Une lanterne.,A brass lantern.\n"),
    ],
)
def test_a_language_is_chosen(projects, name, content):
    answer, results = import_file(projects, name, content, "--locale", "EN")
    assert (answer.code, results) == (0, {"lantern": READ})


def test_a_text_that_is_not_there_in_the_language_fails(projects):
    content = [{"id": "lantern", "text": {"en": "A brass lantern."}}]
    answer, _ = import_file(projects, "e.json", content, "--locale", "fr")
    assert answer.code == 4
    assert answer.json["files"][0]["reason"] == "text has no text for fr, only for en"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("e.csv", "sep=;\nModel ID;Description\nlantern;A brass lantern.\n"),
        ("e.csv", '"sep=|"\nModel-ID|Description\nlantern|A brass lantern.\n'),
        ("e.csv", "\ufeff\nmodel,description\n\nlantern,A brass lantern.\n"),
        ("e.tsv", "model\tdescription\nlantern\tA brass lantern.\n"),
        ("e.jsonl", '{"id": "lantern", "text": "A brass lantern."}\n\n'),
        ("e.ndjson", '{"model": {"id": "lantern", "description": "A brass lantern."}}'),
    ],
)
def test_the_spellings_of_spreadsheets_and_logs_are_read(projects, name, content):
    answer, results = import_file(projects, name, content)
    assert (answer.code, results) == (0, {"lantern": READ})


def test_a_line_that_is_no_json_does_not_stop_the_others(projects):
    answer, _ = import_file(projects, "e.jsonl", '{"id": "a", "text": "x"}\n{\n[]\n')
    assert answer.code == 4
    assert [(each["source"], each["result"]) for each in answer.json["files"]] == [
        ("e.jsonl:1", "created"),
        ("e.jsonl:2", "failed"),
        ("e.jsonl:3", "failed"),
    ]


def test_a_header_that_no_row_can_use_is_one_fault(projects):
    rows = "".join(f"{number},x\n" for number in range(16_000))
    answer, _ = import_file(projects, "e.csv", f"number,body\n{rows}")
    assert answer.code == 4
    assert [each["source"] for each in answer.json["files"]] == ["e.csv:1"]
    assert "number, body" in answer.json["files"][0]["reason"]


def test_no_message_grows_with_its_neighbours(projects):
    export = [{"id": "hero", "text": f"Text {number}."} for number in range(300)]
    answer, _ = import_file(projects, "e.json", export)
    assert answer.code == 5
    assert max(len(each["reason"]) for each in answer.json["files"]) < 200
    answer = projects.run("import", "e.json")
    assert "e.json#1 and 299 more" in answer.out
    assert len(answer.out) < 1_000


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("e.csv", 'id,text\na,"x\n{asset: b}"\n', "e.csv:2: text:2:1"),
        ("e.json", [{"id": "a", "text": "\n\nx\ny\0"}], "e.json#1: text:4:2"),
        ("a.md", "---\ntitle: A\n---\n\nx {asset:@lego}\n", "a.md:5:3"),
        ("a.md", "+++\ntitle = 'A'\n+++\n\n\nx\n<<<<<<< a\n=======\n", "a.md:7:1"),
    ],
)
def test_a_fault_of_a_text_names_its_place_in_the_source(projects, name, content, place):
    answer, _ = import_file(projects, name, content)
    assert answer.code == 4
    assert answer.json["files"][0]["reason"].startswith(f"{place}: ")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,"b\n""c""",d\n\ne\n', [(1, ["a", 'b\n"c"', "d"]), (3, []), (4, ["e"])]),
        ('a"b,c', [(1, ['a"b', "c"])]),
        (",\n", [(1, ["", ""])]),
        ("", []),
    ],
)
def test_rows_are_split_as_spreadsheets_write_them(text, rows):
    assert [(row.line, [*row.cells]) for row in split_rows(text, ",")] == rows


@pytest.mark.parametrize("text", ['a\n"b', '"a"b,c'])
def test_a_row_that_cannot_be_read_is_a_fault(text):
    with pytest.raises(CsvSyntaxError):
        list(split_rows(text, ","))
