"""`init`: start a repository of descriptions, in a folder with or without files."""

from __future__ import annotations

import os
import shlex
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from pydantic import TypeAdapter, ValidationError

from sync.cli.configuration import CONFIG_NAME, read_text
from sync.cli.options import Command, take
from sync.cli.output import is_interactive, report
from sync.config import CredentialNames, Id, Name, PathBelow, parse_config, read_scope
from sync.errors import SyncError, UsageError
from sync.git import Repository, create_repository, has_remote, usual_branch
from sync.starter import REMOTE, SANDBOX, Answers, StarterFile, starter_files, workflows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class _Judged(click.ParamType[str]):
    """What config.yaml would take, told before the file is written."""

    def __init__(self, name: str, judge: Any) -> None:  # noqa: ANN401 - Annotated is no type
        self.name = name
        self._judge = TypeAdapter[str](judge)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return self._judge.validate_python(value)
        except ValidationError as error:
            self.fail(str(error.errors()[0]["ctx"]["error"]), param, ctx)


NAME, ID, FOLDER = _Judged("name", Name), _Judged("id", Id), _Judged("folder", PathBelow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The answers that stand on the command line; None for those that are to be asked for."""

    target_name: str | None = None
    project_id: str | None = None
    descriptions: str | None = None
    workflow: bool | None = None
    git: bool | None = None
    yes: bool = False


@click.command(cls=Command)
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--target-name", type=NAME, metavar="NAME", help="What to call the project.")
@click.option("--project-id", type=ID, metavar="ID", help="The project that the key belongs to.")
@click.option("--descriptions", type=FOLDER, metavar="FOLDER", help="Where the texts shall be.")
@click.option(
    "--workflow/--no-workflow",
    default=None,
    help="Whether GitHub shall preview and apply changes.",
)
@click.option("--git/--no-git", default=None, help="Whether to make a git repository of it.")
@click.option("--yes", is_flag=True, help="Do not ask: what is not given is as usual.")
def command(folder: Path, **answers: object) -> None:
    """Start a repository of descriptions in FOLDER, or here.

    Writes config.yaml with comments, its JSON Schema for editors, a folder with an example,
    .gitattributes and .gitignore; on a terminal it asks a few questions. A file that is there is
    left as it is, and named: init may be run again at any time.

    \b
    description-sync init
    description-sync init our-models --yes
    description-sync init --project-id proj_xxx --workflow --yes
    description-sync init --target-name sandbox --yes
    """
    given, root = take(Given, answers), folder.resolve()
    asks = _asks(given)
    repository = _repository_around(root)
    chosen = _answers(root, given, repository=repository, asks=asks)
    starts_one = repository is None and _agreed(
        given.git, "Make a git repository of it?", usual=True, asks=asks
    )
    if chosen.workflow and repository:
        chosen = _as_git_has_it(chosen, Repository.containing(repository))
    files = [*starter_files(chosen), *(workflows(chosen) if chosen.workflow else [])]
    _refuse_links(root, files)
    made = [_made(root, file) for file in files]
    lines = [each.line for each in made]
    if starts_one:
        create_repository(root)
        lines.append("created  a git repository")
    start = _Start(
        root,
        credentials=_credentials(root),
        incomplete=[each.path for each in made if each.lacks],
        is_in_git=starts_one or repository is not None,
        needs_remote=chosen.workflow and not chosen.has_remote,
    )
    report("\n".join([*lines, "", "Next:", "", *(f"  {step}" for step in _next_steps(start))]))


def _repository_around(folder: Path) -> Path | None:
    """The root of the repository that the folder is in."""
    around = (folder, *folder.parents)
    return next((each for each in around if (each / ".git").exists()), None)


def _as_git_has_it(answers: Answers, repository: Repository) -> Answers:
    return replace(
        answers, branch=usual_branch(repository), has_remote=has_remote(repository, REMOTE)
    )


# --- answers -------------------------------------------------------------------------------------


def _asks(given: Given) -> bool:
    """Whether to ask for what was not given. Raises UsageError where that is not possible."""
    if given.yes:
        return False
    if not is_interactive():
        raise UsageError(
            "there is no terminal to ask on",
            hint="Pass --yes to start with what is usual; options answer one by one.",
        )
    return True


def _answers(root: Path, given: Given, *, repository: Path | None, asks: bool) -> Answers:
    if given.workflow and repository not in {None, root}:
        raise UsageError(
            "GitHub looks for workflows at the root of a repository only",
            hint=f"Start in {repository}, or leave out --workflow.",
        )
    asks_workflow = asks and repository in {None, root}
    config = root / CONFIG_NAME
    if config.exists():  # it is left, and says where the descriptions are
        folder = read_scope(read_text(config)).descriptions
        return Answers(descriptions=folder, workflow=_wants_workflow(given, asks=asks_workflow))
    usual = Answers()
    target = _answer(given.target_name, "Target", usual.target, kind=NAME, asks=asks)
    of_sandbox = target == SANDBOX
    return Answers(
        target=target,
        project_id=_answer(
            given.project_id, "Project id, if any", "", kind=ID, asks=asks and not of_sandbox
        ),
        descriptions=_answer(
            given.descriptions, "Descriptions in", usual.descriptions, kind=FOLDER, asks=asks
        ),
        workflow=_wants_workflow(given, asks=asks_workflow),
    )


def _answer(given: str | None, question: str, usual: str, *, kind: _Judged, asks: bool) -> str:
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


def _wants_workflow(given: Given, *, asks: bool) -> bool:
    return _agreed(
        given.workflow, "Shall GitHub preview and apply changes?", usual=False, asks=asks
    )


def _agreed(given: bool | None, question: str, *, usual: bool, asks: bool) -> bool:
    if given is not None:
        return given
    return click.confirm(question, default=usual, err=True) if asks else usual


# --- files ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Made:
    """What became of one file; `lacks` are the lines that one that was there should have."""

    path: str
    was_there: bool = False
    lacks: Sequence[str] = ()

    @property
    def line(self) -> str:
        if not self.was_there:
            return f"created  {self.path}"
        lacking = " and ".join(f"`{line}`" for line in self.lacks)
        return f"kept     {self.path}{': add to it ' if lacking else ''}{lacking}"


def _refuse_links(root: Path, files: Sequence[StarterFile]) -> None:
    """Raise UsageError where a file would be written through a link, to where git does not look."""
    for file in files:
        for folder in Path(file.path).parents:
            if (root / folder).is_symlink():
                raise UsageError(
                    f"{root / folder} is a link: git does not track what is behind it",
                    hint="Make a folder of it, or name another one with --descriptions.",
                )


def _made(root: Path, file: StarterFile) -> _Made:
    """Make the file unless there is one. Raises SyncError."""
    path = root / file.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path):
            return _kept(path, file)
        with path.open("x", encoding="utf-8", newline="") as new:
            new.write(file.content)
    except OSError as error:
        raise SyncError(f"{path} cannot be written: {error.strerror}") from error
    return _Made(file.path)


def _kept(path: Path, file: StarterFile) -> _Made:
    content = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return _Made(file.path, was_there=True, lacks=file.lacking(content))


# --- what to do next -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Start:
    """Where somebody is who ran init; `incomplete` are the files that lack lines.

    `credentials` are where the default target's key is to be found, None where it needs none.
    """

    root: Path
    _: KW_ONLY
    credentials: CredentialNames | None
    incomplete: Sequence[str]
    is_in_git: bool
    needs_remote: bool


def _credentials(root: Path) -> CredentialNames | None:
    """As config.yaml has it, whoever wrote that."""
    try:
        _, target = parse_config(read_text(root / CONFIG_NAME), path=CONFIG_NAME).named(None)
    except UsageError:
        return CredentialNames()
    return None if target.sandbox else target.credentials


def _next_steps(start: _Start) -> Iterator[str]:
    if start.root != Path.cwd():
        yield f"cd {shlex.quote(os.path.relpath(start.root))}"
    if not start.is_in_git:
        yield "git init --initial-branch=main"
    if start.incomplete:
        yield f"# add to {' and '.join(start.incomplete)} what is named above"
    if start.needs_remote:
        key = f"snapshots: {{push: {REMOTE}}}"
        yield f"git remote add {REMOTE} URL   # and let {CONFIG_NAME} say: {key}"
    if names := start.credentials:
        key = f"{names.api_key_env}=… {names.api_secret_env}=…"
        yield f"export {key}   # of the project's settings"
        yield "description-sync doctor"
    yield "description-sync pull --all   # what the project has, into files"
    yield 'git add --all && git commit --message "Descriptions as they are"'
    yield "description-sync plan"
