"""`import` of folders of Markdown: which model a file is about, and what is front matter."""

import pytest


@pytest.fixture
def projects(projects):
    projects.configure(production={"models": {"hero": "model_hero"}})
    return projects


def import_tree(projects, paths, *options):
    """Import a folder with these files; return the exit code, and model and path by source."""
    texts = paths if isinstance(paths, dict) else {path: f"About {path}.\n" for path in paths}
    for path, text in texts.items():
        projects.repo.write(f"lantern/{path}", text)
    answer = projects.run("import", "lantern", "--format", "json", *options)
    return answer.code, {
        each["source"]: (each["model"], each["path"])
        if each["result"] == "created"
        else each["result"]
        for each in answer.json["files"]
    }


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        pytest.param(
            ["a/index.md", "b/index.md"],
            {"a/index.md": ("a", "a.md"), "b/index.md": ("b", "b.md")},
            id="index",
        ),
        pytest.param(
            ["x/a/1.md", "x/b/1.md", "x/b/README.png.txt"],
            {
                "x/a/1.md": ("a", "x/a.md"),
                "x/b/1.md": ("b", "x/b.md"),
                "x/b/README.png.txt": "left_out",
            },
            id="versions",
        ),
        pytest.param(
            ["a/overview.md", "b/overview.md"],
            {"a/overview.md": ("a", "a.md"), "b/overview.md": ("b", "b.md")},
            id="any shared name",
        ),
        pytest.param(
            ["x/bert/README.md", "y/bert/README.md", "y/net/README.md"],
            {
                "x/bert/README.md": ("x/bert", "x/bert.md"),
                "y/bert/README.md": ("y/bert", "y/bert.md"),
                "y/net/README.md": ("net", "y/net.md"),
            },
            id="folders that share a name",
        ),
        pytest.param(
            ["zoo/README.md", "zoo/rope/README.md", "zoo/net/README.md"],
            {
                "zoo/README.md": "left_out",
                "zoo/rope/README.md": ("rope", "zoo/rope.md"),
                "zoo/net/README.md": ("net", "zoo/net.md"),
            },
            id="a folder of folders of models",
        ),
        pytest.param(["a/description.md"], {"a/description.md": ("a", "a.md")}, id="one folder"),
        pytest.param(["a/README_en.md"], {"a/README_en.md": ("a", "a.md")}, id="one language"),
        pytest.param(
            ["README.md"], {"README.md": ("lantern", "lantern.md")}, id="a model's own folder"
        ),
        pytest.param(
            ["README.md", "LICENSE.md"],
            {"README.md": ("lantern", "lantern.md"), "LICENSE.md": "left_out"},
            id="beside a licence",
        ),
        pytest.param(
            ["README.md", "README_ch.md", "rope.md"],
            {"README.md": "left_out", "README_ch.md": "left_out", "rope.md": ("rope", "rope.md")},
            id="a folder of models",
        ),
        pytest.param(
            ["props/README.md", "props/rope.md", "props/net.md"],
            {
                "props/README.md": "left_out",
                "props/rope.md": ("rope", "props/rope.md"),
                "props/net.md": ("net", "props/net.md"),
            },
            id="a folder of models, below",
        ),
    ],
)
def test_the_folder_is_the_name_where_files_share_theirs(projects, paths, expected):
    assert import_tree(projects, paths) == (0, expected)


@pytest.mark.parametrize(
    "paths",
    [
        pytest.param(["characters/hero.md", "props/hero.md"], id="a name of config.yaml"),
        pytest.param(["a/hero/1.md", "b/hero/1.md"], id="folders of a name of config.yaml"),
        pytest.param(["a/x.md", "a/y.md", "b/x.md", "b/z.md"], id="folders of several models"),
        pytest.param(["a/docs/x.md", "a/docs/y.md", "b/docs/x.md"], id="chapters of two books"),
        pytest.param(["a/README.md", "a/index.md"], id="two texts of one folder"),
    ],
)
def test_two_files_for_one_model_are_refused(projects, paths):
    code, results = import_tree(projects, paths)
    assert code == 5
    assert [*results.values()].count("refused") == 2


TRANSLATED = ["a/README.md", "a/README_en.md", "b/README.md", "b/README_en.md"]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        pytest.param(
            TRANSLATED,
            {
                "a/README.md": "left_out",
                "a/README_en.md": ("a", "a.md"),
                "b/README.md": "left_out",
                "b/README_en.md": ("b", "b.md"),
            },
            id="by suffix",
        ),
        pytest.param(
            ["en/rope.md", "zh-CN/rope.md"],
            {"en/rope.md": ("rope", "rope.md"), "zh-CN/rope.md": "left_out"},
            id="by folder",
        ),
        pytest.param(
            ["rope.md", "rope.en.md", "net.md"],
            {
                "rope.md": "left_out",
                "rope.en.md": ("rope", "rope.md"),
                "net.md": ("net", "net.md"),
            },
            id="by a suffix of some",
        ),
    ],
)
def test_of_translations_the_one_in_the_language_is_imported(projects, paths, expected):
    assert import_tree(projects, paths, "--locale", "en") == (0, expected)


