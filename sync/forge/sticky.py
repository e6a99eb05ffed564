"""One comment a report: found again by its marker and its author, written anew in its place."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay

from sync.errors import ForgeError
from sync.forge.calls import BusyError, TooLongError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenacity import RetryCallState

    from sync.reports.comment import Report

ATTEMPTS = 6
FIRST_WAIT = 1.0  # seconds, doubled every time, unless the server says how long
PATIENCE = 300.0  # seconds: a job that waits for longer costs more than a comment is worth

Posted: TypeAlias = Literal["created", "updated", "unchanged", "not needed"]


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of a pull request; `author` is a login name, empty where the account is gone."""

    id: int
    author: str
    text: str


class Forge(Protocol):
    """The comments of one pull request. All methods raise ForgeError."""

    def comments(self) -> Iterator[Comment]:
        """All of them."""

    def login(self) -> str:
        """The name under which comments are written."""

    def create(self, text: str) -> None:
        """Write a comment. Raises TooLongError where the server takes no text of this length."""

    def update(self, comment: Comment, text: str) -> None:
        """Write another text in its place; as `create`."""


def post(forge: Forge, report: Report, *, sleep: Callable[[float], None] = time.sleep) -> Posted:
    """See to it that the report is the one comment with its marker, as long as the server takes it.

    A report without news updates a comment, but is no reason for one. Raises ForgeError.
    """
    # The whole is tried again, not its last request: an answer that got lost may be that of a
    # comment that was written, which the next attempt then finds.
    retrying = Retrying(
        retry=retry_if_exception_type(BusyError),
        wait=_wait,
        stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(PATIENCE),
        sleep=sleep,
        reraise=True,
    )
    return retrying(_post, forge, report)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.seconds if isinstance(error, BusyError) else None
    return FIRST_WAIT * 2.0 ** (state.attempt_number - 1) if asked is None else asked


def _post(forge: Forge, report: Report) -> Posted:
    marked = [each for each in forge.comments() if each.text.startswith(report.marker)]
    login = forge.login() if marked else ""
    ours = next((comment for comment in marked if comment.author == login), None)
    if ours is None:
        return _create(forge, report) if report.has_news else "not needed"
    return _update(forge, ours, report)


def _create(forge: Forge, report: Report) -> Posted:
    _longest(report, forge.create)
    return "created"


def _update(forge: Forge, comment: Comment, report: Report) -> Posted:
    if comment.text.split() == report.text.split():  # a server may trim a text
        return "unchanged"
    _longest(report, lambda text: forge.update(comment, text))
    return "updated"


def _longest(report: Report, write: Callable[[str], None]) -> None:
    """Write the longest form of the report that the server takes."""
    for text in report.forms:
        try:
            write(text)
        except TooLongError as error:
            refusal = error
        else:
            return
    raise ForgeError(f"even the report's headline was not taken: {refusal.message}")
