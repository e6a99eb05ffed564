import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from processes import LIMIT, started
from repositories import IDENTITY, Repo, make_hermetic

from sync.cli import main
from sync.config.json_schema import render_config_schema
from sync.config.settings import parse_config

FILES = {
    "config.yaml",
    ".description-sync/config.schema.json",
    "descriptions/_example.md",
    ".gitattributes",
    ".gitignore",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder, being the working directory."""
    make_hermetic(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys):
    def run(*words):
        code = main([*words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def files(folder):
    """What is in the folder, git's own left out, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def config_of(folder):
    return parse_config((folder / "config.yaml").read_text(), path="config.yaml")


# --- an empty folder -----------------------------------------------------------------------------


def test_an_empty_folder_becomes_a_repository_and_says_what_to_do_next(folder, run):
    assert run("init", "--yes") == (
        0,
        """\
created  config.yaml
created  .description-sync/config.schema.json
created  descriptions/_example.md
created  .gitattributes
created  .gitignore
created  a git repository

Next:

  export SCENARIO_SDK_API_KEY=… SCENARIO_SDK_API_SECRET=…   # create them in the project's settings
  description-sync doctor
  description-sync pull --all   # write the descriptions of the project to files
  git add config.yaml .description-sync/config.schema.json descriptions .gitattributes .gitignore
  git commit --message "Descriptions as they are"
  description-sync plan
""",
        "",
    )
    assert files(folder).keys() == FILES
    assert Repo(folder).git("symbolic-ref", "HEAD") == "refs/heads/main\n"


def test_the_config_is_good_and_leads_to_its_schema(folder, run):
    run("init", "--yes")
    assert run("check") == (0, "0 files checked: no errors.\n", "")
    first, *_ = (folder / "config.yaml").read_text().splitlines()
    assert first == "# yaml-language-server: $schema=.description-sync/config.schema.json"
    assert (folder / ".description-sync/config.schema.json").read_text() == render_config_schema()
    assert config_of(folder).get_target(None) == (
        "production",
        config_of(folder).targets["production"],
    )


def test_from_nothing_to_a_plan(folder, run):
    assert run("init", "--yes", "--target-name", "sandbox")[0] == 0
    repo = Repo(folder)
    for key, value in IDENTITY.items():
        repo.git("config", key, value)
    assert run("pull", "--all", "--quiet")[0] == 0
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "Descriptions as they are")
    tracked = set(repo.git("ls-files").splitlines())
    assert tracked > FILES
    assert not any("sqlite" in path for path in tracked)
    code, out, err = run("plan")
    assert (code, err) == (0, "")
    assert out.endswith("in sync, nothing to do\n")
    assert repo.git("status", "--porcelain") == ""


def test_run_twice_nothing_changes(folder, run):
    run("init", "--yes", "--workflow")
    before = files(folder)
    code, out, _ = run("init", "--yes", "--workflow", "--target-name", "other")
    assert (code, files(folder)) == (0, before)
    assert out.splitlines()[:7] == [
        *[f"kept     {path}" for path in ["config.yaml", ".description-sync/config.schema.json"]],
        *[f"kept     {path}" for path in ["descriptions/_example.md", ".gitattributes"]],
        *[f"kept     {path}" for path in [".gitignore", ".github/workflows/preview.yml"]],
        "kept     .github/workflows/apply.yml",
    ]


# --- answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "project", "descriptions"),
    [
        pytest.param("staging", "proj_1", "texts/models", id="plain"),
        pytest.param("123", "1e3", "null", id="words that YAML takes for something else"),
        pytest.param(
            "true", "proj#1:", "our models", id="signs that YAML takes for something else"
        ),
    ],
)
def test_answers_stand_in_the_config_as_they_were_given(folder, run, target, project, descriptions):
    given = ["--target-name", target, "--project-id", project, "--descriptions", descriptions]
    assert run("init", "--yes", *given)[0] == 0
    config = config_of(folder)
    assert (config.target, config.targets[target].project_id) == (target, project)
    assert config.descriptions == descriptions
    assert (folder / descriptions / "_example.md").exists()
    attribute = Repo(folder).git("check-attr", "eol", f"{descriptions}/deep/hero.md")
    assert attribute == f"{descriptions}/deep/hero.md: eol: lf\n"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (["--target-name", "a b"], "a name has letters, digits, dots, dashes and underscores only"),
        (["--project-id", "proj {1}"], "must be an id without blanks"),
        (
            ["--descriptions", "../texts"],
            "must be a path below the folder of config.yaml",
        ),
    ],
    ids=["name", "id", "folder"],
)
def test_an_answer_that_config_yaml_would_not_take_is_told_before_anything_is_written(
    folder, run, answer, message
):
    code, out, err = run("init", "--yes", *answer)
    assert (code, out, files(folder)) == (2, "", {})
    assert message in err


