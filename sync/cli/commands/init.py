"""`init`: create a repository of descriptions in an empty or existing folder."""

from __future__ import annotations

import os
import re
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from sync.cli.options import Command, build_options
from sync.cli.output import print_report
from sync.errors import UsageError
from sync.shell_words import join_words, quote_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.cli.global_options import GlobalOptions
    from sync.config.settings import CredentialNames
    from sync.config.starter import StarterAnswers
    from sync.git import Repository
    from sync.operations.init import StarterResult


class ConfigValue(click.ParamType[str]):
    """An option type that accepts the values that config.yaml accepts."""

    def __init__(self, name: Literal["name", "id", "folder"]) -> None:
        self.name = name

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from pydantic import TypeAdapter, ValidationError

        from sync.config.settings import Id, RelativePath, TargetName

        types = {"name": TargetName, "id": Id, "folder": RelativePath}
        try:
            return TypeAdapter[str](types[self.name]).validate_python(value)
        except ValidationError as error:
            self.fail(str(error.errors()[0]["ctx"]["error"]), param, ctx)


class ActionType(click.ParamType[str]):
    """An option type: the place of an action, in the form of `uses:` in a GitHub workflow."""

    name = "action"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"\./[\w./-]*|[\w.-]+(?:/[\w.-]+)+@[\w./-]+", value):
            self.fail("write it as OWNER/NAME@COMMIT, or ./FOLDER of this repository", param, ctx)
        return value


NAME, ID, FOLDER = ConfigValue("name"), ConfigValue("id"), ConfigValue("folder")


@dataclass(frozen=True, slots=True, kw_only=True)
class InitOptions:
    """The answers given on the command line; None for those that init asks for."""

    target_name: str | None = None
    project_id: str | None = None
    descriptions: str | None = None
    workflow: bool | None = None
    action: str | None = None
    git: bool | None = None
    yes: bool = False


@click.command(cls=Command)
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--target-name", type=NAME, metavar="NAME", help="Set the target's name.")
@click.option("--project-id", type=ID, metavar="ID", help="Set the project of the API key.")
@click.option("--descriptions", type=FOLDER, metavar="FOLDER", help="Set the folder of the texts.")
@click.option(
    "--workflow/--no-workflow",
    default=None,
    help="Add GitHub workflows that preview and apply changes [default: ask; no with --yes].",
)
@click.option(
    "--action",
    type=ActionType(),
    metavar="OWNER/NAME@REF",
    help="Set where the workflows find description-sync, such as ./tools/description-sync; "
    "implies --workflow.",
)
@click.option(
    "--git/--no-git",
    default=None,
    help="Create a git repository if there is none [default: ask; yes with --yes].",
)
@click.option("--yes", is_flag=True, help="Use the defaults without asking.")
@click.pass_obj
def command(global_options: GlobalOptions, /, folder: Path, **answers: object) -> None:
    """Create a repository of descriptions in FOLDER [default: the working directory].

    Init writes config.yaml with comments, its JSON Schema for editors, a folder with an example,
    .gitattributes and .gitignore. If config.yaml belongs to another program, such as Hugo, the
    file is called description-sync.yaml; --config names another one. On a terminal init asks a few
    questions. Existing files are kept and listed, so init can be run again at any time.

    \b
    Examples:
      description-sync init
      description-sync init our-models --yes
      description-sync init --project-id proj_xxx --workflow --yes
      description-sync init --action studio/description-sync@COMMIT --yes
      description-sync init --target-name sandbox --yes
    """
    from sync.config.starter import make_starter_files, make_workflow_files
    from sync.git import Repository, create_repository
    from sync.operations.init import choose_config, create_starter_file, refuse_links
    from sync.workspace.find_config import CONFIG_NAME, OTHER_CONFIG_NAME, find_git_root

    given = build_options(InitOptions, answers)
    if given.action and given.workflow is None:
        given = replace(given, workflow=True)
    config = choose_config(folder.resolve(), global_options.config)
    root = config.parent
    asks = _should_prompt(given)
    repository = find_git_root(root)
    chosen = _collect_answers(config, given, repository=repository, asks=asks)
    starts_one = repository is None and _confirm_option(
        given.git, "Make a git repository of it?", usual=True, asks=asks
    )
    if chosen.workflow and repository:
        chosen = _add_git_facts(chosen, Repository.discover(repository))
    files = [*make_starter_files(chosen), *(make_workflow_files(chosen) if chosen.workflow else [])]
    refuse_links(root, files)
    made = [create_starter_file(root, file) for file in files]
    lines = [each.line for each in made]
    if starts_one:
        create_repository(root)
        lines.append("created  a git repository")
    start = _InitResult(
        config,
        credentials=_read_credential_names(config),
        paths=_list_paths_to_add(chosen, made),
        incomplete=[each.path for each in made if each.lacks],
        is_in_git=starts_one or repository is not None,
        needs_remote=chosen.workflow and not chosen.has_remote,
        needs_action=any(_lacks_action(root / each.path) for each in made),
    )
    if config.name == OTHER_CONFIG_NAME and (root / CONFIG_NAME).exists():
        lines.append(f"kept     {CONFIG_NAME}: it belongs to another program")
    print_report(
        "\n".join([*lines, "", "Next:", "", *(f"  {step}" for step in _list_next_steps(start))])
    )


