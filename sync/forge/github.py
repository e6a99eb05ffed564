"""The comments of a GitHub pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from sync.forge.calls import Calls
from sync.forge.sticky import Comment

if TYPE_CHECKING:
    from collections.abc import Iterator

DENIED = (
    "The job needs `permissions: pull-requests: write`. In a pull request from a fork the token "
    "can only read: leave the report to the job's summary there."
)


class _User(BaseModel):
    login: str


class _Comment(BaseModel):
    """Of an issue, which each pull request is: https://docs.github.com/en/rest/issues/comments."""

    id: int
    user: _User | None = None
    body: str | None = None


class _Viewer(BaseModel):
    viewer: _User


class _Answer(BaseModel):
    data: _Viewer


class GitHub:
    """Pull request `number` of `repository`, which is OWNER/NAME.

    Both URLs are those that a runner knows as GITHUB_API_URL and GITHUB_GRAPHQL_URL.
    """

    def __init__(
        self, repository: str, number: int, *, token: str, url: str, graphql_url: str
    ) -> None:
        self._comments = f"/repos/{repository}/issues/{number}/comments"
        self._comment = f"/repos/{repository}/issues/comments"
        self._graphql_url = graphql_url
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._calls = Calls(url, headers, denied=DENIED)

    def comments(self) -> Iterator[Comment]:
        for each in self._calls.pages(_Comment, self._comments):
            yield Comment(each.id, each.user.login if each.user else "", each.body or "")

    def login(self) -> str:
        """A job's own token is of no user that REST would tell of; GraphQL knows its name."""
        return self._calls.ask(
            _Answer, self._graphql_url, query="{viewer{login}}"
        ).data.viewer.login

    def create(self, text: str) -> None:
        self._calls.write("POST", self._comments, text=text)

    def update(self, comment: Comment, text: str) -> None:
        self._calls.write("PATCH", f"{self._comment}/{comment.id}", text=text)
