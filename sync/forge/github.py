"""Read and write the comments of a GitHub pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from sync.forge.calls import ForgeClient, check_forge_url
from sync.forge.post_report import Comment

if TYPE_CHECKING:
    from collections.abc import Iterator

DENIED_HINT = (
    "The job needs `permissions: pull-requests: write`. In a pull request from a fork the token "
    "can only read: leave the report to the job's summary there."
)


class GitHubUser(BaseModel):
    """An account."""

    login: str


class _IssueComment(BaseModel):
    """A comment of an issue; for GitHub, each pull request is an issue.

    https://docs.github.com/en/rest/issues/comments
    """

    id: int
    user: GitHubUser | None = None
    body: str | None = None


class _ViewerData(BaseModel):
    viewer: GitHubUser


class _ViewerResponse(BaseModel):
    data: _ViewerData


def make_github_headers(token: str) -> dict[str, str]:
    """Make the headers of each request."""
    return {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "X-GitHub-Api-Version": "2022-11-28",
    }


def find_github_login(client: ForgeClient, graphql_url: str) -> str:
    """Return the token's user name, by GraphQL: REST does not tell it for a job's own token."""
    answer = client.query_graphql(_ViewerResponse, graphql_url, query="{viewer{login}}")
    return answer.data.viewer.login


class GitHubComments:
    """The comments of pull request `number` of `repository`, which is OWNER/NAME.

    A GitHub Actions runner has the two URLs in GITHUB_API_URL and GITHUB_GRAPHQL_URL.
    """

    def __init__(
        self, repository: str, number: int, *, token: str, url: str, graphql_url: str
    ) -> None:
        self._comments_path = f"/repos/{repository}/issues/{number}/comments"
        self._comment_path = f"/repos/{repository}/issues/comments"
        self._graphql_url = graphql_url
        check_forge_url(graphql_url)
        self._client = ForgeClient(
            url, make_github_headers(token), token=token, denied_hint=DENIED_HINT
        )

    def list_comments(self) -> Iterator[Comment]:
        for each in self._client.list_items(_IssueComment, self._comments_path):
            yield Comment(each.id, each.user.login if each.user else "", each.body or "")

    def find_login(self) -> str:
        return find_github_login(self._client, self._graphql_url)

    def create_comment(self, text: str) -> None:
        self._client.send_comment("POST", self._comments_path, text=text)

    def delete_comment(self, comment: Comment) -> None:
        self._client.delete_item(f"{self._comment_path}/{comment.id}")

    def update_comment(self, comment: Comment, text: str) -> None:
        self._client.send_comment("PATCH", f"{self._comment_path}/{comment.id}", text=text)
