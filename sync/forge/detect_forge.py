"""Find the pull request and the repository of a CI job from its environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from sync.errors import UsageError
from sync.forge.calls import ForgeAccess
from sync.forge.github import GitHubComments
from sync.forge.github_tickets import GitHubTickets
from sync.forge.gitlab import GitLabComments
from sync.forge.gitlab_tickets import GitLabTickets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.forge.post_report import CommentThread
    from sync.forge.tickets import Tracker


def find_files_url(environment: Mapping[str, str], folder: str, commit: str | None) -> str:
    """Return the address of a folder of the CI job's repository, at the commit; "" if unknown.

    For a pull request that is its own commit, not the merge that GitHub made to try it.
    """
    if environment.get("GITLAB_CI"):
        own = "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"  # set if the job has a merge that was only tried
        commit = environment.get(own) or commit
        base = environment.get("CI_PROJECT_URL", "")
        middle = "-/blob"
    else:
        event = _read_event(environment)
        head = event.pull_request.head if event and event.pull_request else None
        commit = head.sha if head else commit
        names = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
        base = "/".join(names) if all(names) else ""
        middle = "blob"
    if not commit or not re.fullmatch(r"https?://[\w./:-]+", base, re.ASCII):
        return ""
    return "/".join([base, middle, commit, *([quote(folder)] if folder not in {"", "."} else [])])


def detect_forge(
    environment: Mapping[str, str], repository: str | None, *, number: int | None
) -> CommentThread:
    """Return the pull request that the options name, otherwise that of the CI job.

    Raises UsageError if neither is known.
    """
    if environment.get("GITLAB_CI"):
        target = environment.get("CI_MERGE_REQUEST_PROJECT_ID")  # CI_PROJECT_ID may be the fork's
        iid = number or int(_require_variable(environment, "CI_MERGE_REQUEST_IID", "--number N"))
        project = _find_gitlab_project(environment, repository or target)
        return GitLabComments(project, iid, _read_gitlab_access(environment))
    name = _find_github_repository(environment, repository)
    return GitHubComments(
        name, number or _read_event_number(environment), _read_github_access(environment)
    )


def detect_tracker(environment: Mapping[str, str], repository: str | None) -> Tracker:
    """Return the issues and pull requests of the named repository, otherwise of the CI job's.

    Raises UsageError if neither is known.
    """
    if environment.get("GITLAB_CI"):
        project = _find_gitlab_project(environment, repository)
        return GitLabTickets(project, _read_gitlab_access(environment))
    name = _find_github_repository(environment, repository)
    return GitHubTickets(name, _read_github_access(environment))


def _read_github_access(environment: Mapping[str, str]) -> ForgeAccess:
    """Read the runner's variables, whose defaults are those of github.com.

    https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    """
    url = _read_variable(environment, "GITHUB_API_URL") or "https://api.github.com"
    graphql_url = _read_variable(environment, "GITHUB_GRAPHQL_URL")
    token = _require_variable(environment, "GITHUB_TOKEN")
    return ForgeAccess(url, token, graphql_url or f"{url.rstrip('/').removesuffix('/v3')}/graphql")


def _read_gitlab_access(environment: Mapping[str, str]) -> ForgeAccess:
    """Read the runner's variables; the URL ends in /api/v4.

    https://docs.gitlab.com/ci/variables/predefined_variables

    CI_JOB_TOKEN, which every job has, cannot write comments: GITLAB_TOKEN is required.
    """
    token = _require_variable(environment, "GITLAB_TOKEN")
    return ForgeAccess(_require_variable(environment, "CI_API_V4_URL"), token)


def _find_gitlab_project(environment: Mapping[str, str], repository: str | None) -> str:
    return repository or _require_variable(environment, "CI_PROJECT_ID", "--repository ID")


def _find_github_repository(environment: Mapping[str, str], repository: str | None) -> str:
    name = repository or _require_variable(
        environment, "GITHUB_REPOSITORY", "--repository OWNER/NAME"
    )
    parts = name.split("/")
    if len(parts) != 2 or not all(map(_is_repository_part, parts)):  # noqa: PLR2004 - OWNER/NAME
        raise UsageError(f'"{name}" is not a repository', hint="Write it as OWNER/NAME.")
    return name


def _is_repository_part(part: str) -> bool:
    """Return True for an owner or a name; `.` and `..` would make another path of the URL."""
    return bool(re.fullmatch(r"[\w.-]+", part, re.ASCII)) and part not in {".", ".."}


def _read_variable(environment: Mapping[str, str], name: str) -> str | None:
    """Return the value of a variable, None if it is not set. Raises UsageError if it is empty."""
    value = environment.get(name)
    if value is not None and not value.strip():
        raise UsageError(f"{name} is empty", hint=f"Give {name} a value, or do not set it.")
    return value


def _require_variable(environment: Mapping[str, str], name: str, option: str = "") -> str:
    value = environment.get(name, "").strip()
    if not value:
        way = f"Name it with {option}, or set" if option else "Set"
        raise UsageError(f"{name} is not set", hint=f"{way} {name} in the environment.")
    return value


class _Head(BaseModel):
    sha: str


class _IssueOrPullRequest(BaseModel):
    number: int
    head: _Head | None = None


class _WorkflowEvent(BaseModel):
    """The event that started a workflow; for a comment on a pull request, `issue` is set."""

    pull_request: _IssueOrPullRequest | None = None
    issue: _IssueOrPullRequest | None = None


def _read_event(environment: Mapping[str, str]) -> _WorkflowEvent | None:
    """Return the event of the job, an empty one if it names none, None if it cannot be read."""
    path = environment.get("GITHUB_EVENT_PATH")
    try:
        return (
            _WorkflowEvent.model_validate_json(Path(path).read_bytes())
            if path
            else _WorkflowEvent()
        )
    except (OSError, ValidationError):
        return None


def _read_event_number(environment: Mapping[str, str]) -> int:
    event = _read_event(environment)
    if event is None:
        path = environment["GITHUB_EVENT_PATH"]
        raise UsageError(f"GITHUB_EVENT_PATH: {path} is not the JSON of an event")
    at = event.pull_request or event.issue
    if at is None:
        raise UsageError(
            "this run belongs to no pull request",
            hint="Name one with --number, or leave `comment` out.",
        )
    return at.number
