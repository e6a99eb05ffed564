"""One request of a run: let go by the throttle, sent, counted, and its answer judged."""

from __future__ import annotations

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

from sync.errors import AccessError, CredentialsError
from sync.scenario.answers import Answer, AttemptError, from_answer, server_words
from sync.scenario.connections import Connections
from sync.scenario.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    import httpx

    from sync.scenario.server import Server
    from sync.scenario.waits import Clock, Observer

# So many 403 and nothing else to requests of one method: it is not these models, it is the key.
REFUSALS = {"GET": 3, "PUT": 5}
# So many items given up in a row for what has nothing to do with them: no other will go better.
OUTAGES = 20


class Session:
    """What the requests of a run share; `answered` tells whether the server ever did."""

    def __init__(
        self,
        server: Server,
        *,
        transport: httpx.AsyncBaseTransport | None,
        clock: Clock,
        observe: Observer,
    ) -> None:
        self.server = server
        self.requests = 0
        self.answered = False
        self._clock = clock
        self._connections = Connections(server, transport=transport)
        self._throttle = Throttle(server, clock=clock, observe=observe)
        self._refused: Counter[str] = Counter()
        self._allowed: set[str] = set()
        self._looking = asyncio.Lock()
        self._outages = 0

    async def __aenter__(self) -> Self:
        await self._connections.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._connections.__aexit__(kind, error, traceback)

    async def send(self, method: str, target: str, *, payload: object = None) -> Answer:
        """The answer, if it is a success.

        Raises AttemptError if it is not or if there is none; CredentialsError and AccessError if no
        other request can go better.
        """
        answer = await self._exchange(method, target, payload)
        if answer.is_success or answer.status == HTTPStatus.NOT_FOUND:
            self._allowed.add(method)
        if answer.is_success:
            return answer
        self._check_credentials(answer)
        failure = from_answer(method, answer, now=self._clock.now())
        if answer.status == HTTPStatus.FORBIDDEN:
            await self._check_access(method, failure)
        raise failure

    def target(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """The path with its query, of which the project is part."""
        project = {"projectId": self.server.project_id} if self.server.project_id else {}
        words = urlencode(project | dict(query or {}))
        return f"{path}?{words}" if words else path

    def went_well(self) -> None:
        """An item is done: whatever failed before, it was not the whole server."""
        self._outages = 0

    def is_out(self) -> bool:
        """Whether one more item, given up for what has nothing to do with it, is one too many."""
        self._outages += 1
        return self._outages > OUTAGES

    async def _exchange(self, method: str, target: str, payload: object = None) -> Answer:
        """One request and its answer, whatever that is; the throttle learns from it."""
        async with self._throttle.turn() as turn:
            self.requests += 1
            answer = await self._connections.send(method, target, payload=payload)
            self.answered = True
            if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                limit = from_answer(method, answer, now=self._clock.now())
                if limit.retry:
                    turn.rejected(asked=limit.wait)
            elif answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                turn.accepted()
            return answer

    def _check_credentials(self, answer: Answer) -> None:
        """A wrong key answers 401; a token that has expired 403, of a kind of its own."""
        credentials = self.server.credentials
        expired = (
            answer.status == HTTPStatus.FORBIDDEN
            and credentials is not None
            and credentials.is_token
            and answer.headers.get("x-amzn-errortype", "").startswith("AccessDeniedException")
        )
        if answer.status != HTTPStatus.UNAUTHORIZED and not expired:
            return
        what = "token" if credentials and credentials.is_token else "key"
        where = f" {credentials.variables}" if credentials else ""
        raise CredentialsError(
            f"{self.server.host} does not accept the {what} "
            f"({answer.status}: {server_words(answer.body)}).",
            hint="The token has expired, or is wrong: tokens live for about a minute. "
            f"Get a new one into{where}, or use an API key and its secret."
            if what == "token"
            else f"Check{where}.",
            status=answer.status,
        )

    async def _check_access(self, method: str, failure: AttemptError) -> None:
        """Raise AccessError where it is the project, and not this one model, that is closed."""
        self._refused[method] += 1
        if method in self._allowed or self._refused[method] < REFUSALS.get(method, 1):
            return
        if method == "GET" and await self._shows_models():
            return
        project = self.server.project_id
        raise AccessError(
            f"The key may not {'write to' if method == 'PUT' else 'read'} "
            f"{f'project {project}' if project else 'its project'} on {self.server.host} "
            f"({failure.message}).",
            hint="Check project_id, and the role of the key's owner in that project.",
            status=failure.status,
        )

    async def _shows_models(self) -> bool:
        """Whether the project can be read at all; asked once."""
        async with self._looking:
            if "GET" not in self._allowed:
                answer = await self._exchange("GET", self.target("/models", {"pageSize": "1"}))
                if answer.status != HTTPStatus.FORBIDDEN:
                    self._allowed.add("GET")
            return "GET" in self._allowed
