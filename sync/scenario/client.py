"""The Scenario client: one method per API call that the project needs."""

from __future__ import annotations

import random as chance
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar
from urllib.parse import quote

from sync.errors import RefusedTextError, RequestError
from sync.model.remote_text import NoSuchModel, RemoteState, RemoteText, UnreadableModel
from sync.model.text import Text
from sync.scenario.bulk import (
    ASSETS,
    MODEL_SUMMARIES,
    MODELS,
    BulkEndpoint,
    FoundRecords,
    RecordT,
    find_records,
)
from sync.scenario.clock import Clock, Observer, ignore_notice
from sync.scenario.description_bodies import (
    Description,
    DescriptionText,
    find_missing_fields,
    find_unresolved,
    parse_delete_response,
    parse_description,
    parse_text,
    parse_write_response,
)
from sync.scenario.downloads import FileDownloader
from sync.scenario.http import httpx
from sync.scenario.model_list import list_models, list_project_models
from sync.scenario.probe import ClearingProbe, ProbeResult, probe_clearing, probe_project
from sync.scenario.record_lists import (
    ModelPage,
    check_model,
    parse_model,
    parse_model_page,
)
from sync.scenario.resolved_records import ResolvedRecords
from sync.scenario.responses import RequestFailure
from sync.scenario.retries import RetryingCall
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
    )
    from types import TracebackType

    from sync.scenario.schema import Asset, Model
    from sync.scenario.server import Server
    from sync.scenario.throttle import Permit

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

        Returns UnreadableModel if the model cannot be read. Raises AbortRunError only.
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
        """Return the text like `retrieve`, and count the fields that the answer lacks.

        The counts are of records without a field that the contract requires, by kind (`asset`
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
        another text by now, RefusedTextError if the text is too long to be read back or quotes the
        secret or the token, and RequestError if the request fails otherwise.
        """
        check_size(model_id, text)
        if self._session.is_secret_in(text):
            raise RefusedTextError(
                f"{model_id}: the text was not sent: it has the secret or the token of this run "
                "in it",
                hint="Remove it from the file, and get a new one.",
                attempts=0,
            )
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
        model = await self._get(_build_model_path(model_id), parse_model)
        value = model.get("updatedAt")
        return value if isinstance(value, str) else None

    # --- models and assets ---

    def list_project_models(self) -> AsyncIterator[Model]:
        """Yield the project's own models, private and public, each once; raise RequestError.

        The public list has everybody's models. The owner tells which are the project's own: the
        project id, or the one owner of all private models. A remark says if the owner is unknown.
        """
        return list_project_models(
            self._fetch_model_page, self.server.project_id, observe=self._observe
        )

    def list_models(
        self, *, privacy: Literal["private", "public"] = "private"
    ) -> AsyncIterator[Model]:
        """Yield the models of the project, or the public models, each once; raise RequestError.

        Records without an id are left out, with a remark.
        """
        return list_models(self._fetch_model_page, privacy, observe=self._observe)

    async def _fetch_model_page(self, query: dict[str, str]) -> ModelPage:
        return await self._get("/models", parse_model_page, query=query)

    async def get_model_summaries(self, ids: Iterable[str]) -> Mapping[str, Model]:
        """Return name and type per model id; leave out unknown ids.

        Raises RequestError, also if an id could not be looked up.
        """
        return (await self._find_records(MODEL_SUMMARIES, ids)).require_all()

    async def get_assets(self, ids: Iterable[str]) -> Mapping[str, Asset]:
        """Return the assets by id; leave out unknown ids; errors are as above."""
        return (await self._find_records(ASSETS, ids)).require_all()

    async def find_model_summaries(
        self, ids: Iterable[str], *, anywhere: bool = False
    ) -> FoundRecords[Model]:
        """Find name and type of models; the result lists the ids that could not be looked up.

        With `anywhere`, ids that the project does not have are asked for without the project: a
        base model belongs to nobody's project. Raises RequestError.
        """
        return await self._find_records(MODEL_SUMMARIES, ids, anywhere=anywhere)

    async def find_models(self, ids: Iterable[str]) -> FoundRecords[Model]:
        """Find models with privacy and owner; otherwise like `find_model_summaries`."""
        return await self._find_records(MODELS, ids)

    async def find_assets(
        self, ids: Iterable[str], *, anywhere: bool = False
    ) -> FoundRecords[Asset]:
        """Find assets; otherwise like `find_model_summaries`."""
        return await self._find_records(ASSETS, ids, anywhere=anywhere)

    async def _find_records(
        self, endpoint: BulkEndpoint[RecordT], ids: Iterable[str], *, anywhere: bool = False
    ) -> FoundRecords[RecordT]:
        return await find_records(
            endpoint,
            ids,
            session=self._session,
            create_call=self._create_call,
            observe=self._observe,
            anywhere=anywhere,
        )

    def open_downloader(self, *, max_bytes: int, seconds: float) -> FileDownloader:
        """Return a downloader for files that API responses link to; it sends no credentials.

        `max_bytes` and `seconds` limit each download.
        """
        return FileDownloader(
            self.server, transport=self._transport, max_bytes=max_bytes, seconds=seconds
        )

    async def _get(
        self,
        path: str,
        parse: Callable[[bytes], ResultT],
        *,
        query: Mapping[str, str] | None = None,
    ) -> ResultT:
        call = self._create_call(f"GET {path}")
        target = self._session.build_target(path, query or {})
        return await call.run(call.send, "GET", target, parse)

    def _create_call(self, subject: str) -> RetryingCall:
        return RetryingCall(
            self._session,
            subject,
            clock=self._clock,
            random=self._random,
            observe=self._observe,
        )


def _build_model_path(model_id: str) -> str:
    """Build the URL path of a model.

    An id of nothing but dots is percent-encoded, because URL libraries read `..` as a step up.
    """
    name = quote(model_id, safe="")
    return f"/models/{name if name.strip('.') else name.replace('.', '%2E')}"


def _build_description_path(model_id: str) -> str:
    return f"{_build_model_path(model_id)}/description"