def _add_git_facts(answers: StarterAnswers, repository: Repository) -> StarterAnswers:
    from sync.config.starter import REMOTE
    from sync.git.facts import find_default_branch, has_remote

    return replace(
        answers, branch=find_default_branch(repository), has_remote=has_remote(repository, REMOTE)
    )


# --- answers -------------------------------------------------------------------------------------


def _should_prompt(given: InitOptions) -> bool:
    """Return True if init asks for missing answers. Raises UsageError without a terminal."""
    from sync.cli.questions import require_terminal

    if given.yes:
        return False
    require_terminal(
        hint="Pass --yes to use the defaults, or answer each question with its option."
    )
    return True


def _collect_answers(
    config: Path, given: InitOptions, *, repository: Path | None, asks: bool
) -> StarterAnswers:
    from sync.config.settings import read_folder_config
    from sync.config.starter import ACTION, SANDBOX, StarterAnswers
    from sync.model.config_names import ROOT_CONFIGS
    from sync.workspace.find_config import read_config_text

    root = config.parent
    if given.workflow and config.name not in ROOT_CONFIGS:
        raise UsageError(
            f"the workflows look for {' or '.join(ROOT_CONFIGS)}, not for {config.name}",
            hint="Give it one of these names, or leave out --workflow.",
        )
    if given.workflow and repository not in {None, root}:
        raise UsageError(
            "GitHub looks for workflows at the root of a repository only",
            hint=f"Start in {repository}, or leave out --workflow.",
        )
    asks_workflow = asks and repository in {None, root} and config.name in ROOT_CONFIGS
    if config.exists():  # it is kept, and it names the folder of descriptions
        folder = read_folder_config(read_config_text(config)).descriptions
        return StarterAnswers(
            descriptions=folder,
            config_name=config.name,
            workflow=_confirm_workflow(given, asks=asks_workflow),
            action=given.action or ACTION,
        )
    usual = StarterAnswers()
    target = _prompt_for_value(given.target_name, "Target", usual.target, kind=NAME, asks=asks)
    of_sandbox = target == SANDBOX
    return StarterAnswers(
        target=target,
        project_id=_prompt_for_value(
            given.project_id, "Project id, if any", "", kind=ID, asks=asks and not of_sandbox
        ),
        descriptions=_prompt_for_value(
            given.descriptions, "Descriptions in", usual.descriptions, kind=FOLDER, asks=asks
        ),
        config_name=config.name,
        workflow=_confirm_workflow(given, asks=asks_workflow),
        action=given.action or ACTION,
    )


