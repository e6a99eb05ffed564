"""Ask for many records in one call; halve a batch that is refused as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Generic, TypeVar

from sync.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

RecordT = TypeVar("RecordT")

# The API refuses a whole call for one id, without saying for which. Two ids among 200 that it does
# not like cost about 30 requests; a lookup that is refused for another reason must not cost more.
MAX_REFUSED_CALLS = 32
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_REFUSED = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    *_GONE,
}


@dataclass(frozen=True, slots=True)
class FoundRecords(Generic[RecordT]):
    """The records that a lookup found, by id.

    `untold` are ids of which nothing is known: the calls for them were refused, and no more were
    made. `refusal` is the last of these refusals.
    """

    records: Mapping[str, RecordT]
    untold: frozenset[str] = frozenset()
    refusal: RequestError | None = None


async def fetch_in_halves(
    fetch: Callable[[Sequence[str]], Awaitable[Iterable[tuple[str, RecordT]]]],
    batches: Sequence[Sequence[str]],
) -> FoundRecords[RecordT]:
    """Find the records of all ids; `fetch` returns those of one batch, each with its id.

    A batch that is refused is fetched in two halves, until too many calls were refused. If every
    call was refused, a call without ids tells whether the ids are the reason. Raises RequestError
    if that is refused, too, or if a call fails otherwise.
    """
    found: dict[str, RecordT] = {}
    untold: set[str] = set()
    pending, refusals = [*reversed(batches)], list[RequestError]()
    was_accepted = False
    while pending:
        batch = pending.pop()
        try:
            found.update(await fetch(batch))
            was_accepted = True
        except RequestError as error:
            if error.status not in _REFUSED:
                raise
            refusals.append(error)
            middle = len(batch) // 2
            if middle and len(refusals) > MAX_REFUSED_CALLS:
                untold.update(batch)
            elif middle:
                pending += [batch[middle:], batch[:middle]]
    if refusals and not was_accepted and not all(each.status in _GONE for each in refusals):
        await _check_ids_are_at_fault(fetch, refusals[0])
    return FoundRecords(found, frozenset(untold), refusals[-1] if untold else None)


async def _check_ids_are_at_fault(
    fetch: Callable[[Sequence[str]], Awaitable[Iterable[tuple[str, RecordT]]]],
    refusal: RequestError,
) -> None:
    """Raise the refusal if a call for no ids is refused, too."""
    try:
        await fetch([])
    except RequestError:
        raise refusal from None
