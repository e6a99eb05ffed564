"""Detect a job of a CI service from the environment, and who started it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Each CI service sets one of these for its jobs; most of them set CI, too.
CI_VARIABLES = (
    *("CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "BUILDKITE", "TF_BUILD"),
    *("TEAMCITY_VERSION", "CODEBUILD_BUILD_ID", "BITBUCKET_BUILD_NUMBER"),
)


def is_ci_job(environment: Mapping[str, str]) -> bool:
    """Return True if this is a job of a CI service, whose clone disappears when the job ends."""
    return any(
        environment.get(name, "").lower() not in {"", "0", "false", "no"} for name in CI_VARIABLES
    )


def describe_ci_job(environment: Mapping[str, str]) -> str:
    """Name the actor and the run of a job of GitHub Actions or GitLab CI; "" for other places."""
    for service, actor, run in (
        ("GitHub Actions", "GITHUB_ACTOR", "GITHUB_RUN_ID"),
        ("GitLab CI", "GITLAB_USER_LOGIN", "CI_PIPELINE_ID"),
    ):
        if environment.get(actor) and environment.get(run):
            return f"{environment[actor]} (run {environment[run]} of {service})"
    return ""
