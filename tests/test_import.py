import json
import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.config.rules import RuleLevels
from sync.decisions.import_ import FolderState, ForeignText, Imported, NotImported, decide_import
from sync.decisions.import_formats import read_foreign
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import read_document
from sync.descriptions.file_filter import FileFilter
from sync.model.document import Document
from sync.model.text import canonical

CARD = """\
---
license: apache-2.0
model_id: model_hero
tags: [lora, character]
protected: true
---

# Maren

![A sheet](sheet.png)
"""


@pytest.fixture
def projects(projects):
    projects.configure(production={"models": {"hero": "model_hero"}}, staging={})
    return projects


def files(answer):
    return {each["source"]: (each["result"], each["path"]) for each in answer.json["files"]}


def reasons(answer):
    return {each["source"]: each["reason"] for each in answer.json["files"]}


def described(projects):
    folder = projects.repo.path / "descriptions"
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- the command ---------------------------------------------------------------------------------


def test_a_file_that_the_disk_does_not_take_has_failed_and_the_next_import_writes_it(projects):
    import resource  # noqa: PLC0415 - Windows has none

    projects.repo.write("from/hero.md", "A hero. " * 20_000)
    projects.repo.write("from/model_b.md", "B\n")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))  # fails as a full disk does
    try:
        ran = projects.run("import", "from", "--format", "json")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert (ran.code, files(ran)["hero.md"]) == (1, ("failed", "hero.md"))
    assert "could not be written" in reasons(ran)["hero.md"]
    assert [*described(projects)] == ["model_b.md"]
    ran = projects.run("import", "from", "--format", "json")
    assert (ran.code, files(ran)["hero.md"]) == (0, ("created", "hero.md"))


def test_a_file_with_a_thousand_errors_names_the_first_of_them(projects):
    projects.repo.write("from/model_b.md", "{asset:x " * 1_000)
    ran = projects.run("import", "from", "--format", "json")
    assert (ran.code, files(ran)) == (4, {"model_b.md": ("failed", "model_b.md")})
    *named, last = reasons(ran)["model_b.md"].splitlines()
    assert len(named) == 20
    assert "980 more errors" in last


@pytest.mark.parametrize(
    ("report_format", "start"),
    [("markdown", "<!-- description-sync:import-"), ("html", "<!doctype html>")],
)
def test_an_import_is_told_in_every_format(projects, report_format, start):
    projects.repo.write("cards/hero/README.md", CARD)
    answer = projects.run("import", "cards", "--format", report_format)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(start)
    assert "descriptions/hero.md" in answer.out


def test_takes_model_cards_and_says_what_goes(projects):
    projects.repo.write("cards/hero/README.md", CARD)
    projects.repo.write("cards/hero/sheet.png", b"\x89PNG")
    projects.repo.write("cards/flux.1-dev.md", "A base model.\r\n\r\n")
    answer = projects.run("import", "cards")
    assert answer.code == 0
    assert (
        answer.out
        == """\
production · 3 found

  + created   flux.1-dev.md   → descriptions/flux.1-dev.md
      for flux.1-dev
  + created   hero/README.md  → descriptions/hero.md
      for model_hero
      dropped: license, tags
      descriptions/hero.md:8:1: relative-link: the image "sheet.png" stays in this repository;
      upload it and write {asset:ID}
  · left out  hero/sheet.png  not Markdown

2 created, 1 left out.
Review the files, then commit them: `git add descriptions`, then `git commit`
"""
    )
    assert described(projects) == {
        "flux.1-dev.md": "---\nmodel: flux.1-dev\n---\n\nA base model.\n",
        "hero.md": (
            "---\nmodel: model_hero\nprotected: true\n---\n\n# Maren\n\n![A sheet](sheet.png)\n"
        ),
    }


def test_a_dry_run_says_the_same_and_writes_nothing(projects):
    projects.repo.write("cards/hero.md", "x\n")
    answer = projects.run("import", "cards", "--dry-run", "--format", "json")
    assert (answer.code, answer.json["dry_run"]) == (0, True)
    assert files(answer) == {"hero.md": ("created", "hero.md")}
    assert described(projects) == {}
    assert "A dry run: nothing was written." in projects.run("import", "cards", "--dry-run").out


