"""Replace one description exactly once; read it again immediately before each write."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from sync.diff.alterations import describe_server_form, is_server_alteration
from sync.errors import (
    AbortRunError,
    NotStoredError,
    RefusedTextError,
    RequestError,
    StaleTextError,
    TextGoneError,
)
from sync.model.remote_text import NoSuchModel, RemoteText
from sync.model.text import Text
from sync.scenario.connections import MAX_BODY_SIZE
from sync.scenario.description_bodies import DescriptionText, find_unresolved
from sync.scenario.json_body import SchemaError
from sync.scenario.responses import RequestFailure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sync.model.document import ReferenceTarget
    from sync.scenario.clock import Clock
    from sync.scenario.retries import RetryingCall
    from sync.scenario.session import ApiSession
    from sync.scenario.throttle import Permit


# Whether a text is read after a write that the server accepted: `if_denied` means only if the read
# before the write said that there is no text at all.
ReadBack: TypeAlias = Literal["no", "if_denied", "always"]


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The text that Scenario has after a write, and the number of requests it took.

    `was_there` is True if Scenario had the text already, so that nothing was sent. `unresolved`
    are its references that Scenario did not resolve, as far as the answer lists them.
    """

    text: Text
    attempts: int
    was_there: bool = False
    unresolved: tuple[ReferenceTarget, ...] = ()


def check_size(model: str, text: str) -> None:
    """Raise RefusedTextError for a text that could be written, but never be read back."""
    if len(text) <= MAX_BODY_SIZE // _LONGEST_ESCAPE:
        return
    answer = json.dumps({"description": {"value": text}}, ensure_ascii=False)
    size = len(answer.encode(errors="replace"))
    if size > MAX_BODY_SIZE:
        raise RefusedTextError(
            f"{model}: the text was not sent: it could not be read back "
            f"({size / 1024**2:.1f} MiB, the limit is {MAX_BODY_SIZE // 1024**2} MiB)",
            hint="Shorten the text.",
            attempts=0,
        )


_LONGEST_ESCAPE = 6  # the characters of an escape sequence in JSON
_NOT_CHANGED_HINT = "Is the description locked there, or kept by something else?"
MAX_READ_SECONDS = 10.0  # from the request for a text to the write; older answers are not trusted
MAX_READS = 3
READ_BACK_WAITS = (0.0, 1.0, 2.0)  # seconds before each read after a write; a server may store late
_SAME_FORM_HINT = (
    "Scenario may make the old text of yours each time: then give the file the text that it keeps."
)


def _is_unchanged(stored: Text, replacing: Text) -> bool:
    """Return True if the texts are equal to the byte, or both empty."""
    return stored.raw == replacing.raw or (stored.is_empty and replacing.is_empty)


def _is_acceptance(failure: RequestFailure) -> bool:
    """Return True if the API itself reported success; a page from a gateway does not count."""
    return isinstance(failure.__cause__, SchemaError) and not failure.__cause__.is_foreign


