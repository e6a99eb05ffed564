"""The calls of the Scenario API that the project needs."""

from __future__ import annotations

import random as chance
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar
from urllib.parse import quote

import httpx

from sync.errors import RequestError
from sync.model import Held, NoSuchModel, Retrieved, Text, Unreadable
from sync.scenario.answers import AttemptError, TooLongError
from sync.scenario.errand import Errand
from sync.scenario.files import Files
from sync.scenario.pool import concurrently
from sync.scenario.probe import Seen, look
from sync.scenario.schema import (
    Asset,
    Assets,
    Description,
    Model,
    ModelAnswer,
    ModelName,
    ModelNames,
    ModelPage,
    Models,
    Wire,
    parse,
    parse_description,
    parse_text,
)
from sync.scenario.session import Session
from sync.scenario.waits import Clock, Observer, ignore
from sync.scenario.write import Write, Written

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Callable,
        Iterable,
        Iterator,
        Sequence,
    )
    from types import TracebackType

    from sync.scenario.server import Server

MODELS_A_CALL = 50
ASSETS_A_CALL = 200
# What the API gives at most. A model takes a kilobyte, but tens of them with its training images:
# where that makes an answer too long to be read, a fifth of the page is asked for.
PAGE_SIZE = 500
SMALLER = 5
# A list may have an empty page, but not one after the other.
BARREN_PAGES = 3

_Shape = TypeVar("_Shape", bound=Wire)