def test_what_was_imported_is_planned_for_once_it_is_committed(projects):
    projects.repo.write("cards/hero.md", "Maren.\n")
    projects.run("import", "cards")
    projects.repo.commit()
    projects.seed("production", models={"model_hero": "Maren."})
    answer = projects.run("plan", "--format", "json")
    assert [(each["model"], each["state"]) for each in answer.json["changes"]] == [
        ("model_hero", "in_sync")
    ]


def test_never_overwrites_a_file_and_knows_what_is_imported_already(projects):
    projects.repo.write("descriptions/a.md", "---\nmodel: model_a\n---\nMine.\n")
    projects.repo.write("descriptions/deep/B.md", "Mine.\n")
    projects.repo.write("descriptions/C.md", "---\nmodel: model_c\n---\nMine.\n")
    before = described(projects)
    export = {"model_a": "Theirs.", "B": "Mine.", "model_c": "Mine.\n\n"}
    projects.repo.write("export.json", json.dumps(export))
    projects.repo.write("docs/c.md", "Theirs.\n")
    answer = projects.run("import", "export.json", "--format", "json")
    assert answer.code == 5
    assert files(answer) == {
        "export.json#1": ("refused", "model_a.md"),
        "export.json#2": ("unchanged", "deep/B.md"),
        "export.json#3": ("unchanged", "C.md"),
    }
    assert reasons(answer)["export.json#1"] == "descriptions/a.md describes this model already"
    answer = projects.run("import", "docs", "--format", "json")
    assert (answer.code, reasons(answer)) == (5, {"c.md": "descriptions/c.md is there already"})
    assert described(projects) == before


def test_takes_a_csv_export(projects):
    projects.repo.write(
        "export.csv",
        "ID;Name;Description\r\n"
        'model_hero;Maren;"# Maren\r\n\r\nSays ""hello""."\r\n'
        "minimax/music-01;Music;Sings.\r\n"
        "model_x;Empty;\r\n"
        "model_y;Too few\r\n",
    )
    answer = projects.run("import", "export.csv", "--format", "json")
    assert answer.code == 4
    assert files(answer) == {
        "export.csv:2": ("created", "hero.md"),
        "export.csv:5": ("created", "minimax-music-01.md"),
        "export.csv:6": ("left_out", None),
        "export.csv:7": ("failed", None),
    }
    assert answer.json["files"][0]["dropped"] == ["Name"]
    assert reasons(answer)["export.csv:7"] == "it has 2 columns, and the first row names 3"
    assert described(projects) == {
        "hero.md": '---\nmodel: model_hero\n---\n\n# Maren\n\nSays "hello".\n',
        "minimax-music-01.md": "---\nmodel: minimax/music-01\n---\n\nSings.\n",
    }


def test_a_single_model_card_is_named_after_its_folder(projects):
    projects.repo.write("cards/reef/README.md", "---\nlicense: mit\n---\nA reef.\n")
    answer = projects.run("import", "cards/reef/README.md", "--format", "json")
    assert answer.json["files"][0] == {
        "source": "reef/README.md",
        "result": "created",
        "model": "reef",
        "path": "reef.md",
        "reason": "",
        "dropped": ["license"],
        "warnings": [],
    }


def test_the_report_says_what_to_do_about_what_was_not_taken(projects):
    projects.repo.write("docs/hero.md", "One.\n")
    projects.repo.write("docs/a/hero.md", "Another.\n")
    projects.repo.write("docs/b.md", "{asset:@lego}\n")
    answer = projects.run("import", "docs")
    assert (answer.code, described(projects)) == (5, {})
    assert (
        answer.out
        == """\
production · 3 found

  ! failed   b.md
      b.md:1:1: "lego" is not one of the assets of target "production"; name it in config.yaml
  ! refused  hero.md    a/hero.md is for the same model; keep one of them
  ! refused  a/hero.md  hero.md is for the same model; keep one of them

1 failed, 2 refused.
Refused and failed items were not imported. Fix them, then run the import again.
"""
    )


def test_an_empty_folder_has_nothing_to_be_imported(projects):
    (projects.repo.path / "docs").mkdir()
    answer = projects.run("import", "docs")
    assert (answer.code, answer.out) == (0, "production · 0 found\n\nNothing found.\n")