def test_translations_are_refused_without_a_language(projects):
    assert import_tree(projects, TRANSLATED) == (5, dict.fromkeys(TRANSLATED, "refused"))


@pytest.mark.parametrize(
    ("paths", "chosen"),
    [
        (["a/README.md", "a/README_en.md"], "en"),
        (["a/index.fr.md", "a/index.de.md"], "de"),
        (["zh-CN/rope.md", "pt/rope.md"], "pt"),
        (["a/README.md", "a/index.md"], None),
    ],
)
def test_a_refused_translation_says_how_to_choose_a_language(projects, paths, chosen):
    import_tree(projects, paths)
    shown = projects.run("import", "lantern", "--dry-run").out
    assert ("--locale" in shown) is bool(chosen)
    if chosen:
        assert f"--locale {chosen}" in " ".join(shown.split())
        assert projects.run("import", "lantern", "--dry-run", "--locale", chosen).code == 0


@pytest.mark.parametrize("name", ["flux.1-dev.md", "sd.xl.md", "hero-it.md", "hero_it.md"])
def test_what_only_looks_like_a_language_is_part_of_the_name(projects, name):
    assert import_tree(projects, [name, "hero-no.md"])[1][name] == (name.removesuffix(".md"), name)


# --- front matter --------------------------------------------------------------------------------

METRICS = "".join(
    f"  - {{name: metric{number}, value: {number}, type: [a, b, c]}}\n" for number in range(4_000)
)


@pytest.mark.parametrize(
    ("text", "model"),
    [
        pytest.param("+++\ntitle = 'A'\nmodel = 'm'\n+++\n\nText.\n", "m", id="TOML"),
        pytest.param("+++\ntitle = 'A'\n[params]\nx = 1\n+++\nText.\n", "a", id="TOML of others"),
        pytest.param('{\n  "title": "A",\n  "model": "m"\n}\n\nText.\n', "m", id="JSON"),
        pytest.param("---\n---\nText.\n", "a", id="an empty pair"),
        pytest.param("---\ntitle: A\n...\nText.\n", "a", id="closed by dots"),
        pytest.param("\n\n---\nmodel: m\n---\nText.\n", "m", id="below blank lines"),
        pytest.param("---yaml\nmodel: m\n---\nText.\n", "m", id="with its language"),
        pytest.param("--- # ours\nmodel: m\n---\nText.\n", "m", id="with a comment"),
        pytest.param("model: m\n---\nText.\n", "m", id="not opened"),
        pytest.param("title: A\ntags: [x]\n---\nText.\n", "a", id="not opened, of others"),
        pytest.param(f"---\nmodel_id: m\nmetrics:\n{METRICS}---\nText.\n", "m", id="huge"),
    ],
)
def test_front_matter_is_dropped_and_named_however_it_is_spelt(projects, text, model):
    projects.repo.write("docs/a.md", text)
    answer = projects.run("import", "docs", "--format", "json")
    [file] = answer.json["files"]
    assert (answer.code, file["model"]) == (0, model)
    written = (projects.repo.path / "descriptions/a.md").read_text()
    assert written == f"---\nmodel: {model}\n---\n\nText.\n"
    assert bool(file["dropped"]) == (
        "title" in text or "metrics" in text or text == "---\n---\nText.\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA text between rules.\n\n---\n\nMore.\n",
        "Note: a heading\n---\n\nText.\n",
        "model: the one with the hat\n---\n",
        '{"prompt": "a cat"}\n',
        "{asset:asset_1}\n\nText.\n",
        "+++\n\nA text between plus signs.\n\n+++\n",
        "A list:\n- of: things\n---\nText.\n",
    ],
)
def test_what_only_looks_like_front_matter_is_text(projects, text):
    projects.repo.write("docs/a.md", text)
    projects.run("import", "docs")
    written = (projects.repo.path / "descriptions/a.md").read_text()
    assert written == f"---\nmodel: a\n---\n\n{text}"


def test_a_file_with_many_warnings_is_a_few_lines(projects):
    projects.repo.write("docs/a.md", "".join(f"[x](b{n}.md)\n" for n in range(100)))
    answer = projects.run("import", "docs")
    assert answer.code == 0
    assert answer.out.count("relative-link") == 3
    assert "and 97 more warnings" in answer.out
