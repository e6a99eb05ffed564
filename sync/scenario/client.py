"""The Scenario client: one method per API call that the project needs."""

from __future__ import annotations

import random as chance
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar
from urllib.parse import quote

from sync.counts import format_count
from sync.errors import RequestError
from sync.model.remote_text import NoSuchModel, RemoteState, RemoteText, UnreadableModel
from sync.model.text import Text
from sync.scenario.bodies import (
    Description,
    DescriptionText,
    ModelPage,
    Records,
    check_model,
    find_missing_fields,
    find_unresolved,
    parse_assets,
    parse_delete_response,
    parse_description,
    parse_model,
    parse_model_page,
    parse_models,
    parse_text,
    parse_write_response,
)
from sync.scenario.bulk import FoundRecords, fetch_in_halves
from sync.scenario.clock import Clock, Observer, Remark, ignore_notice
from sync.scenario.downloads import FileDownloader
from sync.scenario.http import httpx
from sync.scenario.probe import ClearingProbe, ProbeResult, probe_clearing, probe_project
from sync.scenario.resolved import ResolvedRecords
from sync.scenario.responses import RequestFailure, ResponseTooLongError
from sync.scenario.retries import RetryingCall
from sync.scenario.schema import ApiObject, Asset, Model
from sync.scenario.session import ApiSession
from sync.scenario.workers import run_concurrently
from sync.scenario.write import DescriptionWrite, ReadBack, WriteResult, check_size

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Callable,
        Iterable,
        Mapping,
        Sequence,
    )
    from types import TracebackType

    from sync.scenario.server import Server
    from sync.scenario.throttle import Permit

MODELS_PER_CALL = 50
ASSETS_PER_CALL = 200
# The largest page that the API returns. A model takes one kilobyte, or tens of kilobytes with its
# training images. If a page is larger than MAX_BODY_SIZE, request one of a fifth of the size.
PAGE_SIZE = 500
PAGE_SIZE_DIVISOR = 5
# A list may have an empty page. After this many in a row, the list is treated as endless.
MAX_EMPTY_PAGES = 3
RecordT = TypeVar("RecordT", bound=ApiObject)
ResultT = TypeVar("ResultT")


