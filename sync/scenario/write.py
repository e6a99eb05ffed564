"""Replacing one description, once: what an unclear answer left open is settled by reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from sync.diff import is_made_of
from sync.errors import MovedError, RequestError
from sync.model import Held, NoSuchModel, Text
from sync.scenario.answers import AttemptError
from sync.scenario.schema import SchemaError, parse_deleted, parse_written

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sync.scenario.errand import Errand


@dataclass(frozen=True, slots=True)
class Written:
    """What the server made of a text, as it says, and how many requests that took."""

    text: Text
    attempts: int


_KEPT = "Is the description locked there, or kept by something else?"


def _is_yes(failure: AttemptError) -> bool:
    """Whether the API itself said yes: not a page of somebody on the way to it."""
    return isinstance(failure.__cause__, SchemaError) and not failure.__cause__.is_foreign


class Write:
    """One PUT of a text, or of null where `text` is None, in place of the text `replacing`.

    A request that timed out, broke off or met an error inside the server may have been carried
    out all the same, and somebody may have edited since: the next PUT is sent only while the
    server still holds what is to be replaced. What a server is known to make of a text counts as
    written.
    """

    def __init__(
        self,
        errand: Errand,
        target: str,
        *,
        text: str | None,
        replacing: Text,
        read: Callable[[], Awaitable[Held | NoSuchModel]],
    ) -> None:
        self._errand = errand
        self._target = target
        self._payload = {"description": text}
        self._parse = parse_deleted if text is None else parse_written
        self._sent = Text(text or "")
        self._replacing = replacing
        self._read = read
        self._in_doubt = False  # the server may hold either text
        self._accepted = False  # it said yes, but not to what, or still showed the old text

    async def run(self) -> Written:
        try:
            text = await self._errand.run(self._attempt)
        except RequestError as error:
            text = await self._last_look(error)
        return Written(text, self._errand.requests)

    async def _attempt(self) -> Text:
        if self._in_doubt and (held := await self._settle()) is not None:
            return held
        try:
            held = Text(
                await self._errand.send("PUT", self._target, self._parse, payload=self._payload)
            )
        except AttemptError as failure:
            self._in_doubt = failure.ambiguous
            self._accepted = _is_yes(failure)
            if self._accepted and (settled := await self._settle()) is not None:
                return settled
            raise
        if not held.same_as(self._replacing) or is_made_of(self._sent, held):
            return held
        self._in_doubt = self._accepted = True
        if (settled := await self._settle()) is not None:
            return settled
        raise AttemptError("the server said yes, and still holds the old text", hint=_KEPT)

    async def _settle(self) -> Text | None:
        """The text that the server now holds; None if it still is the one to be replaced."""
        match await self._read():
            case Held(held):
                self._in_doubt = False
            case NoSuchModel():
                raise AttemptError("the model has gone", status=404)
            case unreachable:
                assert_never(unreachable)
        if held.same_as(self._sent):
            return held
        if held.same_as(self._replacing):  # whoever said yes, nothing was written
            return None
        if self._accepted or is_made_of(self._sent, held):
            return held
        raise MovedError(
            f"{self._errand.subject}: somebody else changed the text meanwhile; it was left alone",
            hint="Plan again to see what it is now.",
            attempts=self._errand.requests,
            in_doubt=True,
        )

    async def _last_look(self, error: RequestError) -> Text:
        """Having given up in doubt: it may have been done after all."""
        if self._in_doubt:
            try:
                held = await self._settle()
            except AttemptError as failure:
                raise RequestError(
                    f"{error.message}; whether it was written is not known: {failure.message}",
                    hint="Plan again to see what the server holds.",
                    status=error.status,
                    attempts=self._errand.requests,
                    in_doubt=True,
                ) from error
            if held is not None:
                return held
        raise error