def test_without_a_terminal_nothing_is_asked_and_nothing_written(folder, run):
    code, out, err = run("init")
    assert (code, out, files(folder)) == (2, "", {})
    assert err == (
        "error: the command asks a question, and there is no terminal\n"
        "Pass --yes to use the defaults, or answer each question with its option.\n"
    )


def test_on_a_terminal_it_asks_for_what_was_not_given(folder):
    answers = "staging\nbad id\nproj_1\nn\ny\n"
    assert on_terminal(["init", "--descriptions", "texts"], answers, cwd=folder) == 0
    config = config_of(folder)
    assert config.target == "staging"
    assert config.targets["staging"].project_id == "proj_1"
    assert files(folder).keys() == FILES - {"descriptions/_example.md"} | {"texts/_example.md"}
    assert (folder / ".git").is_dir()


def on_terminal(words, typed, *, cwd):
    """The exit code of the command, with somebody at the keyboard."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    with (
        os.fdopen(ours, "r+b", 0) as keyboard,
        os.fdopen(theirs, "r+b", 0) as line,
        started(
            [sys.executable, "-m", "sync", *words],
            stdin=line,
            stdout=subprocess.DEVNULL,
            stderr=line,
            cwd=cwd,
            env=environment,
        ) as command,
    ):
        keyboard.write(typed.encode())
        return command.wait(timeout=LIMIT)


# --- a folder with files -------------------------------------------------------------------------


def test_what_is_there_is_left_and_named_with_what_it_lacks(folder, run):
    repo = Repo.create(folder)
    repo.write(".gitignore", "*.tmp\n/.description-sync/*\n")
    repo.write(".gitattributes", "* text=auto\n")
    repo.write("descriptions/hero.md", "The hero.\n")
    before = files(folder)
    code, out, _ = run("init", "--yes")
    assert code == 0
    assert out.splitlines()[3:6] == [
        "kept     .gitattributes: add to it `/descriptions/**/*.md text eol=lf`",
        "kept     .gitignore: add to it `!/.description-sync/config.schema.json`",
        "",
    ]
    assert {path: files(folder)[path] for path in before} == before


def test_a_config_that_is_there_says_where_the_descriptions_are(folder, run):
    Repo.create(folder).write("config.yaml", "version: 1\ndescriptions: texts\ntargets: {a: {}}\n")
    assert run("init", "--yes", "--descriptions", "elsewhere")[0] == 0
    assert (folder / "texts/_example.md").exists()
    assert not (folder / "elsewhere").exists()


def test_a_link_that_leads_nowhere_is_left(folder, run):
    (folder / ".gitignore").symlink_to("nowhere")
    code, _, err = run("init", "--yes")
    assert (code, (folder / "nowhere").exists()) == (0, False), err


def test_a_file_in_the_way_of_a_folder_is_named(folder, run):
    (folder / "descriptions").write_text("")
    code, _, err = run("init", "--yes")
    assert code == 1
    assert f"{folder}/descriptions" in err


def test_nothing_is_written_through_a_link(folder, run):
    (folder / "elsewhere").mkdir()
    (folder / "descriptions").symlink_to("elsewhere")
    code, out, err = run("init", "--yes")
    assert (code, out) == (2, "")
    assert err == (
        f"error: {folder}/descriptions is a symbolic link: git does not track the files behind it\n"
        "Replace it with a folder, or name another folder with --descriptions.\n"
    )
    assert files(folder) == {}


@pytest.mark.parametrize(
    ("ignored", "lacking"),
    [
        (".description-sync/\n", ""),
        ("*.tmp\n/.description-sync\n", ""),
        ("/.description-sync/*\n!/.description-sync/config.schema.json\n", ""),
        (
            "*.tmp\n",
            ": add to it `/.description-sync/*` and `!/.description-sync/config.schema.json`",
        ),
    ],
)
def test_only_what_is_missing_is_to_be_added(folder, run, ignored, lacking):
    Repo.create(folder).write(".gitignore", ignored)
    _, out, _ = run("init", "--yes")
    assert f"kept     .gitignore{lacking}" in out.splitlines()
    assert ("  # add to .gitignore what is named above" in out) == bool(lacking)


HUGO = "baseURL: https://example.org/\ntitle: Our site\nparams:\n  version: 1\n"


def test_the_config_of_another_program_is_kept_beside_ours(folder, run, monkeypatch):
    repo = Repo.create(folder)
    repo.write("config.yaml", HUGO)
    code, out, _ = run("init", "--yes", "--target-name", "sandbox", "--workflow")
    assert code == 0
    assert "created  description-sync.yaml" in out.splitlines()
    assert "kept     config.yaml: it belongs to another program" in out.splitlines()
    assert (folder / "config.yaml").read_text() == HUGO
    assert "config.yaml" not in (folder / ".github/workflows/preview.yml").read_text()
    assert "  git add description-sync.yaml " in out
    below = folder / "descriptions"
    for place in (folder, below):
        monkeypatch.chdir(place)
        assert run("check") == (0, "0 files checked: no errors.\n", "")
    monkeypatch.chdir(folder)
    again = run("init", "--yes", "--workflow")
    assert (again[0], again[1].count("created  ")) == (0, 0)


def test_the_config_of_another_program_further_down_is_passed_over(folder, run, monkeypatch):
    run("init", "--yes")
    site = folder / "site"
    site.mkdir()
    (site / "config.yaml").write_text(HUGO)
    monkeypatch.chdir(site)
    assert run("check")[0] == 0


def test_the_config_of_another_program_alone_is_told_as_such(folder, run):
    Repo.create(folder).write("config.yaml", HUGO)
    code, _, err = run("plan")
    assert code == 2
    assert "config.yaml is the config file of another program" in err


def test_two_configs_of_ours_are_an_error_that_names_both(folder, run):
    run("init", "--yes")
    (folder / "description-sync.yaml").write_text((folder / "config.yaml").read_text())
    code, _, err = run("check")
    assert code == 2
    assert "config.yaml and description-sync.yaml" in err
    assert run("check", "--config", "config.yaml")[0] == 0


@pytest.mark.usefixtures("folder")
def test_the_config_may_have_any_name(run):
    code, out, _ = run("init", "--yes", "--config", "teams/models.yaml")
    assert (code, "created  models.yaml" in out) == (0, True)
    assert "  cd teams" in out.splitlines()
    assert "  description-sync --config models.yaml plan" in out.splitlines()
    assert run("check", "--config", "teams/models.yaml")[0] == 0
    assert run("init", "elsewhere", "--yes", "--config", "teams/models.yaml")[0] == 2
    assert run("init", "--yes", "--workflow", "--config", "models.yaml")[0] == 2


# --- what to do next -----------------------------------------------------------------------------

TO_A_PLAN = [
    "  description-sync pull --all   # write the descriptions of the project to files",
    (
        "  git add config.yaml .description-sync/config.schema.json descriptions .gitattributes "
        ".gitignore"
    ),
    '  git commit --message "Descriptions as they are"',
    "  description-sync plan",
]


def steps(out):
    return out.partition("Next:\n\n")[2].splitlines()


@pytest.mark.usefixtures("folder")
def test_the_next_steps_begin_where_one_is(run):
    _, out, _ = run("init", "our models", "--yes", "--no-git", "--target-name", "sandbox")
    assert steps(out) == ['  cd "our models"', "  git init --initial-branch=main", *TO_A_PLAN]


@pytest.mark.usefixtures("folder")
def test_run_again_the_next_steps_are_those_of_the_config_that_is_there(run):
    run("init", "--yes", "--target-name", "sandbox")
    assert steps(run("init", "--yes")[1]) == TO_A_PLAN


def test_the_key_goes_where_the_config_says(folder, run):
    names = "{api_key_env: STUDIO_KEY, api_secret_env: STUDIO_SECRET}"
    Repo.create(folder).write(
        "config.yaml", f"version: 1\ntargets: {{a: {{credentials: {names}}}}}\n"
    )
    assert steps(run("init", "--yes")[1]) == [
        "  export STUDIO_KEY=… STUDIO_SECRET=…   # create them in the project's settings",
        "  description-sync doctor",
        *TO_A_PLAN,
    ]


@pytest.mark.usefixtures("folder")
def test_in_powershell_the_key_is_set_as_it_is_there(run, monkeypatch):
    monkeypatch.delenv("SHELL", raising=False)
    monkeypatch.setenv("PSModulePath", "C:\\Modules")
    assert steps(run("init", "--yes")[1])[0] == (
        "  $env:SCENARIO_SDK_API_KEY = '…'; $env:SCENARIO_SDK_API_SECRET = '…'"
        "   # create them in the project's settings"
    )


def test_a_config_with_faults_is_left(folder, run):
    Repo.create(folder).write("config.yaml", "::: {")
    code, out, _ = run("init", "--yes")
    assert (code, steps(out)[1:]) == (0, ["  description-sync doctor", *TO_A_PLAN])


def test_another_folder_may_be_named(folder, run):
    assert run("init", "our/models", "--yes", "--no-git")[0] == 0
    assert files(folder / "our/models").keys() == FILES
    assert not (folder / "our/models/.git").exists()


# --- the workflows -------------------------------------------------------------------------------

EXAMPLES = Path(__file__).parent.parent / "examples/github"


def test_the_workflows_are_those_of_the_examples(folder, run):
    Repo.create(folder).git("remote", "add", "origin", "git@example.com:studio.git")
    code, out, _ = run("init", "--yes", "--workflow")
    assert (code, "git remote" in out) == (0, False)
    for name in ("preview.yml", "apply.yml"):
        written = (folder / ".github/workflows" / name).read_text()
        assert written == (EXAMPLES / name).read_text()
    assert config_of(folder).snapshots.push == "origin"


def test_the_workflows_look_at_the_folder_that_was_chosen(folder, run):
    run("init", "--yes", "--workflow", "--descriptions", "texts/models")
    for path in (folder / ".github/workflows").iterdir():
        events = yaml.safe_load(path.read_text())[True]  # YAML 1.1 reads `on` as true
        (event,) = [each for each in events.values() if "paths" in each]
        assert event["paths"] == ["texts/models/**", "config.yaml"]


def test_without_a_remote_nothing_is_pushed_there_until_there_is_one(folder, run):
    step = "  git remote add origin URL   # and let config.yaml say: snapshots: {push: origin}"
    assert step in run("init", "--yes", "--workflow")[1].splitlines()
    assert config_of(folder).snapshots.push is None


@pytest.mark.parametrize(
    ("commands", "branch"),
    [
        pytest.param(["symbolic-ref HEAD refs/heads/trunk"], "trunk", id="the one at hand"),
        pytest.param(
            ["commit --allow-empty -qm x", "branch -m master", "checkout -qb wip"],
            "master",
            id="not one of somebody's own",
        ),
        pytest.param(
            [
                "commit --allow-empty -qm x",
                "update-ref refs/remotes/origin/release HEAD",
                "symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/release",
            ],
            "release",
            id="that of the remote",
        ),
        pytest.param(
            ["commit --allow-empty -qm x", "checkout -q --detach", "branch -D main"],
            "main",
            id="none",
        ),
    ],
)
def test_what_is_applied_is_merged_into_the_branch_that_there_is(folder, run, commands, branch):
    repo = Repo.create(folder)
    for command in commands:
        repo.git(*command.split())
    assert run("init", "--yes", "--workflow")[0] == 0
    workflow = yaml.safe_load((folder / ".github/workflows/apply.yml").read_text())
    assert workflow[True]["push"]["branches"] == [branch]


def test_there_are_no_workflows_below_the_root_of_a_repository(folder, run):
    Repo.create(folder)
    code, _, err = run("init", "studio", "--yes", "--workflow")
    assert (code, (folder / "studio").exists()) == (2, False)
    assert err == (
        "error: GitHub looks for workflows at the root of a repository only\n"
        f"Start in {folder}, or leave out --workflow.\n"
    )
    assert run("init", "studio", "--yes")[0] == 0


@pytest.mark.parametrize("action", ["studio/description-sync@0123abc", "./tools/description-sync"])
def test_the_workflows_use_the_action_that_was_named(folder, run, action):
    code, out, _ = run("init", "--yes", "--action", action)
    assert (code, "OWNER" in out) == (0, False)
    for path in (folder / ".github/workflows").iterdir():
        assert f"uses: {action}\n" in path.read_text()
        assert "OWNER" not in path.read_text()


@pytest.mark.usefixtures("folder")
def test_without_a_name_of_the_action_init_says_what_to_write(run):
    code, out, _ = run("init", "--yes", "--workflow")
    assert code == 0
    assert "# replace OWNER/description-sync@REF" in out


@pytest.mark.usefixtures("folder")
def test_a_workflow_that_was_kept_still_needs_the_action(run):
    assert run("init", "--yes", "--workflow")[0] == 0
    code, out, _ = run("init", "--yes", "--action", "studio/description-sync@0123abc")
    assert code == 0
    assert "kept     .github/workflows/apply.yml" in out
    assert "# replace OWNER/description-sync@REF" in out


@pytest.mark.parametrize("action", ["a", "a/b", "a/b@x y", "../x", "a/b@x\n- run: y"])
@pytest.mark.usefixtures("folder")
def test_what_is_no_place_of_an_action_is_refused(run, action):
    assert run("init", "--yes", "--workflow", "--action", action)[0] == 2
