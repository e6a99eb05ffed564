"""The issues and pull requests of a GitHub repository."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from sync.forge.github import GitHubClient, GitHubUser
from sync.forge.tickets import Ticket, choose_merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.forge.calls import ForgeAccess
    from sync.forge.tickets import IssueState, TicketDraft, TicketKind

DENIED_HINT = (
    "The job needs `permissions: issues: write` for an issue, and `contents: write` and "
    "`pull-requests: write` for a pull request; for the latter, also allow it in the settings of "
    "the repository: Actions, General, Allow GitHub Actions to create and approve pull requests."
)


class _GitHubTicket(BaseModel):
    """An issue or a pull request; the list of issues has pull requests, too.

    https://docs.github.com/en/rest/issues/issues, https://docs.github.com/en/rest/pulls/pulls
    """

    number: int
    html_url: str = ""
    user: GitHubUser | None = None
    title: str = ""
    body: str | None = None
    state: str = "open"
    merged_at: str | None = None
    pull_request: dict[str, object] | None = None

    def to_ticket(self) -> Ticket:
        return Ticket(
            self.number,
            self.html_url,
            self.user.login if self.user else "",
            self.title,
            self.body or "",
            is_open=self.state == "open",
            is_merged=self.merged_at is not None,
        )


class GitHubTickets:
    """The issues and pull requests of `repository`, which is OWNER/NAME."""

    noun = "pull request"

    def __init__(self, repository: str, access: ForgeAccess) -> None:
        self._owner = repository.partition("/")[0]
        self._path = f"/repos/{repository}"
        self._client = GitHubClient(access, denied_hint=DENIED_HINT)
        self.find_login = self._client.find_login

    def list_issues(self, state: IssueState) -> Iterator[Ticket]:
        for each in self._client.list_items(_GitHubTicket, f"{self._path}/issues?state={state}"):
            if each.pull_request is None:
                yield each.to_ticket()

    def list_pull_requests(self, branch: str) -> Iterator[Ticket]:
        query = urlencode({"head": f"{self._owner}:{branch}", "state": "all"})
        for each in self._client.list_items(_GitHubTicket, f"{self._path}/pulls?{query}"):
            yield each.to_ticket()

    def find_pull_request(self, commit: str) -> int | None:
        path = f"{self._path}/commits/{quote(commit, safe='')}/pulls"
        found = [each.to_ticket() for each in self._client.list_items(_GitHubTicket, path)]
        return choose_merged(found)

    def create_ticket(self, kind: TicketKind, draft: TicketDraft) -> Ticket:
        payload = {"title": draft.title, "body": draft.text}
        if kind == "pull request":
            payload |= {"head": draft.branch, "base": draft.base}
        sent = self._client.send_item(_GitHubTicket, "POST", self._make_path(kind), payload)
        return sent.to_ticket()

    def update_ticket(self, kind: TicketKind, ticket: Ticket, draft: TicketDraft) -> None:
        path = f"{self._make_path(kind)}/{ticket.number}"
        self._client.send_item(
            _GitHubTicket, "PATCH", path, {"title": draft.title, "body": draft.text}
        )

    def close_ticket(self, kind: TicketKind, ticket: Ticket) -> None:
        path = f"{self._make_path(kind)}/{ticket.number}"
        self._client.send_item(_GitHubTicket, "PATCH", path, {"state": "closed"})

    def _make_path(self, kind: TicketKind) -> str:
        return f"{self._path}/{'issues' if kind == 'issue' else 'pulls'}"
