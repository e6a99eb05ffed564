"""`init`: start a repository of descriptions, in a folder with or without files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from sync.cli.configuration import CONFIG_NAME, read_text
from sync.cli.options import Command, take
from sync.cli.output import is_interactive, report
from sync.config import Id, Name, PathBelow, read_scope
from sync.errors import SyncError, UsageError
from sync.git import create_repository
from sync.starter import SANDBOX, Answers, StarterFile, starter_files, workflows


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
    files = [*starter_files(chosen), *(workflows(chosen) if chosen.workflow else [])]
    lines = [_made(root, file) for file in files]
    if starts_one:
        create_repository(root)
        lines.append("created  a git repository")
    report("\n".join([*lines, "", "Next:", "", *_next_steps(chosen)]))


def _repository_around(folder: Path) -> Path | None:
    """The root of the repository that the folder is in."""
    around = (folder, *folder.parents)
    return next((each for each in around if (each / ".git").exists()), None)


# --- answers -------------------------------------------------------------------------------------


def _asks(given: Given) -> bool:
    """Whether to ask for what was not given. Raises UsageError where nobody is there."""
    if given.yes:
        return False
    if not is_interactive():
        raise UsageError(
            "nobody is there to be asked",
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


def _made(root: Path, file: StarterFile) -> str:
    """Make the file unless there is one, and a line that says so. Raises SyncError."""
    path = root / file.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path):
            return _kept(path, file)
        with path.open("x", encoding="utf-8", newline="") as new:
            new.write(file.content)
    except OSError as error:
        raise SyncError(f"{path} cannot be written: {error.strerror}") from error
    return f"created  {file.path}"


def _kept(path: Path, file: StarterFile) -> str:
    content = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    lacking = [f"`{line}`" for line in file.lacking(content)]
    return f"kept     {file.path}{': add to it ' if lacking else ''}{' and '.join(lacking)}"


def _next_steps(answers: Answers) -> list[str]:
    steps = [
        "  description-sync pull --all   # what the project has, into files",
        '  git add --all && git commit --message "Descriptions as they are"',
        "  description-sync plan",
    ]
    if answers.target == SANDBOX:
        return steps
    key = "  export SCENARIO_SDK_API_KEY=… SCENARIO_SDK_API_SECRET=…   # of the project's settings"
    return [key, "  description-sync doctor", *steps]
