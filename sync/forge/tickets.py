"""Issues and pull requests of one repository, for `propose` and `comment --issue`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TicketKind: TypeAlias = Literal["issue", "pull request"]
IssueState: TypeAlias = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """An issue, a pull request or a merge request; `author` is a login name.

    A pull request that was merged is neither open nor closed without a merge.
    """

    number: int
    url: str
    author: str
    title: str
    text: str
    is_open: bool = True
    is_merged: bool = False


@dataclass(frozen=True, slots=True)
class TicketDraft:
    """The words of a ticket; `branch` and `base` are set for a pull request only."""

    title: str
    text: str
    branch: str = ""
    base: str = ""


def is_same_text(there: str, text: str) -> bool:
    """Return True if the forge has this text; it may have trimmed it."""
    return there.split() == text.split()


def choose_merged(tickets: Sequence[Ticket]) -> int | None:
    """Return the number of the newest merged one, otherwise of the newest one, if any."""
    newest_last = sorted(tickets, key=lambda ticket: (ticket.is_merged, ticket.number))
    return newest_last[-1].number if newest_last else None


class Tracker(Protocol):
    """The issues and pull requests of one repository. All methods raise ForgeError."""

    @property
    def noun(self) -> str:
        """Return the forge's word for a pull request."""

    def find_login(self) -> str:
        """Return the login name under which tickets are written."""

    def list_issues(self, state: IssueState) -> Iterator[Ticket]:
        """Yield the open issues, or the closed ones, newest first."""

    def list_pull_requests(self, branch: str) -> Iterator[Ticket]:
        """Yield the pull requests from this branch of the repository, newest first, closed too."""

    def find_pull_request(self, commit: str) -> int | None:
        """Return the number of the pull request that brought the commit, None if none did."""

    def create_ticket(self, kind: TicketKind, draft: TicketDraft) -> Ticket:
        """Create an issue or a pull request. Raises CommentTooLongError for its length."""

    def update_ticket(self, kind: TicketKind, ticket: Ticket, draft: TicketDraft) -> None:
        """Replace title and text. Raises the errors of `create_ticket`."""

    def close_ticket(self, kind: TicketKind, ticket: Ticket) -> None:
        """Close the issue or the pull request."""
