"""The issues and merge requests of a GitLab project."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from sync.forge.gitlab import GitLabClient, GitLabUser
from sync.forge.tickets import Ticket, choose_merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.forge.calls import ForgeAccess
    from sync.forge.tickets import IssueState, TicketDraft, TicketKind

DENIED_HINT = (
    "The token needs the scope `api`, and in the project the role Reporter for an issue, Developer "
    "for a merge request."
)


class _GitLabTicket(BaseModel):
    """An issue or a merge request.

    https://docs.gitlab.com/api/issues, https://docs.gitlab.com/api/merge_requests
    """

    iid: int
    web_url: str = ""
    author: GitLabUser | None = None
    title: str = ""
    description: str | None = None
    state: str = "opened"

    def to_ticket(self) -> Ticket:
        return Ticket(
            self.iid,
            self.web_url,
            self.author.username if self.author else "",
            self.title,
            self.description or "",
            is_open=self.state in {"opened", "locked"},
            is_merged=self.state == "merged",
        )


class GitLabTickets:
    """The issues and merge requests of `project`, which is an id or a path."""

    noun = "merge request"

    def __init__(self, project: str, access: ForgeAccess) -> None:
        self._path = f"/projects/{quote(project, safe='')}"
        self._client = GitLabClient(access, denied_hint=DENIED_HINT)
        self.find_login = self._client.find_login

    def list_issues(self, state: IssueState) -> Iterator[Ticket]:
        word = "opened" if state == "open" else state
        for each in self._client.list_items(_GitLabTicket, f"{self._path}/issues?state={word}"):
            yield each.to_ticket()

    def list_pull_requests(self, branch: str) -> Iterator[Ticket]:
        query = urlencode({"source_branch": branch, "state": "all"})
        for each in self._client.list_items(_GitLabTicket, f"{self._path}/merge_requests?{query}"):
            yield each.to_ticket()

    def find_pull_request(self, commit: str) -> int | None:
        path = f"{self._path}/repository/commits/{quote(commit, safe='')}/merge_requests"
        found = [each.to_ticket() for each in self._client.list_items(_GitLabTicket, path)]
        return choose_merged(found)

    def create_ticket(self, kind: TicketKind, draft: TicketDraft) -> Ticket:
        payload = {"title": draft.title, "description": draft.text}
        if kind == "pull request":
            payload |= {"source_branch": draft.branch, "target_branch": draft.base}
        sent = self._client.send_item(_GitLabTicket, "POST", self._make_path(kind), payload)
        return sent.to_ticket()

    def update_ticket(self, kind: TicketKind, ticket: Ticket, draft: TicketDraft) -> None:
        path = f"{self._make_path(kind)}/{ticket.number}"
        payload = {"title": draft.title, "description": draft.text}
        self._client.send_item(_GitLabTicket, "PUT", path, payload)

    def close_ticket(self, kind: TicketKind, ticket: Ticket) -> None:
        path = f"{self._make_path(kind)}/{ticket.number}"
        self._client.send_item(_GitLabTicket, "PUT", path, {"state_event": "close"})

    def _make_path(self, kind: TicketKind) -> str:
        return f"{self._path}/{'issues' if kind == 'issue' else 'merge_requests'}"
