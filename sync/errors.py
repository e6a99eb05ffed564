"""Every error a user may meet, as one tree.

SyncError                   what happened, and what to do next
├── UsageError              the command's words are wrong                           exit 2
│   └── ConfigError         config.yaml is missing or has faults                    exit 2
├── GitError                git cannot answer                                       exit 2
├── RefusedError            a guard refused before the first write                  exit 5
├── LockedError             another run holds the target's lock                     exit 75
├── ForgeError              GitHub or GitLab did not do what was asked              exit 1
└── ScenarioError           the API did not do what was asked                       exit 1
    ├── RequestError        this one item failed; the others go on
    │   └── MovedError      the remote text is no longer the one to be replaced
    └── PointlessError      no further request can succeed: the run stops
        ├── CredentialsError    the key is wrong, or the token has expired
        └── AccessError         the key may not touch this project
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class SyncError(Exception):
    """What happened, where, and what to do next; the command line prints it in one piece."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SyncError):
    """The command's words are wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """config.yaml is missing or has faults; the message holds every one of them, a line each."""


class GitError(SyncError):
    """Git cannot answer: no repository, no such revision, a foreign owner, no git at all."""

    exit_code = 2


class RefusedError(SyncError):
    """A guard refused the whole run before the first write; nothing was written."""

    exit_code = 5


class LockedError(SyncError):
    """Another run holds the target's lock (EX_TEMPFAIL of sysexits.h: try again later)."""

    exit_code = 75


class ForgeError(SyncError):
    """GitHub or GitLab did not do what was asked."""


class ScenarioError(SyncError):
    """The Scenario API did not do what was asked.

    `status` is the HTTP status, None where no answer came; `attempts` counts the requests made.
    Where it is `in_doubt`, the server may have carried out a write all the same.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        attempts: int = 1,
        in_doubt: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.attempts = attempts
        self.in_doubt = in_doubt


class RequestError(ScenarioError):
    """This one item failed; the others go on."""


class MovedError(RequestError):
    """The remote text is no longer the one that was to be replaced; it was left alone."""


class PointlessError(ScenarioError):
    """No further request of this run can succeed."""


class CredentialsError(PointlessError):
    """The key is wrong, or the token has expired."""


class AccessError(PointlessError):
    """The key is right, but may not touch this project."""


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """`. Did you mean "…"?` where one of the words is near, upper or lower case, else nothing."""
    folded = {each.casefold(): each for each in words}
    near = difflib.get_close_matches(word.casefold(), folded, n=1)
    return f'. Did you mean "{folded[near[0]]}"?' if near else ""