def test_a_file_too_large_to_be_a_description_is_not_read(projects):
    with projects.repo.write("docs/huge.md", "").open("wb") as file:
        file.truncate(32 * 1024 * 1024 + 1)
    answer = projects.run("import", "docs", "--format", "json")
    assert (answer.code, reasons(answer)) == (4, {"huge.md": "larger than 32 MiB"})


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_a_file_that_cannot_be_read_is_named(projects):
    projects.repo.write("docs/secret.md", "x").chmod(0)
    answer = projects.run("import", "docs", "--format", "json")
    assert (answer.code, reasons(answer)) == (4, {"secret.md": "cannot be read: Permission denied"})


def test_never_writes_through_a_link_nor_reads_one(projects):
    outside = projects.repo.path.parent / "outside"
    outside.mkdir()
    projects.repo.write("docs/deep/a.md", "x\n")
    (projects.repo.path / "docs/linked.md").symlink_to(projects.repo.path / "config.yaml")
    (projects.repo.path / "descriptions").mkdir()
    (projects.repo.path / "descriptions/deep").symlink_to(outside)
    answer = projects.run("import", "docs", "--format", "json")
    assert answer.code == 5
    assert reasons(answer) == {
        "linked.md": "a link, or no file at all",
        "deep/a.md": "it would be reached through a symbolic link",
    }
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "does not exist"),
        (["config.yaml"], "config.yaml is neither Markdown nor CSV nor JSON, as its name ends"),
        (["cards", "--target", "production", "--target", "staging"], "an import is for one target"),
    ],
)
def test_refuses_what_makes_no_sense(projects, words, message):
    projects.repo.write("cards/hero.md", "x\n")
    answer = projects.run("import", *words)
    assert answer.code == 2
    assert message in answer.err