class Scenario:
    """One run's talk with one project; an async context manager.

    `app` is an ASGI application that answers in place of a server; `transport` any other stand-in
    at the wire. `observe` is told of every wait. Time and chance come from `clock` and `random`.
    """

    def __init__(  # noqa: PLR0913 - what a test brings along each has a default
        self,
        server: Server,
        *,
        app: Callable[..., Any] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        observe: Observer = ignore,
        clock: Clock | None = None,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self.server = server
        self._clock = clock or Clock()
        self._random = random
        self._observe = observe
        if app is not None:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._transport = transport
        self._session = Session(server, transport=transport, clock=self._clock, observe=observe)

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
    def requests(self) -> int:
        """How many were made so far."""
        return self._session.requests

    async def look(self) -> Seen:
        """One look at the project, at the cost of a request. Raises ScenarioError."""
        target = self._session.target("/models", {"pageSize": "1"})
        errand = self._errand("GET /models")
        return await errand.run(look, self._session, target, clock=self._clock)

    # --- descriptions ---

    async def retrieve(self, model_id: str) -> Retrieved:
        """What the server holds for the model; raises PointlessError only."""
        errand = self._errand(model_id)
        try:
            return await errand.run(self._read, errand, model_id=model_id)
        except RequestError as error:
            return Unreadable(f"{error.message}. {error.hint}" if error.hint else error.message)

    def retrieve_all(self, model_ids: Iterable[str]) -> AsyncGenerator[tuple[str, Retrieved], None]:
        """What the server holds for each model, as the answers come; PointlessError ends it."""
        return concurrently(self.retrieve, model_ids, limit=self.server.concurrency)

    async def describe(self, model_id: str, *, original_assets: bool = False) -> Description:
        """The description with all that its tags refer to, in the original format if asked so.

        Raises RequestError, with status 404 where there is none or no such model.
        """
        query = {"originalAssets": "true"} if original_assets else {}
        target = self._session.target(_description(model_id), query)
        errand = self._errand(model_id)
        return await errand.run(errand.send, "GET", target, parse_description)

    async def update(self, model_id: str, text: str, *, replacing: Text) -> Written:
        """Replace the text `replacing`, last read there, by this one.

        Raises RequestError, of it MovedError where the server holds another text by now.
        """
        return await self._write(model_id, text, replacing=replacing)

    async def delete(self, model_id: str, *, replacing: Text) -> Written:
        """Take the description away; otherwise like `update`."""
        return await self._write(model_id, None, replacing=replacing)

    async def _write(self, model_id: str, text: str | None, *, replacing: Text) -> Written:
        errand = self._errand(model_id)
        write = Write(
            errand,
            self._session.target(_description(model_id)),
            text=text,
            replacing=replacing,
            read=partial(self._read, errand, model_id=model_id),
        )
        return await write.run()

    async def _read(self, errand: Errand, *, model_id: str) -> Held | NoSuchModel:
        """One look. 404 may mean that there is no description or no model: the model tells."""
        target = self._session.target(_description(model_id))
        try:
            text = await errand.send("GET", target, parse_text)
        except AttemptError as failure:
            if failure.status != HTTPStatus.NOT_FOUND:
                raise
            exists = await self._exists(errand, model_id=model_id)
            return Held(Text("")) if exists else NoSuchModel()
        return Held(Text(text or ""))

    async def _exists(self, errand: Errand, *, model_id: str) -> bool:
        target = self._session.target(_model(model_id))
        try:
            await errand.send("GET", target, partial(parse, ModelAnswer))
        except AttemptError as failure:
            if failure.status != HTTPStatus.NOT_FOUND:
                raise
            return False
        return True

    # --- models and assets ---

    async def list_models(
        self, *, privacy: Literal["private", "public"] = "private"
    ) -> AsyncIterator[Model]:
        """The project's models, or the public ones, each once; raises RequestError."""
        query = {"pageSize": str(PAGE_SIZE), "privacy": privacy}
        models: set[str] = set()
        barren = 0
        while True:
            page = await self._page(query)
            new = {model.id: model for model in page.models if model.id not in models}
            models |= new.keys()
            for model in new.values():
                yield model
            token = page.next_pagination_token
            if not token:
                return
            barren = 0 if new else barren + 1
            if barren == BARREN_PAGES:
                raise RequestError(
                    f"GET /models: the list has no end: {barren} pages in a row named no new model",
                    hint="What was listed so far may not be all.",
                )
            query["paginationToken"] = token

    async def _page(self, query: dict[str, str]) -> ModelPage:
        """One page of models; of a size, set in the query, of which the answer can be read."""
        while True:
            try:
                return await self._call("GET", "/models", ModelPage, query=query)
            except RequestError as error:
                smaller = int(query["pageSize"]) // SMALLER
                if not (isinstance(error.__cause__, TooLongError) and smaller):
                    raise
                query["pageSize"] = str(smaller)

    async def models(self, ids: Iterable[str]) -> dict[str, ModelName]:
        """Name and type of those models that the server has; raises RequestError."""
        found: dict[str, ModelName] = {}
        for some in _batches(ids, MODELS_A_CALL):
            payload = {"modelIds": some, "minimal": True}
            answer = await self._call("POST", "/models/get-bulk", ModelNames, payload=payload)
            found |= {model.id: model for model in answer.models}
        return found

    async def whole_models(self, ids: Iterable[str]) -> dict[str, Model]:
        """Those models that the server has, with privacy and owner; raises RequestError."""
        found: dict[str, Model] = {}
        for some in _batches(ids, MODELS_A_CALL):
            answer = await self._call(
                "POST", "/models/get-bulk", Models, payload={"modelIds": some}
            )
            found |= {model.id: model for model in answer.models}
        return found

    async def assets(self, ids: Iterable[str]) -> dict[str, Asset]:
        """Those assets that the server has; raises RequestError."""
        found: dict[str, Asset] = {}
        for some in _batches(ids, ASSETS_A_CALL):
            answer = await self._call(
                "POST", "/assets/get-bulk", Assets, payload={"assetIds": some}
            )
            found |= {asset.id: asset for asset in answer.assets}
        return found

    def files(self, *, largest: int, seconds: float) -> Files:
        """For what the API's answers link to, with none of the API's credentials."""
        return Files(self.server, transport=self._transport, largest=largest, seconds=seconds)

    async def _call(
        self,
        method: str,
        path: str,
        shape: type[_Shape],
        *,
        query: dict[str, str] | None = None,
        payload: object = None,
    ) -> _Shape:
        errand = self._errand(f"{method} {path}")
        target = self._session.target(path, query or {})
        return await errand.run(errand.send, method, target, partial(parse, shape), payload=payload)

    def _errand(self, subject: str) -> Errand:
        return Errand(
            self._session,
            subject,
            clock=self._clock,
            random=self._random,
            observe=self._observe,
        )


def _model(model_id: str) -> str:
    """The model's path; dots alone would be taken for a step up, even where they are escaped."""
    name = quote(model_id, safe="")
    return f"/models/{name if name.strip('.') else name.replace('.', '%2E')}"


def _description(model_id: str) -> str:
    return f"{_model(model_id)}/description"


def _batches(ids: Iterable[str], size: int) -> Iterator[Sequence[str]]:
    distinct = list(dict.fromkeys(ids))
    return (distinct[start : start + size] for start in range(0, len(distinct), size))