def _prompt_for_value(
    given: str | None, question: str, usual: str, *, kind: ConfigValue, asks: bool
) -> str:
    if given is not None:
        return given
    if not asks:
        return usual
    answer: str = click.prompt(
        question,
        default=usual,
        show_default=bool(usual),
        value_proc=lambda words: words and kind.convert(words, None, None),
        err=True,
    )
    return answer


def _confirm_workflow(given: InitOptions, *, asks: bool) -> bool:
    return _confirm_option(
        given.workflow,
        "Add GitHub workflows that preview and apply changes?",
        usual=False,
        asks=asks,
    )


def _confirm_option(given: bool | None, question: str, *, usual: bool, asks: bool) -> bool:
    if given is not None:
        return given
    return click.confirm(question, default=usual, err=True) if asks else usual


# --- what to do next -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _InitResult:
    """The state after init, from which the next steps follow.

    `paths` are the files and folders to add to git. `incomplete` are the existing files that lack
    lines. `credentials` are the variables of the default target's key; None if it needs no key.
    """

    config: Path
    _: KW_ONLY
    paths: Sequence[str]
    credentials: CredentialNames | None
    incomplete: Sequence[str]
    is_in_git: bool
    needs_remote: bool
    needs_action: bool


def _lacks_action(path: Path) -> bool:
    """Return True if a workflow, made now or earlier, does not say where description-sync is."""
    from sync.config.starter import ACTION

    return path.suffix == ".yml" and path.is_file() and ACTION in path.read_text(errors="replace")


def _list_paths_to_add(chosen: StarterAnswers, made: Sequence[StarterResult]) -> list[str]:
    """List the files of init and the folder of descriptions, relative to the root."""
    folder = chosen.descriptions or "."
    example = f"{chosen.descriptions}/_example.md".lstrip("/")
    return [folder if each.path == example else each.path for each in made]


def _read_credential_names(config: Path) -> CredentialNames | None:
    """Read the variable names of the key from config.yaml; the defaults if it is invalid."""
    from sync.config.settings import CredentialNames, parse_config
    from sync.workspace.find_config import read_config_text

    try:
        _, target = parse_config(read_config_text(config), path=config.name).get_target(None)
    except UsageError:
        return CredentialNames()
    return None if target.sandbox else target.credentials


def _list_next_steps(start: _InitResult) -> Iterator[str]:
    from sync.config.starter import ACTION, REMOTE
    from sync.model.config_names import ROOT_CONFIGS
    from sync.workspace.path_arguments import make_path_from

    root, name = start.config.parent, start.config.name
    program = "description-sync"
    if name not in ROOT_CONFIGS:
        program = join_words([program, "--config", name])
    if root != Path.cwd():
        yield f"cd {quote_word(make_path_from(Path.cwd(), root))}"
    if not start.is_in_git:
        yield "git init --initial-branch=main"
    if start.incomplete:
        yield f"# add to {' and '.join(start.incomplete)} what is named above"
    if start.needs_remote:
        key = f"snapshots: {{push: {REMOTE}}}"
        yield f"git remote add {REMOTE} URL   # and let {name} say: {key}"
    if start.needs_action:
        yield f"# replace {ACTION} in .github/workflows by your copy of description-sync"
    if names := start.credentials:
        variables = _set_variables(names.api_key_env, names.api_secret_env)
        yield f"{variables}   # create them in the project's settings"
        yield f"{program} doctor"
    yield f"{program} pull --all   # write the descriptions of the project to files"
    yield f"git add {join_words(start.paths)}"
    yield 'git commit --message "Descriptions as they are"'
    yield f"{program} plan"


def _set_variables(*names: str) -> str:
    """Return the line that sets the variables in the user's shell: PowerShell, or one like sh.

    Windows always has PSModulePath; a shell like sh sets SHELL there, too.
    """
    if "PSModulePath" in os.environ and "SHELL" not in os.environ:
        return "; ".join(f"$env:{name} = '…'" for name in names)
    return f"export {' '.join(f'{name}=…' for name in names)}"
