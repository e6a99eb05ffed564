"""What a shell completes, what --help tells, and what is meant by a word that is nearly right."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from repositories import Repo, make_hermetic

from sync.cli import main
from sync.cli.commands import LazyCommandGroup, commands
from sync.cli.options import global_options

CONFIG = """\
version: 1
descriptions: texts
target: staging
targets:
  staging: {sandbox: store.sqlite3, models: {hero: model_hero}}
  production: {models: {}}
"""


@pytest.fixture
def repo(tmp_path, monkeypatch):
    """A repository with two targets and two descriptions, being the working directory."""
    make_hermetic(monkeypatch)
    repo = Repo.create(tmp_path)
    repo.committed(
        {
            "config.yaml": CONFIG,
            ".gitignore": "store.sqlite3\n",
            "texts/props/model_lantern.md": "A lantern.\n",
            "texts/oar.md": "---\nmodel: hero\n---\nAn oar.\n",
            "texts/sail.md": "---\nmodels: {staging: sail_s, production: sail_p}\n---\nA sail.\n",
            "texts/broken.md": "---\nmodel: [\n---\nBroken.\n",
            "texts/README.md": "How we write.\n",
            "texts/_draft.md": "A draft.\n",
        }
    )
    monkeypatch.chdir(tmp_path)
    return repo


@pytest.fixture
def complete(monkeypatch, capsys):
    """What the command answers to a shell that asks for the end of the last word."""

    def ask(*words):
        monkeypatch.setenv("_DESCRIPTION_SYNC_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", shlex.join(["description-sync", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        with pytest.raises(SystemExit):
            main([])
        return capsys.readouterr().out.split()

    return ask


# --- completion ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("repo")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["ro"], ["plain,rollback"], id="a command"),
        pytest.param(["--ta"], ["plain,--target"], id="a flag before the command"),
        pytest.param(["plan", "--exit"], ["plain,--exit-code"], id="a flag of the command"),
        pytest.param(
            ["plan", "--on-drift", ""],
            ["plain,block", "plain,skip", "plain,overwrite"],
            id="a choice",
        ),
        pytest.param(
            ["plan", "--target", ""], ["plain,staging", "plain,production"], id="every target"
        ),
        pytest.param(["--target", "p"], ["plain,production"], id="a target before the command"),
        pytest.param(["plan", "--from-target", "s"], ["plain,staging"], id="a target to copy from"),
        pytest.param(
            ["apply", "--model", ""],
            [f"plain,{name}" for name in ("hero", "model_lantern", "sail_s")],
            id="a model",
        ),
        pytest.param(
            ["--target", "production", "plan", "--model", ""],
            ["plain,hero", "plain,model_lantern", "plain,sail_p"],
            id="a model of a target",
        ),
        pytest.param(["map", ""], ["plain,staging", "plain,production"], id="a target to match"),
        pytest.param(["rollback", ""], [], id="a run where there is none"),
        pytest.param(["doctor", "--model", "he"], ["plain,hero"], id="a scratch model"),
        pytest.param(["plan", "te"], ["file,te"], id="a path"),
        pytest.param(["check", "te"], ["file,te"], id="a path to check"),
        pytest.param(["preview", "te"], ["file,te"], id="a file to preview"),
        pytest.param(["--config", "c"], ["file,c"], id="a file of an option"),
    ],
)
def test_completes(complete, words, expected):
    assert complete(*words) == expected


@pytest.mark.parametrize(
    "config",
    [
        *["targets: [", "- a", "targets: []", "targets: {a: 1, b: {models: 1}}", "descriptions: 1"],
        *["targets: {a: {timeout: 2026-99-99}}", "[" * 5000, "targets: {}\ntarget: ../a b"],
    ],
    ids=[
        *["no YAML", "a list", "targets are a list", "targets are no mappings", "no folder"],
        *["no date", "too deep", "no name"],
    ],
)
def test_a_faulty_config_stops_no_completion(repo, complete, config):
    repo.write("config.yaml", config)
    assert set(complete("plan", "--target", "")) <= {"plain,a", "plain,b"}
    assert complete("plan", "--model", "h") == []
    assert complete("rollback", "") == []


@pytest.mark.usefixtures("repo")
def test_what_is_completed_as_a_model_is_taken_as_one(complete, capsys, monkeypatch):
    models = complete("plan", "--model", "")
    monkeypatch.delenv("_DESCRIPTION_SYNC_COMPLETE")
    for model in models:
        main(["plan", "--model", model.removeprefix("plain,")])
        assert "no description is about" not in capsys.readouterr().err


def test_runs_are_completed_the_newest_first(repo, complete, capsys):
    repo.write("texts/broken.md", "Whole.\n")
    repo.write(
        "store.yaml",
        "models: {model_lantern: {description: Old}, broken: {}, model_hero: {}, sail_s: {}}",
    )
    main(["sandbox", "reset", "--seed", "store.yaml"])
    for text in ("A lantern, lit.\n", "A lantern, out.\n"):
        repo.committed({"texts/props/model_lantern.md": text})
        assert main(["apply", "--yes", "--on-drift", "overwrite", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["history", "--format", "json"]) == 0
    runs = [run["run"] for run in json.loads(capsys.readouterr().out)["runs"]]
    assert len(runs) == 2
    assert complete("rollback", "2") == [f"plain,{run}" for run in runs]


def test_without_a_config_there_is_nothing_to_name(tmp_path, monkeypatch, complete):
    Repo.create(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert complete("plan", "--target", "") == []
    assert complete("plan", "--model", "") == []


def test_another_config_is_asked_where_it_is_named(repo, complete):
    repo.write("other/config.yaml", "version: 1\ntargets: {live: {}}\n")
    assert complete("--config", "other/config.yaml", "plan", "--target", "") == ["plain,live"]


def test_no_command_is_imported_to_complete_its_name():
    """Names are asked for at every key; importing all commands would take a second."""
    program = "import sys; sys.argv[0] = 'description-sync'; import sync.cli; sync.cli.main([])"
    words = {"_DESCRIPTION_SYNC_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    watched = (
        f"import atexit, sys; atexit.register(lambda: print('pydantic' in sys.modules)); {program}"
    )
    answer = subprocess.run(
        [sys.executable, "-c", watched],
        env=os.environ | words | {"COMP_WORDS": "description-sync pl"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.split() == ["plain,plan", "False"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_prints_the_script_of_a_shell(shell, capsys):
    assert main(["completion", shell]) == 0
    assert f"_DESCRIPTION_SYNC_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_fish_keeps_the_commas_of_a_description(capsys):
    assert main(["completion", "fish"]) == 0
    script = capsys.readouterr().out
    assert script.count("string split") == script.count('string split --max 1 ","') == 1


@pytest.mark.usefixtures("repo")
def test_bash_completes_with_the_script():
    folder = Path(sys.executable).parent
    script = """
        eval "$(description-sync completion bash)"
        COMP_WORDS=(description-sync plan --target prod) COMP_CWORD=3
        _description_sync_completion description-sync
        echo "${COMPREPLY[@]}"
    """
    answer = subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (answer.stdout, answer.stderr) == ("production\n", "")


# --- did you mean --------------------------------------------------------------------------------


@pytest.mark.usefixtures("repo")
@pytest.mark.parametrize(
    ("words", "meant"),
    [
        pytest.param(["aply"], "apply", id="a command"),
        pytest.param(["plan", "--targt", "a"], "--target", id="a flag"),
        pytest.param(["--quit", "plan"], "--quiet", id="a flag before the command"),
        pytest.param(["plan", "--target", "stagin"], "staging", id="a target"),
        pytest.param(["plan", "--model", "model_lanten"], "model_lantern", id="a model"),
        pytest.param(["sandbox", "serv"], "serve", id="a command of a group"),
    ],
)
def test_a_word_that_is_nearly_right_is_answered_with_the_right_one(words, meant, capsys):
    assert main(words) == 2
    error = capsys.readouterr().err
    assert "Did you mean" in error
    assert meant in error.partition("Did you mean")[2]


# --- help ----------------------------------------------------------------------------------------


def leaves(command, path=()):
    """Every command and command of a group, with the words that lead to it."""
    if not isinstance(command, click.Group):
        return [(path, command)]
    context = click.Context(command)
    return [
        leaf
        for name in command.list_commands(context)
        for leaf in leaves(command.get_command(context, name), (*path, name))
    ]


LEAVES = leaves(commands)


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[" ".join(path) for path, _ in LEAVES])
def test_help_has_a_sentence_examples_and_a_word_for_every_option(path, command, capsys):
    assert main([*path, "--help"]) == 0
    out, err = capsys.readouterr()
    assert out.count(f"description-sync {' '.join(path)}") > 1  # the first one shows the usage
    assert err == ""
    silent = [
        option.name
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden and not option.help
    ]
    assert silent == []


def test_the_overview_names_every_command_with_a_sentence(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    for name, about in LazyCommandGroup.summaries.items():
        assert f"  {name}" in out
        assert about.endswith(".")


def test_the_help_of_a_command_names_the_global_options_and_the_overview_explains_them(capsys):
    for words in (["apply", "--help"], ["sandbox", "--help"], ["sandbox", "reset", "--help"]):
        assert main(words) == 0
        out = capsys.readouterr().out
        assert "--all-targets" in out
        assert all(option.help not in out for option in global_options())
    assert main(["--help"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert all(option.help.split(" [")[0] in out for option in global_options())


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [
        pytest.param("[oar.md, '**/sail.md']", ["plain,model_lantern"], id="names"),
        pytest.param("['props/*']", ["plain,hero", "plain,sail_s"], id="a folder"),
        pytest.param("['**/props']", ["plain,hero", "plain,sail_s"], id="a folder anywhere"),
        pytest.param("['*.md', '!oar.md']", ["plain,hero"], id="all but one"),
        pytest.param(
            "['****a']", ["plain,hero", "plain,model_lantern", "plain,sail_s"], id="a slow one"
        ),
    ],
)
def test_models_of_excluded_files_are_not_completed(repo, complete, exclude, expected):
    repo.write(
        "config.yaml", f"{CONFIG.replace(', models: {hero: model_hero}', '')}exclude: {exclude}\n"
    )
    (repo.path / "texts/README.md").unlink()
    assert complete("plan", "--model", "") == expected
