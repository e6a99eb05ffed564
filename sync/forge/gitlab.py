"""The comments, there called notes, of a GitLab merge request."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import BaseModel

from sync.forge.calls import Calls
from sync.forge.sticky import Comment

if TYPE_CHECKING:
    from collections.abc import Iterator

DENIED = (
    "The token needs the scope `api` and the role Reporter in the project. It is a protected or "
    "masked variable of the project: a pipeline of a fork does not get it."
)


class _User(BaseModel):
    username: str


class _Note(BaseModel):
    """A comment: https://docs.gitlab.com/api/notes."""

    id: int
    author: _User
    body: str


class GitLab:
    """Merge request `number` of `project`, an id or a path; `url` ends in /api/v4."""

    def __init__(self, project: str, number: int, *, token: str, url: str) -> None:
        self._notes = f"/projects/{quote(project, safe='')}/merge_requests/{number}/notes"
        self._calls = Calls(url, {"PRIVATE-TOKEN": token}, denied=DENIED)

    def comments(self) -> Iterator[Comment]:
        for each in self._calls.pages(_Note, self._notes):
            yield Comment(each.id, each.author.username, each.body)

    def login(self) -> str:
        return self._calls.get(_User, "/user").username

    def create(self, text: str) -> None:
        self._calls.write("POST", self._notes, text=text)

    def update(self, comment: Comment, text: str) -> None:
        self._calls.write("PUT", f"{self._notes}/{comment.id}", text=text)
