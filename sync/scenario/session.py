"""One request of a run: let go by the throttle, sent, counted, and its answer judged."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from sync.errors import AccessError, CredentialsError
from sync.scenario.answers import Answer, AttemptError, from_answer, server_words
from sync.scenario.connections import Connections
from sync.scenario.throttle import Throttle

if TYPE_CHECKING:
    from types import TracebackType

    import httpx

    from sync.scenario.server import Server
    from sync.scenario.waits import Clock, Observer

# So many 403 and nothing else to requests of one method: it is not these models, it is the key.
REFUSALS = 3


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
        async with self._throttle.turn() as turn:
            self.requests += 1
            answer = await self._connections.send(method, target, payload=payload)
            self.answered = True
            failure = self._judge(method, answer)
            if failure is None:
                turn.accepted()
                return answer
            if failure.status == HTTPStatus.TOO_MANY_REQUESTS and failure.retry:
                turn.rejected(asked=failure.wait)
            raise failure

    def _judge(self, method: str, answer: Answer) -> AttemptError | None:
        if answer.is_success or answer.status == HTTPStatus.NOT_FOUND:
            self._allowed.add(method)
        if answer.is_success:
            return None
        self._check_credentials(answer)
        failure = from_answer(answer, now=self._clock.now())
        if answer.status == HTTPStatus.FORBIDDEN:
            self._check_access(method, failure)
        return failure

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

    def _check_access(self, method: str, failure: AttemptError) -> None:
        self._refused[method] += 1
        if method in self._allowed or self._refused[method] < REFUSALS:
            return
        project = self.server.project_id
        raise AccessError(
            f"The key may not {'write to' if method == 'PUT' else 'read'} "
            f"{f'project {project}' if project else 'its project'} on {self.server.host} "
            f"({failure.message}).",
            hint="Check project_id, and the role of the key's owner in that project.",
            status=failure.status,
        )