class DescriptionWrite:
    """One PUT that replaces the text `replacing` by `text`; an empty text deletes it.

    Before every PUT the text is read again, under the same permit, so that no wait
    comes between the two, and again if the machine slept between the two. The PUT is sent only if
    Scenario still has the text `replacing`, to the byte. The API has no precondition: what remains
    is the time of one request.

    The server may have carried out a request that timed out, broke off or got a server error. As
    long as Scenario has the text `replacing`, nothing was written, whatever the response was.

    A deletion sends null, and the empty text once if the server takes no null.

    The answer to a PUT is trusted, unless `read_back` is set: then one of three reads must return
    the new text.
    """

    def __init__(  # noqa: PLR0913 - the request, what it replaces, and how to send, read and wait
        self,
        session: ApiSession,
        call: RetryingCall,
        target: str,
        *,
        text: str,
        replacing: Text,
        read: Callable[[Permit | None], Awaitable[RemoteText | NoSuchModel]],
        read_back: ReadBack,
        clock: Clock,
        parse: Callable[[bytes], DescriptionText],
    ) -> None:
        self._session = session
        self._call = call
        self._target = target
        self._payload = {"description": text or None}
        self._parse = parse
        self._sent = Text(text)
        self._replacing = replacing
        self._read = read
        self._read_back = read_back
        self._clock = clock
        self._was_denied = False  # the last read said that there is no text at all
        self._was_sent = False  # at least one PUT was sent
        self._in_doubt = False  # Scenario may have either the old or the new text
        self._accepted = False  # success was reported without the new text
        self._was_stored = True  # False if the new text was not there after a success
        self._unresolved: tuple[ReferenceTarget, ...] = ()  # of the text that was read last

    async def run(self) -> WriteResult:
        try:
            text = await self._call.run(self._attempt_write)
        except RequestError as error:
            text = await self._check_after_failure(error)
        except AbortRunError as error:
            if self._in_doubt:
                error.in_doubt = True
                sentence = error.message.removesuffix(".")
                error.message = f"{sentence}; whether it was written is not known"
            raise
        return WriteResult(
            text,
            self._call.request_count,
            was_there=not self._was_sent,
            unresolved=self._unresolved,
        )

    async def _attempt_write(self) -> Text:
        async with self._session.acquire_permit(self._count_requests()) as permit:
            stored = await self._check_text_just_before(permit)
            return await self._send_text(permit) if stored is None else stored

    async def _check_text_just_before(self, permit: Permit) -> Text | None:
        """Check the text like `_check_server_text`; read it again if the answer took too long.

        That is so if the machine slept or the process was stopped meanwhile, or if the server is
        slow: therefore the last of a few answers is taken in any case.
        """
        for _ in range(MAX_READS - 1):
            asked_at = self._clock.seconds_since_boot()
            stored = await self._check_server_text(permit)
            if (
                stored is not None
                or self._clock.seconds_since_boot() - asked_at <= MAX_READ_SECONDS
            ):
                return stored
        return await self._check_server_text(permit)

    def _count_requests(self) -> int:
        """Return the requests of one try; a 404 for an empty text costs one more, for the model."""
        return 3 if self._replacing.is_empty else 2

    async def _send_text(self, permit: Permit) -> Text:
        """Send the PUT and return the text that Scenario then has."""
        self._was_sent = True
        try:
            answer = await self._send_payload(permit)
        except RequestFailure as failure:
            self._in_doubt = failure.ambiguous
            self._accepted = _is_acceptance(failure)
            if self._accepted and (confirmed := await self._check_server_text(permit)) is not None:
                return confirmed
            raise
        stored, self._unresolved = Text(answer.value or ""), find_unresolved(answer)
        is_old = stored.is_same_as(self._replacing) and not stored.is_same_as(self._sent)
        must_read_back = self._must_read_back()
        if not (is_old or must_read_back):
            return stored
        self._in_doubt = self._accepted = True
        for wait in READ_BACK_WAITS if must_read_back else READ_BACK_WAITS[:1]:
            await self._clock.sleep(wait)
            if (confirmed := await self._check_server_text(permit)) is not None:
                return confirmed
        self._was_stored = False
        looks_altered = is_old and is_server_alteration(self._sent, stored)
        raise RequestFailure(
            "the server accepted the write, and still says that there is no text"
            if self._replacing.is_empty
            else "the server accepted the write, and still has the old text",
            hint=_SAME_FORM_HINT if looks_altered else _NOT_CHANGED_HINT,
        )

    def _must_read_back(self) -> bool:
        return self._read_back == "always" or (self._read_back == "if_denied" and self._was_denied)

    async def _send_payload(self, permit: Permit) -> DescriptionText:
        try:
            return await self._call.send(
                "PUT", self._target, self._parse, payload=self._payload, permit=permit
            )
        except RequestFailure as failure:
            takes_no_null = failure.status == HTTPStatus.BAD_REQUEST and not failure.retry
            if self._payload["description"] is not None or not takes_no_null:
                raise
        self._payload = {"description": ""}
        return await self._call.send(
            "PUT", self._target, self._parse, payload=self._payload, permit=permit
        )

    async def _check_server_text(self, permit: Permit | None) -> Text | None:
        """Read the text; return it if it is the new text, None if it is still the old one.

        Raises StaleTextError if Scenario has a third text, TextGoneError if it has none before the
        first PUT, and RequestFailure if the model no longer exists or the text cannot be read.
        """
        match await self._read(permit):
            case RemoteText(text=stored, unresolved=unresolved, is_denied=was_denied):
                self._unresolved, self._was_denied = unresolved, was_denied
                was_in_doubt, self._in_doubt = self._in_doubt, False
            case NoSuchModel():
                raise RequestFailure("there is no such model any more", status=404)
            case unreachable:
                assert_never(unreachable)
        if stored.is_same_as(self._sent):
            return stored
        if _is_unchanged(stored, self._replacing):  # nothing was written, whatever was reported
            return None
        if self._accepted:
            return stored
        if not self._was_sent:
            if stored.is_empty:
                raise TextGoneError(
                    "Scenario showed a text when the plan was made, and shows none now",
                    attempts=self._call.request_count,
                )
            raise StaleTextError(
                "Scenario showed no text when the plan was made, and shows one now"
                if self._replacing.is_empty
                else "the text in Scenario was changed since the plan was made",
                attempts=self._call.request_count,
            )
        raise StaleTextError(
            f"{self._call.subject}: {self._describe_third_text(stored)}; it was left alone",
            hint="Make a new plan to see the text that Scenario has now.",
            attempts=self._call.request_count,
            in_doubt=was_in_doubt,
        )

    def _describe_third_text(self, stored: Text) -> str:
        if stored.is_same_as(self._replacing):
            return "Scenario has the old text, with other line breaks or blank lines"
        if form := describe_server_form(self._sent, stored):
            return f"the answer was lost, and Scenario has {form}"
        return "Scenario has a third text, neither the old nor the new one"

    async def _check_after_failure(self, error: RequestError) -> Text:
        """Read the text after the last retry; return it if it was written.

        Raises RequestError if it was not written, or if the text cannot be read.
        """
        if self._in_doubt:
            try:
                stored = await self._check_server_text(None)
            except RequestFailure as failure:
                raise RequestError(
                    f"{error.message}; whether it was written is not known: {failure.message}",
                    hint="Make a new plan to see what Scenario has.",
                    status=error.status,
                    attempts=self._call.request_count,
                    in_doubt=True,
                ) from error
            if stored is not None:
                return stored
        in_doubt = error.in_doubt = error.in_doubt or self._accepted  # a server may store late
        if self._was_stored:
            raise error
        raise NotStoredError(
            error.message,
            hint=error.hint,
            status=error.status,
            attempts=error.attempts,
            in_doubt=in_doubt,
        ) from error