class Scenario:
    """A client for one project, used for one run; an async context manager.

    `app` is an ASGI application that replaces the server; `transport` is any other replacement
    for the network. `observe` is called before every wait, and with every Remark. `clock` and
    `random` can be replaced in tests. `resolved` has the assets and models that came with the
    answers to `retrieve` and `update`.
    """

    def __init__(  # noqa: PLR0913 - all but the server are for tests and have defaults
        self,
        server: Server,
        *,
        app: Callable[..., Any] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        observe: Observer = ignore_notice,
        clock: Clock | None = None,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self.server = server
        self.resolved = ResolvedRecords()
        self._clock = clock or Clock()
        self._random = random
        self._observe = observe
        if app is not None:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._transport = transport
        self._session = ApiSession(server, transport=transport, clock=self._clock, observe=observe)

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._session.__aexit__(kind, error, traceback)

    @property
    def request_count(self) -> int:
        """Return the number of requests sent so far."""
        return self._session.request_count

    async def probe(self) -> ProbeResult:
        """List one model to learn how the project answers; costs one request.

        Raises ScenarioError.
        """
        target = self._session.build_target("/models", {"pageSize": "1"})
        call = self._create_call("GET /models")
        return await call.run(probe_project, self._session, target, clock=self._clock)

    # --- descriptions ---

    async def retrieve(self, model_id: str) -> RemoteState:
        """Return the text that Scenario has for the model.

        An item that cannot be read is returned as Unreadable. Raises AbortRunError only.
        """
        return await self._retrieve(model_id, partial(self._parse_and_keep_resolved, parse_text))

    def _parse_and_keep_resolved(
        self, parse: Callable[[bytes], DescriptionText], body: bytes
    ) -> DescriptionText:
        text = parse(body)
        if text.value and not self.resolved.is_full:
            self.resolved.add(body)
        return text

    async def inspect(self, model_id: str) -> tuple[RemoteState, dict[tuple[str, str], int]]:
        """Return the text like `retrieve`, and what the answer does not have.

        That is the number of records without a field that the contract requires, by kind (`asset`
        or `model`) and field.
        """
        missing: dict[tuple[str, str], int] = {}

        def parse(body: bytes) -> DescriptionText:
            text = parse_text(body)
            missing.update(find_missing_fields(body))
            return text

        return await self._retrieve(model_id, parse), missing

    async def _retrieve(
        self, model_id: str, parse: Callable[[bytes], DescriptionText]
    ) -> RemoteState:
        call = self._create_call(model_id)
        try:
            return await call.run(self._read_text, call, model_id=model_id, parse=parse)
        except RequestError as error:
            return UnreadableModel(
                f"{error.message}. {error.hint}" if error.hint else error.message
            )

    def retrieve_all(
        self, model_ids: Iterable[str]
    ) -> AsyncGenerator[tuple[str, RemoteState], None]:
        """Yield each model id with its remote text, in order of completion.

        Raises AbortRunError, which stops the remaining requests.
        """
        return run_concurrently(self.retrieve, model_ids, limit=self.server.concurrency)

    async def retrieve_description(
        self, model_id: str, *, original_assets: bool = False
    ) -> Description:
        """Return the description with the assets and models that its tags refer to.

        `original_assets` asks for URLs of the assets in their original format. Raises
        RequestError; its status is 404 if there is no description or no such model.
        """
        query = {"originalAssets": "true"} if original_assets else {}
        target = self._session.build_target(_build_description_path(model_id), query)
        call = self._create_call(model_id)
        return await call.run(call.send, "GET", target, parse_description)

    async def find_description(
        self, model_id: str, *, original_assets: bool = False
    ) -> Description | NoSuchModel:
        """Return the description like `retrieve_description`, empty if the model has none.

        Raises RequestError if it cannot be read.
        """
        call = self._create_call(model_id)
        return await call.run(
            self._read_description,
            call,
            model_id=model_id,
            parse=parse_description,
            absent=Description(DescriptionText(None)),
            query={"originalAssets": "true"} if original_assets else {},
        )

    async def update(
        self, model_id: str, text: str, *, replacing: Text, read_back: ReadBack = "no"
    ) -> WriteResult:
        """Replace the text `replacing` by this text; an empty one deletes it.

        The text is read again immediately before each try. `read_back` says whether it is also read
        after the write, though the server accepted it. Raises StaleTextError if Scenario has
        another text by now, RefusedTextError if the text is too long to be read back, and
        RequestError if the request fails otherwise.
        """
        check_size(model_id, text)
        call = self._create_call(model_id)
        write = DescriptionWrite(
            self._session,
            call,
            self._session.build_target(_build_description_path(model_id)),
            text=text,
            replacing=replacing,
            read=partial(self._read_text, call, model_id=model_id),
            read_back=read_back,
            clock=self._clock,
            parse=partial(
                self._parse_and_keep_resolved,
                parse_write_response if text else parse_delete_response,
            ),
        )
        return await write.run()

    async def delete(self, model_id: str, *, replacing: Text) -> WriteResult:
        """Delete the description; errors are those of `update`."""
        return await self.update(model_id, "", replacing=replacing)

    async def _read_text(
        self,
        call: RetryingCall,
        permit: Permit | None = None,
        *,
        model_id: str,
        parse: Callable[[bytes], DescriptionText] = parse_text,
    ) -> RemoteText | NoSuchModel:
        """Read the text once."""
        text = await self._read_description(
            call, permit, model_id=model_id, parse=parse, absent=DescriptionText(None)
        )
        if isinstance(text, NoSuchModel):
            return text
        is_denied = text.value is None
        return RemoteText(Text(text.value or ""), find_unresolved(text), is_denied=is_denied)

    async def _read_description(  # noqa: PLR0913 - the parts of one request
        self,
        call: RetryingCall,
        permit: Permit | None = None,
        *,
        model_id: str,
        parse: Callable[[bytes], ResultT],
        absent: ResultT,
        query: Mapping[str, str] = MappingProxyType({}),
    ) -> ResultT | NoSuchModel:
        """Read the description once; return `absent` if the model has none.

        A 404 means either that there is no description or that there is no model. A second
        request, for the model itself, tells which.
        """
        target = self._session.build_target(_build_description_path(model_id), query)
        try:
            return await call.send("GET", target, parse, permit=permit)
        except RequestFailure as failure:
            match failure.status:
                case HTTPStatus.GONE:
                    return NoSuchModel()
                case HTTPStatus.NOT_FOUND:
                    exists = await self._model_exists(call, permit, model_id=model_id)
                    return absent if exists else NoSuchModel()
                case _:
                    raise

    async def _model_exists(
        self, call: RetryingCall, permit: Permit | None, *, model_id: str
    ) -> bool:
        target = self._session.build_target(_build_model_path(model_id))
        try:
            await call.send("GET", target, check_model, permit=permit)
        except RequestFailure as failure:
            if failure.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                raise
            return False
        return True

    async def probe_clearing(self, model_id: str, *, sent: str | None) -> ClearingProbe:
        """Clear the description with null or an empty text, and tell how the server answers.

        The text is replaced unseen: for a scratch model only. Raises ScenarioError.
        """
        target = self._session.build_target(_build_description_path(model_id))
        call = self._create_call(model_id)
        return await call.run(probe_clearing, self._session, target, sent=sent)

    async def read_updated_at(self, model_id: str) -> str | None:
        """Return `updatedAt` of the model as it came; None if there is none. Raises ScenarioError.

        The contract does not list the field among those of a description's models.
        """
        model = await self._call_api("GET", _build_model_path(model_id), parse_model)
        value = model.get("updatedAt")
        return value if isinstance(value, str) else None

    # --- models and assets ---

    async def list_project_models(self) -> AsyncIterator[Model]:
        """Yield the project's own models, private and public, each once; raise RequestError.

        The public list has everybody's models. The project's own are told by their owner: the
        project id, or the one owner of all private models. A remark says if that cannot be told.
        """
        seen: set[str] = set()
        owners: set[str] = set()
        async for model in self.list_models():
            seen.add(model.id)
            owners |= {model.owner_id} if model.owner_id else set()
            yield model
        if self.server.project_id:
            owners = {self.server.project_id}
        if len(owners) != 1:
            self._observe(Remark(_OWNER_UNKNOWN))
            return
        async for model in self.list_models(privacy="public"):
            if model.owner_id in owners and model.id not in seen:
                yield model

    async def list_models(
        self, *, privacy: Literal["private", "public"] = "private"
    ) -> AsyncIterator[Model]:
        """Yield the models of the project, or the public models, each once; raise RequestError.

        Records without an id are left out, with a remark.
        """
        query = {"pageSize": str(PAGE_SIZE), "privacy": privacy}
        models: set[str] = set()
        empty_pages = 0
        while True:
            page = await self._list_page(query)
            found = self._keep_understood("GET /models", page.models)
            new = {model.id: model for model in found if model.id not in models}
            models |= new.keys()
            for model in new.values():
                yield model
            if page.has_odd_token:
                self._observe(Remark("GET /models: the rest of the list could not be asked for"))
            if not page.next_token:
                return
            empty_pages = 0 if new else empty_pages + 1
            if empty_pages == MAX_EMPTY_PAGES:
                raise RequestError(
                    f"GET /models: the list has no end: {empty_pages} pages in a row named "
                    "no new model",
                    hint="What was listed so far may not be all.",
                )
            query["paginationToken"] = page.next_token

    async def _list_page(self, query: dict[str, str]) -> ModelPage:
        """Read one page of models; lower `pageSize` in `query` while the response is too long."""
        while True:
            try:
                return await self._call_api("GET", "/models", parse_model_page, query=query)
            except RequestError as error:
                smaller = int(query["pageSize"]) // PAGE_SIZE_DIVISOR
                if not (isinstance(error.__cause__, ResponseTooLongError) and smaller):
                    raise
                query["pageSize"] = str(smaller)

    async def get_model_summaries(self, ids: Iterable[str]) -> Mapping[str, Model]:
        """Return name and type per model id; leave out unknown ids.

        Raises RequestError, also if an id could not be looked up.
        """
        return _require_all(await self._find_records(_MODEL_SUMMARIES, ids))

    async def get_assets(self, ids: Iterable[str]) -> Mapping[str, Asset]:
        """Return the assets by id; leave out unknown ids; errors are as above."""
        return _require_all(await self._find_records(_ASSETS, ids))

    async def find_model_summaries(
        self, ids: Iterable[str], *, anywhere: bool = False
    ) -> FoundRecords[Model]:
        """Find name and type of models; ids that could not be looked up are told apart.

        With `anywhere`, ids that the project does not have are asked for without the project: a
        base model belongs to nobody's project. Raises RequestError.
        """
        return await self._find_records(_MODEL_SUMMARIES, ids, anywhere=anywhere)

    async def find_models(self, ids: Iterable[str]) -> FoundRecords[Model]:
        """Find models with privacy and owner; otherwise like `find_model_summaries`."""
        return await self._find_records(_MODELS, ids)

    async def find_assets(
        self, ids: Iterable[str], *, anywhere: bool = False
    ) -> FoundRecords[Asset]:
        """Find assets; otherwise like `find_model_summaries`."""
        return await self._find_records(_ASSETS, ids, anywhere=anywhere)

    async def _find_records(
        self, endpoint: _BulkEndpoint[RecordT], ids: Iterable[str], *, anywhere: bool = False
    ) -> FoundRecords[RecordT]:
        subject = f"POST {endpoint.path}"

        async def fetch(batch: Sequence[str], *, target: str) -> list[tuple[str, RecordT]]:
            call = self._create_call(subject)
            sent = {endpoint.key: batch, **endpoint.payload}
            records = await call.run(call.send, "POST", target, endpoint.parse, payload=sent)
            understood = self._keep_understood(subject, records)
            return [(endpoint.get_id(record), record) for record in understood]

        wanted = [*dict.fromkeys(ids)]
        in_project = self._session.build_target(endpoint.path)
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
            self._observe(Remark(f"not asked for outside the project: {error.message}"))
            return found
        return replace(elsewhere, records={**found.records, **elsewhere.records})

    def _keep_understood(self, subject: str, records: Records[RecordT]) -> tuple[RecordT, ...]:
        """Return the records that were understood; remark on the others."""
        if records.dropped:
            count = format_count(records.dropped, "record")
            self._observe(Remark(f"{subject}: {count} without an id left out"))
        return records.records

    def open_downloader(self, *, max_bytes: int, seconds: float) -> FileDownloader:
        """Return a downloader for files that API responses link to; it sends no credentials.

        `max_bytes` and `seconds` limit each download.
        """
        return FileDownloader(
            self.server, transport=self._transport, max_bytes=max_bytes, seconds=seconds
        )

    async def _call_api(
        self,
        method: str,
        path: str,
        parse: Callable[[bytes], ResultT],
        *,
        query: dict[str, str] | None = None,
        payload: object = None,
    ) -> ResultT:
        call = self._create_call(f"{method} {path}")
        target = self._session.build_target(path, query or {})
        return await call.run(call.send, method, target, parse, payload=payload)

    def _create_call(self, subject: str) -> RetryingCall:
        return RetryingCall(
            self._session,
            subject,
            clock=self._clock,
            random=self._random,
            observe=self._observe,
        )


@dataclass(frozen=True, slots=True)
class _BulkEndpoint(Generic[RecordT]):
    """A call for many records by their ids, which are sent as `key` with the `payload`."""

    path: str
    key: str
    batch_size: int
    parse: Callable[[bytes], Records[RecordT]]
    get_id: Callable[[RecordT], str]
    payload: Mapping[str, object] = field(default_factory=dict)


_MODELS: _BulkEndpoint[Model] = _BulkEndpoint(
    "/models/get-bulk", "modelIds", MODELS_PER_CALL, parse_models, attrgetter("id")
)
_MODEL_SUMMARIES = replace(_MODELS, payload={"minimal": True})
_ASSETS: _BulkEndpoint[Asset] = _BulkEndpoint(
    "/assets/get-bulk", "assetIds", ASSETS_PER_CALL, parse_assets, attrgetter("id")
)


def _require_all(found: FoundRecords[RecordT]) -> Mapping[str, RecordT]:
    """Return the records; raise the refusal if an id could not be looked up."""
    if found.refusal:
        raise found.refusal
    return found.records


_OWNER_UNKNOWN = (
    "GET /models: the project's public models are left out, because its private models do not "
    "tell which are its own; set project_id in config.yaml"
)


def _build_model_path(model_id: str) -> str:
    """Build the URL path of a model.

    An id of nothing but dots is percent-encoded, because URL libraries read `..` as a step up.
    """
    name = quote(model_id, safe="")
    return f"/models/{name if name.strip('.') else name.replace('.', '%2E')}"


def _build_description_path(model_id: str) -> str:
    return f"{_build_model_path(model_id)}/description"


def _split_batches(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]
