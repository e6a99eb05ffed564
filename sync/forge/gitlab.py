"""Read and write the comments of a GitLab merge request, which GitLab calls notes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import BaseModel

from sync.forge.calls import ForgeAccess, ForgeClient
from sync.forge.post_report import Comment

if TYPE_CHECKING:
    from collections.abc import Iterator

DENIED_HINT = (
    "The token needs the scope `api` and the role Reporter in the project. It is a protected or "
    "masked variable of the project: a pipeline of a fork does not get it."
)


class GitLabUser(BaseModel):
    """An account."""

    username: str


class _GitLabNote(BaseModel):
    """A comment: https://docs.gitlab.com/api/notes."""

    id: int
    author: GitLabUser
    body: str


class GitLabClient(ForgeClient):
    """A client of the API of GitLab."""

    def __init__(self, access: ForgeAccess, *, denied_hint: str) -> None:
        super().__init__(access, {"PRIVATE-TOKEN": access.token}, denied_hint=denied_hint)

    def find_login(self) -> str:
        """Return the token's user name."""
        return self.get_item(GitLabUser, "/user").username


class GitLabComments:
    """The comments of merge request `number` of `project`, which is an id or a path."""

    def __init__(self, project: str, number: int, access: ForgeAccess) -> None:
        self._notes_path = f"/projects/{quote(project, safe='')}/merge_requests/{number}/notes"
        self._client = GitLabClient(access, denied_hint=DENIED_HINT)
        self.find_login = self._client.find_login

    def list_comments(self) -> Iterator[Comment]:
        for each in self._client.list_items(_GitLabNote, self._notes_path):
            yield Comment(each.id, each.author.username, each.body)

    def create_comment(self, text: str) -> None:
        self._client.send_comment("POST", self._notes_path, text=text)

    def delete_comment(self, comment: Comment) -> None:
        self._client.delete_item(f"{self._notes_path}/{comment.id}")

    def update_comment(self, comment: Comment, text: str) -> None:
        self._client.send_comment("PUT", f"{self._notes_path}/{comment.id}", text=text)
