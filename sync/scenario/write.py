"""Replace one description exactly once; after an ambiguous failure, read before retrying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from sync.diff.alterations import is_server_alteration
from sync.errors import RequestError, StaleTextError
from sync.model import NoSuchModel, RemoteText, Text
from sync.scenario.responses import RequestFailure
from sync.scenario.schema import SchemaError, parse_delete_response, parse_write_response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sync.scenario.retries import RetryingCall


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The text that Scenario has after a write, and the number of requests it took."""

    text: Text
    attempts: int


_NOT_CHANGED_HINT = "Is the description locked there, or kept by something else?"


def _is_acceptance(failure: RequestFailure) -> bool:
    """Return True if the API itself reported success; a page from a gateway does not count."""
    return isinstance(failure.__cause__, SchemaError) and not failure.__cause__.is_foreign


class DescriptionWrite:
    """One PUT that replaces the text `replacing` by `text`, or deletes it if `text` is None.

    The server may have carried out a request that timed out, broke off or got a server error, and
    somebody may have edited the text since. So the next PUT is sent only if Scenario still has the
    text `replacing`. A text that differs only by a known server alteration counts as written.
    """

    def __init__(
        self,
        call: RetryingCall,
        target: str,
        *,
        text: str | None,
        replacing: Text,
        read: Callable[[], Awaitable[RemoteText | NoSuchModel]],
    ) -> None:
        self._call = call
        self._target = target
        self._payload = {"description": text}
        self._parse = parse_delete_response if text is None else parse_write_response
        self._sent = Text(text or "")
        self._replacing = replacing
        self._read = read
        self._in_doubt = False  # Scenario may have either the old or the new text
        self._accepted = False  # success was reported without the new text

    async def run(self) -> WriteResult:
        try:
            text = await self._call.run(self._attempt_write)
        except RequestError as error:
            text = await self._check_after_failure(error)
        return WriteResult(text, self._call.request_count)

    async def _attempt_write(self) -> Text:
        if self._in_doubt and (held := await self._check_server_text()) is not None:
            return held
        try:
            held = Text(
                await self._call.send("PUT", self._target, self._parse, payload=self._payload)
            )
        except RequestFailure as failure:
            self._in_doubt = failure.ambiguous
            self._accepted = _is_acceptance(failure)
            if self._accepted and (settled := await self._check_server_text()) is not None:
                return settled
            raise
        if not held.is_same_as(self._replacing) or is_server_alteration(self._sent, held):
            return held
        self._in_doubt = self._accepted = True
        if (settled := await self._check_server_text()) is not None:
            return settled
        raise RequestFailure(
            "the server said yes, and still holds the old text", hint=_NOT_CHANGED_HINT
        )

    async def _check_server_text(self) -> Text | None:
        """Read the text again; return it if it was written, None if the old text is still there.

        Raises StaleTextError if somebody else changed the text, and RequestFailure if the model no
        longer exists or the text cannot be read.
        """
        match await self._read():
            case RemoteText(held):
                self._in_doubt = False
            case NoSuchModel():
                raise RequestFailure("the model has gone", status=404)
            case unreachable:
                assert_never(unreachable)
        if held.is_same_as(self._sent):
            return held
        if held.is_same_as(self._replacing):  # nothing was written, whatever was reported
            return None
        if self._accepted or is_server_alteration(self._sent, held):
            return held
        raise StaleTextError(
            f"{self._call.subject}: somebody else changed the text meanwhile; it was left alone",
            hint="Plan again to see what it is now.",
            attempts=self._call.request_count,
            in_doubt=True,
        )

    async def _check_after_failure(self, error: RequestError) -> Text:
        """Read the text after the last retry; return it if it was written.

        Raises RequestError if it was not written, or if that cannot be read.
        """
        if self._in_doubt:
            try:
                held = await self._check_server_text()
            except RequestFailure as failure:
                raise RequestError(
                    f"{error.message}; whether it was written is not known: {failure.message}",
                    hint="Plan again to see what the server holds.",
                    status=error.status,
                    attempts=self._call.request_count,
                    in_doubt=True,
                ) from error
            if held is not None:
                return held
        raise error
