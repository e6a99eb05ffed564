"""Errors that a user can meet, as one tree.

SyncError                   what happened, and what to do next
├── UsageError              the command line is wrong                               exit 2
│   └── ConfigError         config.yaml is missing or has faults                    exit 2
├── GitError                git failed                                              exit 1
│   └── RepositoryError     no repository, or none with what was named              exit 2
├── RefusedError            the run was refused before the first write              exit 5
├── DeclinedError           the question before the first write was not answered yes  exit 1
├── MissingModelError       Scenario has no such model                              exit 4
├── TimeLimitError          the time for one file is over; it becomes a finding
├── LockedError             another run holds the target's lock                     exit 75
├── ForgeError              a request to GitHub or GitLab failed                    exit 1
└── ScenarioError           a request to the API failed                             exit 1
    ├── RequestError        this one item failed; the others go on
    │   ├── StaleTextError  the remote text is no longer the one to be replaced
    │   │   └── TextGoneError  Scenario says that the model no longer has a text
    │   └── RefusedTextError    the text could be written, but never be read back
    └── AbortRunError       no further request can succeed: the run stops
        ├── CredentialsError    the key is wrong, or the token has expired          exit 2
        ├── AccessError         the key has no access to this project               exit 2
        └── AddressError        base_url is not the address of the API              exit 2
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class SyncError(Exception):
    """Base of all errors; says what happened, where, and what to do next."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SyncError):
    """The command line is wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """config.yaml is missing or has faults; the message lists every fault, one per line."""


@contextmanager
def explain_file_error(
    path: object, action: Literal["read", "written"], *, kind: type[SyncError], hint: str = ""
) -> Iterator[None]:
    """Turn an OSError into an error that says which file cannot be read or written, and why."""
    try:
        yield
    except OSError as error:
        raise kind(f"{path} cannot be {action}: {error.strerror or error}", hint=hint) from error


class TimeLimitError(SyncError):
    """The time for one file is over; whoever set the limit makes a finding of it."""


class GitError(SyncError):
    """Git failed: an object is missing, a remote did not answer, git is not installed."""


class RepositoryError(GitError):
    """No repository was found, or it lacks the named revision."""

    exit_code = 2


class RefusedError(SyncError):
    """The whole run was refused before the first write; nothing was written."""

    exit_code = 5


class DeclinedError(SyncError):
    """The question before the first write was not answered with yes; nothing was written."""


class MissingModelError(SyncError):
    """Scenario has no model of this id or name, or does not show it to this key."""

    exit_code = 4


class LockedError(SyncError):
    """Another run holds the target's lock (EX_TEMPFAIL of sysexits.h: try again later)."""

    exit_code = 75


class ForgeError(SyncError):
    """A request to GitHub or GitLab failed."""


class ScenarioError(SyncError):
    """A request to the Scenario API failed.

    `status` is the HTTP status, None if no answer came; `attempts` counts the requests made.
    If it is `in_doubt`, the server may have carried out the write nevertheless.
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


class StaleTextError(RequestError):
    """The remote text changed since the plan; it was left alone."""


class TextGoneError(StaleTextError):
    """Scenario says that the model no longer has a text; nothing was sent."""


class NotStoredError(RequestError):
    """The server accepted a text, but did not store it."""


class RefusedTextError(RequestError):
    """The text was not sent, because it could never be read back."""


class AbortRunError(ScenarioError):
    """No further request of this run can succeed."""


class CredentialsError(AbortRunError):
    """The key is wrong, or the token has expired."""

    exit_code = 2


class AccessError(AbortRunError):
    """The key is valid, but has no access to this project."""

    exit_code = 2


class AddressError(AbortRunError):
    """The address in base_url is not that of the API."""

    exit_code = 2


def is_key_refused(error: BaseException | None) -> bool:
    """Return True if the key, the project or the address is missing or refused.

    Then the configuration is to be corrected; trying again later does not help.
    """
    return isinstance(error, ConfigError | CredentialsError | AccessError | AddressError)


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return `. Did you mean "…"?` for the closest word, ignoring case; empty if none is close."""
    near = find_closest_word(word, words)
    return "" if near is None else f'. Did you mean "{near}"?'


def find_closest_word(word: str, words: Iterable[str]) -> str | None:
    """Return the word that is most like this one, ignoring case; None if none is close."""
    import difflib  # noqa: PLC0415 - for a mistake only

    folded = {each.casefold(): each for each in words}
    near = difflib.get_close_matches(word.casefold(), folded, n=1)
    return folded[near[0]] if near else None
