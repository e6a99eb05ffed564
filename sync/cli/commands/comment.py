"""`comment`: a report as the one comment on a pull request."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel, ValidationError

from sync.cli.exits import DONE
from sync.cli.options import Command, Settings
from sync.cli.output import say
from sync.cli.workspace import NO_WAIT
from sync.errors import UsageError
from sync.forge import GitHub, GitLab, post
from sync.reports.comment import read_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.forge import Forge


@click.command(cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--repository", metavar="NAME", help="OWNER/NAME, or GitLab's project id or path.")
@click.option("--number", type=click.IntRange(min=1), help="Of the pull or merge request.")
@click.pass_obj
def command(settings: Settings, file: Path, repository: str | None, number: int | None) -> int:
    """Make a Markdown report the comment on a pull request, or bring the comment up to date.

    FILE is what `--report markdown=FILE` wrote. There is one comment a target: it is found again,
    and nobody else's is ever touched. Where a pull request changes nothing there is none. What is
    too long for the server is shortened.

    In CI the pull request is known; the token is GITHUB_TOKEN or GITLAB_TOKEN.

    \b
    description-sync plan --since origin/main --report markdown=plan.md
    description-sync comment plan.md
    description-sync comment plan.md --repository studio/descriptions --number 7
    """
    report = read_report(_read(file), path=str(file))
    forge = forge_of(os.environ, repository, number=number)
    done = post(forge, report, sleep=_no_wait if os.environ.get(NO_WAIT) else time.sleep)
    if not settings.quiet:
        say(f"comment {done}")
    return DONE


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no report: it is not UTF-8") from error


def _no_wait(_: float) -> None:
    """Every wait is over at once: for tests of the whole command."""


# --- which pull request --------------------------------------------------------------------------


def forge_of(
    environment: Mapping[str, str], repository: str | None, *, number: int | None
) -> Forge:
    """The pull request that is named, else the one that CI is at work on. Raises UsageError."""
    if environment.get("GITLAB_CI"):
        return _gitlab(environment, repository, number=number)
    return _github(environment, repository, number=number)


def _github(
    environment: Mapping[str, str], repository: str | None, *, number: int | None
) -> GitHub:
    """A runner's variables.

    https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    """
    url = environment.get("GITHUB_API_URL", "https://api.github.com")
    graphql_url = environment.get("GITHUB_GRAPHQL_URL") or f"{url.removesuffix('/v3')}/graphql"
    return GitHub(
        repository or _variable(environment, "GITHUB_REPOSITORY", "--repository OWNER/NAME"),
        number or _number_of_event(environment),
        token=_variable(environment, "GITHUB_TOKEN"),
        url=url,
        graphql_url=graphql_url,
    )


def _gitlab(
    environment: Mapping[str, str], repository: str | None, *, number: int | None
) -> GitLab:
    """A runner's variables: https://docs.gitlab.com/ci/variables/predefined_variables.

    CI_JOB_TOKEN, which every job has, may not write notes.
    """
    project = environment.get("CI_MERGE_REQUEST_PROJECT_ID")  # CI_PROJECT_ID may be the fork's
    iid = number or int(_variable(environment, "CI_MERGE_REQUEST_IID", "--number N"))
    return GitLab(
        repository or project or _variable(environment, "CI_PROJECT_ID", "--repository ID"),
        iid,
        token=_variable(environment, "GITLAB_TOKEN"),
        url=_variable(environment, "CI_API_V4_URL"),
    )


def _variable(environment: Mapping[str, str], name: str, option: str = "") -> str:
    value = environment.get(name, "").strip()
    if not value:
        way = f"Name it with {option}, or set" if option else "Set"
        raise UsageError(f"{name} is not set", hint=f"{way} {name} in the environment.")
    return value


class _Numbered(BaseModel):
    number: int


class _Event(BaseModel):
    """The event that a workflow runs for; a comment on a pull request is one on its issue."""

    pull_request: _Numbered | None = None
    issue: _Numbered | None = None


def _number_of_event(environment: Mapping[str, str]) -> int:
    path = environment.get("GITHUB_EVENT_PATH")
    try:
        event = _Event.model_validate_json(Path(path).read_bytes()) if path else _Event()
    except (OSError, ValidationError) as error:
        raise UsageError(f"GITHUB_EVENT_PATH: {path} is not the JSON of an event") from error
    at = event.pull_request or event.issue
    if at is None:
        raise UsageError(
            "this run belongs to no pull request",
            hint="Name one with --number, or leave `comment` out.",
        )
    return at.number
