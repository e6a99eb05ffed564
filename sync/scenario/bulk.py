"""Ask for many records in one call; halve a batch that is refused as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Generic, TypeVar

from sync.errors import RequestError
from sync.scenario.clock import Observer, Remark
from sync.scenario.record_lists import Records, parse_assets, parse_models, remark_on_dropped
from sync.scenario.schema import Asset, Model

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from sync.scenario.retries import RetryingCall
    from sync.scenario.session import ApiSession

RecordT = TypeVar("RecordT", Asset, Model)
MODELS_PER_CALL = 50
ASSETS_PER_CALL = 200

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
class BulkEndpoint(Generic[RecordT]):
    """A call for many records by their ids, which are sent as `key` with the `payload`."""

    path: str
    key: str
    batch_size: int
    parse: Callable[[bytes], Records[RecordT]]
    payload: Mapping[str, object] = field(default_factory=dict)


MODELS: BulkEndpoint[Model] = BulkEndpoint(
    "/models/get-bulk", "modelIds", MODELS_PER_CALL, parse_models
)
MODEL_SUMMARIES = replace(MODELS, payload={"minimal": True})
ASSETS: BulkEndpoint[Asset] = BulkEndpoint(
    "/assets/get-bulk", "assetIds", ASSETS_PER_CALL, parse_assets
)


@dataclass(frozen=True, slots=True)
class FoundRecords(Generic[RecordT]):
    """The records that a lookup found, by id.

    `unknown_ids` are the ids that could not be looked up, as Scenario refused the calls for them.
    `refusal` is the last of these refusals.
    """

    records: Mapping[str, RecordT]
    unknown_ids: frozenset[str] = frozenset()
    refusal: RequestError | None = None

    def require_all(self) -> Mapping[str, RecordT]:
        """Return the records; raise the refusal if an id could not be looked up."""
        if self.refusal:
            raise self.refusal
        return self.records


async def find_records(  # noqa: PLR0913 - the parts of the client that a lookup needs
    endpoint: BulkEndpoint[RecordT],
    ids: Iterable[str],
    *,
    session: ApiSession,
    create_call: Callable[[str], RetryingCall],
    observe: Observer,
    anywhere: bool = False,
) -> FoundRecords[RecordT]:
    """Find the records of these ids.

    With `anywhere`, ids that the project does not have are asked for without the project: a base
    model belongs to nobody's project. Raises RequestError.
    """
    subject = f"POST {endpoint.path}"

    async def fetch(batch: Sequence[str], *, target: str) -> list[tuple[str, RecordT]]:
        call = create_call(subject)
        sent = {endpoint.key: batch, **endpoint.payload}
        records = await call.run(call.send, "POST", target, endpoint.parse, payload=sent)
        understood = remark_on_dropped(subject, records, observe=observe)
        return [(record.id, record) for record in understood]

    wanted = [*dict.fromkeys(ids)]
    in_project = session.build_target(endpoint.path)
    found = await fetch_in_halves(
        partial(fetch, target=in_project), _split_batches(wanted, endpoint.batch_size)
    )
    missing = [id_ for id_ in wanted if id_ not in found.records]
    if not (anywhere and missing and in_project != endpoint.path):
        return found
    try:
        elsewhere = await fetch_in_halves(
            partial(fetch, target=endpoint.path), _split_batches(missing, endpoint.batch_size)
        )
    except RequestError as error:
        observe(Remark(f"not asked for outside the project: {error.message}"))
        return found
    return replace(elsewhere, records={**found.records, **elsewhere.records})


def _split_batches(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


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
    unknown_ids: set[str] = set()
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
                unknown_ids.update(batch)
            elif middle:
                pending += [batch[middle:], batch[:middle]]
    if refusals and not was_accepted and not all(each.status in _GONE for each in refusals):
        await _check_ids_are_at_fault(fetch, refusals[0])
    return FoundRecords(found, frozenset(unknown_ids), refusals[-1] if unknown_ids else None)


async def _check_ids_are_at_fault(
    fetch: Callable[[Sequence[str]], Awaitable[Iterable[tuple[str, RecordT]]]],
    refusal: RequestError,
) -> None:
    """Raise the refusal if a call for no ids is refused, too."""
    try:
        await fetch([])
    except RequestError:
        raise refusal from None