# --- what is found -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "data", "expected"),
    [
        pytest.param(
            "guides/hero.markdown",
            "Text.\n",
            ForeignText("guides/hero.markdown", "hero", "Text.\n", "guides/hero.md"),
            id="no front matter",
        ),
        pytest.param(
            "a.md",
            "---\nmodel: hero\nmodels: {x: y}\nid: 7\nprotected: false\n---\nx",
            ForeignText("a.md", "hero", "x", "a.md", dropped=("models", "id", "protected")),
            id="a model of its own",
        ),
        pytest.param(
            "a.md",
            "---\nmodels: {production: p}\nprotected: true\ntitle: A\n---\nx",
            ForeignText(
                "a.md",
                "a",
                "x",
                "a.md",
                {"models": {"production": "p"}, "protected": True},
                ("title",),
            ),
            id="what is ours is kept",
        ),
        pytest.param(
            "a.md",
            "---\nmodel: My Model\nmodel_id: m\nprotected: maybe\n---\nx",
            ForeignText("a.md", "m", "x", "a.md", dropped=("model", "protected")),
            id="what is not valid is dropped",
        ),
        pytest.param(
            "a.md",
            "---\nnot a mapping\n---\nx",
            ForeignText("a.md", "a", "---\nnot a mapping\n---\nx", "a.md"),
            id="a text between rules",
        ),
        pytest.param(
            "a.md",
            "---\na: [\n---\nx",
            NotImported(
                result="failed",
                source="a.md",
                reason="a.md:3:1: not valid YAML: did not find expected node content",
            ),
            id="front matter that is no YAML",
        ),
        pytest.param(
            "a.md",
            b"caf\xe9",
            NotImported(
                result="failed",
                source="a.md",
                reason="a.md:1:4: not UTF-8: byte 0xe9 at offset 3; save it as UTF-8",
            ),
            id="another encoding",
        ),
        *(
            pytest.param(
                path,
                b"\xff",
                NotImported(
                    result="failed",
                    source=path,
                    reason=f"{path}:1:1: not UTF-8: byte 0xff at offset 0; save it as UTF-8",
                ),
                id=f"{path} in another encoding",
            )
            for path in ("e.csv", "e.json")
        ),
        pytest.param(
            "e.json",
            '[{"modelId": "m", "text": "x", "name": "M"}]',
            ForeignText("e.json#1", "m", "x", dropped=("name",)),
            id="a list",
        ),
        pytest.param(
            "e.json", '\ufeff{"m": "x"}', ForeignText("e.json#1", "m", "x"), id="a mapping"
        ),
        pytest.param(
            "e.json", '{"m": null}', ForeignText("e.json#1", "m", ""), id="null is no text"
        ),
        pytest.param(
            "e.json",
            '{"m": "\\ud800"}',
            NotImported(
                result="failed",
                source="e.json#1",
                reason="m is a text with half a character, which no file can hold",
            ),
            id="half a character",
        ),
        *(
            pytest.param(
                "e.json",
                text,
                NotImported(result="failed", source="e.json#1", reason=reason),
                id=reason,
            )
            for text, reason in {
                '[{"id": 7, "text": "x"}]': 'id is the number 7; write it as "7"',
                '[{"id": null, "text": ["x"]}]': (
                    "id is null; it must be a text; text is a list; it must be a text"
                ),
                '{"models": {"m": true}}': "m is true; it must be a text",
                '[{"id": {}, "text": {"value": {}}}]': (
                    "id is an object; it must be a text; text is an object; it must be a text"
                ),
                '[{"id": "m", "ID": "n", "text": "x"}]': ('"id" occurs twice; keep one of them'),
                '[{"id": "m", "text": "x", "text": "y"}]': (
                    '"text" occurs twice; keep one of them'
                ),
            }.items()
        ),
        pytest.param(
            "e.json",
            '{"id": "m", "description": "x", "name": "M"}',
            ForeignText("e.json#1", "m", "x", dropped=("name",)),
            id="a single entry",
        ),
        pytest.param(
            "e.json",
            '{"models": [{"id": "m", "description": {"value": "x", "assets": []}}]}',
            ForeignText("e.json#1", "m", "x"),
            id="a page of the API",
        ),
        pytest.param(
            "answers/m.json",
            '{"description": {"value": "x", "assets": [], "models": []}}',
            ForeignText("answers/m.json#1", "m", "x"),
            id="an answer of the API",
        ),
        pytest.param(
            "e.json",
            '[{"id": "m", "text": "x", "tag": 1, "tag": 2}]',
            ForeignText("e.json#1", "m", "x", dropped=("tag",)),
            id="what is dropped may stand there twice",
        ),
        pytest.param(
            "e.json",
            "{",
            NotImported(
                result="failed",
                source="e.json",
                reason="not valid JSON: Expecting property name enclosed in double quotes: "
                "line 1 column 2 (char 1)",
            ),
            id="no JSON",
        ),
        pytest.param(
            "e.json",
            "[" * 100_000,
            NotImported(
                result="failed", source="e.json", reason="not valid JSON: nested too deeply"
            ),
            id="nested without end",
        ),
        pytest.param(
            "e.csv",
            "model,text\n\nm,x",
            ForeignText("e.csv:3", "m", "x"),
            id="csv, with an empty row",
        ),
        pytest.param(
            "e.csv",
            "name,body\nm,x\nn,y",
            NotImported(
                result="failed",
                source="e.csv:1",
                reason="the first row names the columns: nothing in it is called model, model_id, "
                "modelId or id; it has name, body",
            ),
            id="other columns are one fault",
        ),
        pytest.param(
            "e.csv",
            f"id,text\nm,{'x' * 131_073}",
            ForeignText("e.csv:2", "m", "x" * 131_073),
            id="a huge cell",
        ),
        pytest.param(
            "e.csv",
            "id,text,ID\nm,x,n\n",
            NotImported(
                result="failed",
                source="e.csv:1",
                reason='"id" occurs twice; keep one of them',
            ),
            id="a column twice",
        ),
        pytest.param(
            "e.csv",
            "id,text,,\nm,x,,\n",
            ForeignText("e.csv:2", "m", "x"),
            id="columns without a name, and empty",
        ),
        pytest.param(
            "e.csv",
            "id,text,,\nm,x,,z\n",
            ForeignText("e.csv:2", "m", "x", dropped=("(no name)",)),
            id="columns without a name, and a value",
        ),
        pytest.param(
            "e.csv",
            'id,text\nm,"x',
            NotImported(
                result="failed",
                source="e.csv:2",
                reason="a quoted cell has no end; nothing from here on was read",
            ),
            id="a quote without end",
        ),
    ],
)
def test_what_is_found(path, data, expected):
    data = data if isinstance(data, bytes) else data.encode()
    assert [drop_place(each) for each in read_foreign(path, data)] == [expected]


def drop_place(found):
    """Return what is found without its place in the source."""
    if isinstance(found, NotImported):
        return found
    return replace(found, is_named=False, place="", first_line=1)


# --- what becomes of it --------------------------------------------------------------------------


def here(*paths):
    return FolderState(
        Aliases("production", {"hero": "model_hero"}, {"logo": "asset_1"}),
        "descriptions",
        paths=paths,
        documents={},
        is_description=FileFilter(["**/README.md"]).accepts,
        levels=RuleLevels(),
    )


