"""Ask for many records in one call; halve a batch that is refused as a whole."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from sync.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

RecordT = TypeVar("RecordT")

# The API refuses a whole call for one id, without saying for which. Two ids among 200 that it does
# not like cost about 30 requests; a call that is refused for another reason must not cost more.
MAX_REFUSED_CALLS = 32
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_REFUSED = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    *_GONE,
}


async def fetch_in_halves(
    fetch: Callable[[Sequence[str]], Awaitable[Iterable[RecordT]]], ids: Sequence[str]
) -> list[RecordT]:
    """Return the records of all ids that `fetch` is given without a refusal.

    If every call was refused, a call without ids tells whether the ids are the reason. Raises
    RequestError if that is refused, too, or if a call fails otherwise.
    """
    found: list[RecordT] = []
    pending, refusals = [ids], list[RequestError]()
    was_accepted = False
    while pending:
        batch = pending.pop()
        try:
            found += await fetch(batch)
            was_accepted = True
        except RequestError as error:
            refusals.append(error)
            if error.status not in _REFUSED or len(refusals) > MAX_REFUSED_CALLS:
                raise
            middle = len(batch) // 2
            pending += [batch[middle:], batch[:middle]] if middle else []
    if refusals and not was_accepted and not all(each.status in _GONE for each in refusals):
        await _check_ids_are_at_fault(fetch, refusals[0])
    return found


async def _check_ids_are_at_fault(
    fetch: Callable[[Sequence[str]], Awaitable[Iterable[RecordT]]], refusal: RequestError
) -> None:
    """Raise the refusal if a call for no ids is refused, too."""
    try:
        await fetch([])
    except RequestError:
        raise refusal from None
