"""`map --rewrite`: names in place of ids, in every file, without a change of what it says."""

import pytest

from sync.descriptions.aliases import Aliases
from sync.descriptions.ids_to_names import replace_ids_by_names

NAMES = """\
models:
  hero: {old: o_hero, new: n_hero}
  reef: {old: o_reef, new: n_reef}
assets:
  logo: {old: o_logo, new: n_logo}
"""
FILES = {
    "descriptions/maren.md": "---\nmodel: o_hero  # ours\n---\n\n# Maren\r\n{asset:o_logo}\r\n",
    "descriptions/o_reef.md": "\ufeffBeside {model:o_hero}, `{model:o_hero}`.\n",
    "descriptions/both.md": "---\nmodels: {old: o_reef2, new: n_reef2}\n---\n{model:flux.1-dev}\n",
    "descriptions/of-new.md": "---\nmodels: {new: n_hero2}\n---\n{asset:n_logo}\n",
}


@pytest.fixture
def projects(projects):
    projects.configure(old={}, new={}, production={"project_id": "proj_other"})
    config = (projects.repo.path / "config.yaml").read_text()
    projects.repo.committed({"config.yaml": f"{config}names: names.yaml\n", "names.yaml": NAMES})
    projects.seed(
        "old", models={"o_hero": None, "o_reef": None, "o_reef2": None}, assets=("o_logo",)
    )
    projects.seed(
        "new", models={"n_hero": None, "n_reef": None, "n_reef2": None}, assets=("n_logo",)
    )
    return projects


def read_texts(projects):
    return {path: (projects.repo.path / path).read_bytes().decode() for path in FILES}


def test_ids_become_names_and_the_files_say_the_same_for_the_old_target(projects):
    projects.repo.committed(FILES)
    assert projects.run("apply", "--target", "old", "--yes").code == 0
    told = projects.texts("old")
    answer = projects.run("map", "old", "new", "--rewrite", "--format", "json")
    assert (answer.code, answer.json["rewritten"]) == (0, ["maren.md", "o_reef.md"])
    assert read_texts(projects) == {
        **FILES,
        "descriptions/maren.md": "---\nmodel: hero  # ours\n---\n\n# Maren\r\n{asset:@logo}\r\n",
        "descriptions/o_reef.md": "\ufeff---\nmodel: reef\n---\n\nBeside {model:@hero}, "
        "`{model:o_hero}`.\n",
    }
    plan = projects.run("plan", "--target", "old", "--exit-code", "--format", "json")
    assert (plan.code, projects.texts("old")) == (0, told)
    assert projects.run("apply", "--target", "new", "--yes", "--allow-dirty").code == 4  # n_hero2
    assert projects.texts("new")["n_hero"] == "# Maren\n{asset:n_logo}\n"
    assert (
        projects.run("map", "old", "new", "--rewrite", "--format", "json").json["rewritten"] == []
    )


def test_a_file_that_git_does_not_track_yet_is_rewritten_as_well(projects):
    projects.repo.write("descriptions/maren.md", FILES["descriptions/maren.md"])
    assert projects.run("map", "old", "new", "--rewrite").code == 0
    assert "model: hero" in (projects.repo.path / "descriptions/maren.md").read_text()


def test_names_that_this_run_finds_are_used_with_write(projects):
    projects.repo.committed({"names.yaml": "", "descriptions/o_hero.md": "x\n"})
    for target, prefix in (("old", "o"), ("new", "n")):
        path = projects.repo.path / ".sandboxes" / f"{target}.sqlite3"
        path.unlink()
        projects.seed(target, models={f"{prefix}_hero": {"name": "Maren"}})
    answer = projects.run("map", "old", "new", "--write", "--rewrite", "--format", "json")
    assert answer.json["rewritten"] == ["o_hero.md"]
    text = (projects.repo.path / "descriptions/o_hero.md").read_text()
    assert text == "---\nmodel: maren\n---\n\nx\n"
    again = projects.run("map", "old", "new", "--rewrite").out
    assert again.endswith("would write: `description-sync plan --target new`\n")


