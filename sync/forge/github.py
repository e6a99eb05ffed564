"""Read and write the comments of a GitHub pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from sync.forge.calls import ForgeAccess, ForgeClient
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


class GitHubClient(ForgeClient):
    """A client of the API of GitHub."""

    def __init__(self, access: ForgeAccess, *, denied_hint: str) -> None:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {access.token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        super().__init__(access, headers, denied_hint=denied_hint)

    def find_login(self) -> str:
        """Return the token's user name, by GraphQL: REST does not tell it for a job's own token."""
        return self.query_graphql(_ViewerResponse, "{viewer{login}}").data.viewer.login


class GitHubComments:
    """The comments of pull request `number` of `repository`, which is OWNER/NAME."""

    def __init__(self, repository: str, number: int, access: ForgeAccess) -> None:
        self._comments_path = f"/repos/{repository}/issues/{number}/comments"
        self._comment_path = f"/repos/{repository}/issues/comments"
        self._client = GitHubClient(access, denied_hint=DENIED_HINT)
        self.find_login = self._client.find_login

    def list_comments(self) -> Iterator[Comment]:
        for each in self._client.list_items(_IssueComment, self._comments_path):
            yield Comment(each.id, each.user.login if each.user else "", each.body or "")

    def create_comment(self, text: str) -> None:
        self._client.send_comment("POST", self._comments_path, text=text)

    def delete_comment(self, comment: Comment) -> None:
        self._client.delete_item(f"{self._comment_path}/{comment.id}")

    def update_comment(self, comment: Comment, text: str) -> None:
        self._client.send_comment("PATCH", f"{self._comment_path}/{comment.id}", text=text)