def fate(*found, paths=()):
    return [(each.result, each.path, each.reason) for each in decide_import(found, here(*paths))]


PLACE = "a.md:1:2"
LEGO = 'a.md:1:1: "lego" is not one of the assets of target "production"'


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(
            [ForeignText("a#1", "hero", "x"), ForeignText("a#2", "model_hero", "y")],
            [
                ("refused", "hero.md", "a#2 is for the same model; keep one of them"),
                ("refused", "model_hero.md", "a#1 is for the same model; keep one of them"),
            ],
            id="two for one model",
        ),
        pytest.param(
            [ForeignText("A.md", "a", "x", "A.md"), ForeignText("a.md", "b", "y", "a.md")],
            [
                ("refused", "A.md", "a.md is for the same file; keep one of them"),
                ("refused", "a.md", "A.md is for the same file; keep one of them"),
            ],
            id="two for one file, where case is ignored",
        ),
        pytest.param(
            [ForeignText("a#1", "m", " \n")], [("left_out", None, "no text")], id="no text"
        ),
        pytest.param(
            [ForeignText("My Model.md", "My Model", "x", "My Model.md")],
            [
                (
                    "failed",
                    None,
                    (
                        '"My Model" is not a model id; write the id, '
                        "or map the name in targets.NAME.models"
                    ),
                )
            ],
            id="no id",
        ),
        pytest.param(
            [ForeignText("_draft.md", "_draft", "x", "_draft.md")],
            [
                (
                    "left_out",
                    None,
                    "this file name is excluded by `exclude` in config.yaml",
                )
            ],
            id="a name that does not count",
        ),
        pytest.param(
            [ForeignText("a.md", "a", "x", "a.md", {"models": {"staging": "s"}})],
            [
                (
                    "failed",
                    None,
                    (
                        'its "models" names no model for production; '
                        "choose another target with --target"
                    ),
                )
            ],
            id="not for this target",
        ),
        pytest.param(
            [ForeignText("a.md", "a", "{asset:@lego}", "a.md")],
            [
                (
                    "failed",
                    "a.md",
                    f'{LEGO}. Did you mean "logo"?',
                )
            ],
            id="an unknown alias",
        ),
        pytest.param(
            [ForeignText("a.md", "a", "x\0y", "a.md")],
            [
                (
                    "failed",
                    "a.md",
                    f"{PLACE}: control-character: here is the NUL U+0000; delete it",
                )
            ],
            id="a NUL",
        ),
    ],
)
def test_what_stands_in_the_way(found, expected):
    assert fate(*found) == expected


ids = st.text(min_size=1).filter(lambda text: text.strip("./"))


@given(
    st.dictionaries(
        st.one_of(st.sampled_from(["../evil", "con", "/etc/passwd", "A", "a", "..", "CON"]), ids),
        st.text(min_size=1),
        min_size=1,
        max_size=4,
    )
)
def test_every_text_that_is_taken_is_read_back_and_lies_in_the_folder(export):
    where = here()
    written = {}
    for each in decide_import(read_foreign("e.json", json.dumps(export).encode()), where):
        if isinstance(each, Imported):
            assert each.path.casefold() not in {path.casefold() for path in written}
            assert "/" not in each.path
            assert not each.path.startswith(".")
            written[each.path] = each.data
            document = read_document(each.path, each.data, where.aliases, folder="descriptions")
            assert isinstance(document, Document)
            assert document.model == each.model
            texts = [
                text
                for id_, text in export.items()
                if where.aliases.get_model_id(id_.strip()) == each.model
            ]
            assert document.text.canonical in map(canonical, texts)


def test_a_name_that_windows_cannot_have_is_imported_with_a_warning(projects):
    for name in ("aux.md", "org:reef.md", "oar.md"):
        projects.repo.write(f"texts/{name}", "x\n")
    answer = projects.run("import", "texts", "--format", "json").json
    warnings = {each["path"]: each["warnings"] for each in answer["files"]}
    assert warnings.keys() == {"aux.md", "org:reef.md", "oar.md"}
    (warning,) = warnings["aux.md"]
    assert warning.startswith("descriptions/aux.md:1:1: file-name: ")
    assert (len(warnings["org:reef.md"]), warnings["oar.md"]) == (1, [])