def test_nothing_changes_if_another_name_of_the_project_would_say_something_else(projects):
    config = (projects.repo.path / "config.yaml").read_text()
    same = config.replace("targets:\n", "targets:\n  again: {sandbox: .sandboxes/old.sqlite3}\n")
    projects.repo.committed({**FILES, "config.yaml": same})
    answer = projects.run("map", "old", "new", "--rewrite", "--write")
    assert answer.code == 5
    assert "names would change what maren.md says for again; no file was changed" in answer.err
    assert read_texts(projects) == FILES


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("---\nmodel: 'a'\n---\nx", "---\nmodel: hero\n---\nx"),
        ("---\nprotected: true\n---\nx", "---\nmodel: ivy\nprotected: true\n---\nx"),
        ("---\nmodels:\n  old: a\n  new: b\n---\n", "---\nmodels:\n  old: hero\n  new: b\n---\n"),
        ("---\nmodels: {new: a}\n---\n{model:a}", "---\nmodels: {new: a}\n---\n{model:@hero}"),
        ("---\r\nmodel: a\r\nclear: true\r\n---", "---\r\nmodel: hero\r\nclear: true\r\n---"),
        ("---\nmodel: hero\n---\n{model:@hero}", "---\nmodel: hero\n---\n{model:@hero}"),
        ("---\nmodel: [\n---\n{model:a}", "---\nmodel: [\n---\n{model:a}"),
        ("x\n", "---\nmodel: ivy\n---\n\nx\n"),
    ],
)
def test_only_what_names_an_id_is_written_anew(data, expected):
    aliases = Aliases("old", {"hero": "a", "ivy": "stem", "zz": "a"})
    named = replace_ids_by_names(
        "f/stem.md", data.encode(), aliases, preferred=Aliases("new", {"hero": "n"})
    )
    assert named.decode() == expected


def test_the_new_target_does_not_take_the_old_ids_for_models_whose_file_was_removed(projects):
    projects.repo.committed({"descriptions/maren.md": FILES["descriptions/maren.md"]})
    projects.run("map", "old", "new", "--rewrite")
    projects.repo.commit()
    answer = projects.run("plan", "--target", "new", "--format", "json")
    assert [(each["model"], each["state"]) for each in answer.json["changes"]] == [
        ("n_hero", "create")
    ]


def read_advised_command(shown):
    """Return the words of the command that stands in backquotes in a message."""
    return " ".join(shown.split()).partition("`description-sync ")[2].partition("`")[0].split()


@pytest.mark.parametrize("command", ["plan", "pull"])
def test_a_file_with_the_old_id_says_which_command_makes_it_a_file_of_both(projects, command):
    projects.repo.committed(FILES)
    projects.write("new", "n_hero", "Written in the app.\n")
    words = (command, "descriptions/maren.md", "--target", "new")
    answer = projects.run(*words)
    assert answer.code == 4
    assert "This id is hero of old; in new that is n_hero." in " ".join(answer.out.split())
    advised = read_advised_command(answer.out)
    assert advised == ["map", "old", "new", "--write", "--rewrite"]
    assert projects.run(*advised).code == 0
    projects.repo.commit()
    found = projects.run(*words, "--format", "json").json
    [item] = found["changes"] if command == "plan" else found["files"]
    assert (item["model"], item.get("state"), item.get("result")) == (
        "n_hero",
        *(("drift", None) if command == "plan" else (None, "conflict")),
    )


def test_a_name_without_an_id_in_the_target_is_not_taken_for_an_id(projects):
    names = "models: {hero: {old: o_hero}}\n"
    projects.repo.committed({"names.yaml": names, "descriptions/hero.md": "x\n"})
    answer = projects.run("plan", "--target", "new", "--format", "json")
    assert [answer.json["changes"][0][key] for key in ("state", "notes")] == [
        "missing",
        ["This is a name, and new has no id for it."],
    ]


def write_three(projects, *, name, text):
    files = {f"descriptions/f{at}.md": f"---\nmodel: {name}{at}\n---\n{text}\n" for at in range(3)}
    projects.repo.committed(files)


def list_violated_rules(projects, *options):
    plan = projects.run("plan", "--target", "new", "--format", "json", *options).json
    assert plan["summary"] == {"create": 3}
    return [each["rule"] for each in plan["violations"]]


def test_texts_of_the_old_project_are_not_taken_for_texts_that_the_new_one_lost(projects):
    names = "".join(f"  three{at}: {{old: o_{at}, new: n_{at}}}\n" for at in range(3))
    config = (projects.repo.path / "config.yaml").read_text()
    limits = "limits: {max_deletes: 2, min_documents: 3}\n"
    projects.repo.committed({"names.yaml": f"models:\n{names}", "config.yaml": f"{config}{limits}"})
    for target, text in (("old", "Beside {model:o_0}."), ("new", None)):
        (projects.repo.path / f".sandboxes/{target}.sqlite3").unlink()
        projects.seed(target, models={f"{target[0]}_{at}": text for at in range(3)})
    write_three(projects, name="o_", text="Beside {model:o_0}.")
    assert list_violated_rules(projects, "--from-target", "old") == []
    write_three(projects, name="three", text="Beside {model:@three0}.")
    assert list_violated_rules(projects) == []
    assert list_violated_rules(projects, "--from-target", "old") == []
    write_three(projects, name="three", text="By {model:@three0}.")  # the former text may be lost
    assert list_violated_rules(projects) == ["mass_absence", "mass_change"]
