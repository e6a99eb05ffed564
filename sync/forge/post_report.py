"""Keep one comment or one issue of ours that has a report."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay

from sync.errors import ForgeError
from sync.forge.calls import CommentGoneError, CommentTooLongError, ForgeBusyError
from sync.forge.tickets import Ticket, TicketDraft, is_same_text
from sync.reports.marker import parse_contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tenacity import RetryCallState

    from sync.forge.tickets import Tracker
    from sync.reports.comment import MarkdownReport

ATTEMPTS = 6
FIRST_WAIT = 1.0  # seconds; doubled each time, unless the server says how long to wait
MAX_CLOSED = 1_000  # closed issues to look through: ten pages
MAX_WAIT = 300.0  # seconds; a job that waits longer costs more than the comment is worth

PostOutcome: TypeAlias = Literal[
    "created", "updated", "unchanged", "closed", "left closed", "not needed"
]


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of a pull request.

    `author` is a login name, empty if the account was deleted.
    """

    id: int
    author: str
    text: str


Posted = TypeVar("Posted", Comment, Ticket)


class CommentThread(Protocol):
    """The comments of one pull request. All methods raise ForgeError."""

    def list_comments(self) -> Iterator[Comment]:
        """Yield all comments."""

    def find_login(self) -> str:
        """Return the login name under which comments are written."""

    def create_comment(self, text: str) -> None:
        """Create a comment. Raises CommentTooLongError if the server refuses its length."""

    def update_comment(self, comment: Comment, text: str) -> None:
        """Replace the text of a comment.

        Raises the errors of `create_comment`, and CommentGoneError.
        """

    def delete_comment(self, comment: Comment) -> None:
        """Delete a comment. Raises CommentGoneError."""


def post_comment(
    thread: CommentThread, report: MarkdownReport, *, sleep: Callable[[float], None] = time.sleep
) -> PostOutcome:
    """Create or update the one comment that starts with the report's marker and is ours.

    A report without a target, because config.yaml has faults, updates the comment of each target.

    The comment has the longest form of the report that the server accepts. A report without news
    updates an existing comment, but does not create one. Raises ForgeError.
    """
    return retry_busy(sleep)(_post_once, thread, report)


def post_issue(
    tracker: Tracker,
    report: MarkdownReport,
    *,
    title: str,
    sleep: Callable[[float], None] = time.sleep,
) -> PostOutcome:
    """Create, update or close the one open issue that starts with the report's marker and is ours.

    A report without news closes it. After a person closed it, another one is opened only if the
    report tells something that the closed one did not. Raises ForgeError.
    """
    return retry_busy(sleep)(_post_issue_once, tracker, report, title)


def retry_busy(sleep: Callable[[float], None] = time.sleep) -> Retrying:
    """Make the retries of a whole procedure while a forge is busy.

    If the response to a write was lost, the comment or ticket may exist: the next attempt of the
    whole procedure finds it instead of creating a second one.
    """
    return Retrying(
        retry=retry_if_exception_type(ForgeBusyError),
        wait=_compute_wait,
        stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(MAX_WAIT),
        sleep=sleep,
        reraise=True,
    )


def _post_issue_once(tracker: Tracker, report: MarkdownReport, title: str) -> PostOutcome:
    places = _find_places(tracker.list_issues("open"), report, tracker.find_login)
    if not places:
        return _open_issue(tracker, report, title)
    if not report.has_target:
        return _pick_outcome([_update_issue(tracker, each, report, each.title) for each in places])
    outcome = _update_issue(tracker, places[0], report, title)
    if report.has_news:
        return outcome
    tracker.close_ticket("issue", places[0])
    return "closed"


def _open_issue(tracker: Tracker, report: MarkdownReport, title: str) -> PostOutcome:
    """Open an issue, unless the report has no news beyond an issue that a person closed."""
    closed = _find_closed_issue(tracker, report)
    if not report.has_news:
        if closed and parse_contents(closed.text).items:
            return _update_issue(tracker, closed, report, title)  # the same news will be new again
        return "not needed"
    if closed and report.tells_nothing_beyond(closed.text):
        return "left closed"
    _write_longest_form(
        report, lambda text: tracker.create_ticket("issue", TicketDraft(title, text))
    )
    return "created"


def _find_closed_issue(tracker: Tracker, report: MarkdownReport) -> Ticket | None:
    """Return the newest closed issue of ours that has the report's marker, if it is not old."""
    newest_issues = islice(tracker.list_issues("closed"), MAX_CLOSED)
    found = (each for each in newest_issues if report.find_place(each.text) == "own")
    newest = next(found, None)
    if newest is None:
        return None
    login = tracker.find_login()
    return next((each for each in (newest, *found) if each.author == login), None)


def _update_issue(
    tracker: Tracker, ticket: Ticket, report: MarkdownReport, title: str
) -> PostOutcome:
    report = report.take_place(ticket.text)
    if is_same_text(ticket.text, report.text):
        return "unchanged"
    _write_longest_form(
        report, lambda text: tracker.update_ticket("issue", ticket, TicketDraft(title, text))
    )
    return "updated"


def _find_places(
    posted: Iterable[Posted], report: MarkdownReport, find_login: Callable[[], str]
) -> list[Posted]:
    """Return our comments or issues that can have the report, the report's own first."""
    found = [(place, each) for each in posted if (place := report.find_place(each.text))]
    login = find_login() if found else ""
    ours = [(place, each) for place, each in found if each.author == login]
    return [each for _, each in sorted(ours, key=lambda one: one[0] != "own")]


def _pick_outcome(outcomes: Sequence[PostOutcome]) -> PostOutcome:
    return "updated" if "updated" in outcomes else "unchanged"


def _compute_wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, ForgeBusyError) else None
    return FIRST_WAIT * 2.0 ** (state.attempt_number - 1) if asked is None else asked


def _post_once(thread: CommentThread, report: MarkdownReport) -> PostOutcome:
    places = _find_places(thread.list_comments(), report, thread.find_login)
    if not places:
        return _create_comment(thread, report) if report.has_news else "not needed"
    if not report.has_target:
        return _update_comments(thread, places, report)
    first, *others = places
    for comment in others:  # two jobs at once may each have made one
        with suppress(CommentGoneError):
            thread.delete_comment(comment)
    return _update_comments(thread, [first], report)


def _create_comment(thread: CommentThread, report: MarkdownReport) -> PostOutcome:
    _write_longest_form(report, thread.create_comment)
    return "created"


def _update_comments(
    thread: CommentThread, comments: Sequence[Comment], report: MarkdownReport
) -> PostOutcome:
    """Update the comments that are still there; create one if somebody deleted all of them."""
    outcomes = []
    for comment in comments:
        with suppress(CommentGoneError):
            outcomes.append(_update_comment(thread, comment, report))
    return _pick_outcome(outcomes) if outcomes else _create_comment(thread, report)


def _update_comment(thread: CommentThread, comment: Comment, report: MarkdownReport) -> PostOutcome:
    report = report.take_place(comment.text)
    if is_same_text(comment.text, report.text):
        return "unchanged"
    _write_longest_form(report, lambda text: thread.update_comment(comment, text))
    return "updated"


def _write_longest_form(report: MarkdownReport, write: Callable[[str], object]) -> None:
    """Write the longest form of the report that the server takes."""
    for text in report.versions:
        try:
            write(text)
        except CommentTooLongError as error:
            refusal = error
        else:
            return
    raise ForgeError(f"even the headline of the report was refused: {refusal.message}")
