"""Send the requests of one run: throttle them, count them, and check their responses."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

from sync.errors import AccessError, AddressError, CredentialsError
from sync.redaction import Redactor
from sync.scenario.connections import ConnectionPool
from sync.scenario.health import ServerHealth
from sync.scenario.responses import (
    WRONG_SERVER_HINT,
    RequestFailure,
    Response,
    extract_server_message,
)
from sync.scenario.status_codes import classify_response, find_refuser
from sync.scenario.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    import httpx

    from sync.scenario.clock import Clock, Observer
    from sync.scenario.responses import Refuser
    from sync.scenario.server import Server
    from sync.scenario.throttle import Permit

# If all requests get 403, this many show that the key, not the models, is the cause.
MAX_REFUSALS = 5
MAX_READ_REFUSALS = 3
# If more than this many items in a row fail because of the server, the run is aborted.
MAX_OUTAGES = 20
# Bytes of an error that are read: its words are cut to 300 characters anyway.
_MAX_ERROR_SIZE = 1 << 16


class ApiSession:
    """The state that all requests of a run share.

    `has_answered` is True after the first response of the server; `health` tells an outage of the
    server from the failure of one item.
    """

    def __init__(
        self,
        server: Server,
        *,
        transport: httpx.AsyncBaseTransport | None,
        clock: Clock,
        observe: Observer,
    ) -> None:
        self.server = server
        self.request_count = 0
        self.has_answered = False
        self._clock = clock
        given = server.credentials
        self._redactor = Redactor(given.secrets, names=[given.key]) if given else Redactor()
        self._connections = ConnectionPool(server, transport=transport)
        self._throttle = Throttle(server, clock=clock, observe=observe)
        self._refusal_counts: Counter[str] = Counter()
        self._allowed_methods: set[str] = set()
        self._pending = 0  # requests that were not answered yet
        self._probe_lock = asyncio.Lock()
        self._outage_count = 0
        self.health = ServerHealth(self._request_list, clock=clock, observe=observe)

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

    def acquire_permit(self, request_count: int) -> AbstractAsyncContextManager[Permit]:
        """Wait until this many requests may follow each other without a wait between them."""
        return self._throttle.acquire_permit(request_count)

    async def send(
        self, method: str, target: str, *, payload: object = None, permit: Permit | None = None
    ) -> Response:
        """Send one request and return the response if it is a success.

        With a `permit` the request is sent at once; otherwise it waits for its own.

        Raises RequestFailure if it is not a success or if there is no response; CredentialsError,
        AccessError or AddressError if all other requests would fail for the same reason.
        """
        self._pending += 1
        try:
            response = await self._send_throttled(method, target, payload, permit=permit)
            if response.is_success or response.status == HTTPStatus.NOT_FOUND:
                self._allowed_methods.add(method)
            if response.is_success:
                return response
            self._check_credentials(response)
            failure = classify_response(method, response, now=self._clock.now())
            if failure.refuser in {"application", "route"}:
                await self._check_access(method, target, failure=failure, permit=permit)
            raise failure
        finally:
            self._pending -= 1

    def build_target(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """Build the request target: the path with its query, including the project id."""
        project = {"projectId": self.server.project_id} if self.server.project_id else {}
        words = urlencode(project | dict(query or {}))
        return f"{path}?{words}" if words else path

    def is_secret_in(self, text: str) -> bool:
        """Return True if the text quotes a credential, so that its answer would be refused."""
        return self._redactor.is_quoted_in(text.encode(errors="replace"))

    def record_success(self) -> None:
        """Record that an item succeeded; reset the count of outages."""
        self._outage_count = 0

    def record_outage(self) -> bool:
        """Record an outage; return True after more than 20 in a row (MAX_OUTAGES)."""
        self._outage_count += 1
        return self._outage_count > MAX_OUTAGES

    async def _send_throttled(
        self,
        method: str,
        target: str,
        payload: object = None,
        *,
        permit: Permit | None = None,
    ) -> Response:
        """Send one request through the throttle; return its response, whatever the status."""
        if permit is None:
            async with self._throttle.acquire_permit() as own:
                return await self._send_permitted(method, target, payload, permit=own)
        return await self._send_permitted(method, target, payload, permit=permit)

    async def _send_permitted(
        self, method: str, target: str, payload: object, *, permit: Permit
    ) -> Response:
        self.request_count += 1
        permit.record_sent()
        try:
            response = await self._connections.send(method, target, payload=payload)
        except RequestFailure as failure:
            failure.message = self._redactor.hide(failure.message)
            raise
        self.has_answered = True
        response = self._redact(method, response)
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            limit = classify_response(method, response, now=self._clock.now())
            if limit.retry:
                permit.record_rejected(requested_wait=limit.wait)
        elif response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            permit.record_accepted()
        return response

    def _redact(self, method: str, response: Response) -> Response:
        """Redact secrets in a failed response, because its message is shown to people.

        Raises RequestFailure for a success that quotes a secret, because its texts are shown and
        stored unchanged.
        """
        if response.is_success:
            if self._redactor.is_quoted_in(response.body):
                raise RequestFailure(
                    f"the answer of {self.server.host} quotes the secret or the token of this run, "
                    "so that it is neither shown nor stored",
                    hint="If the text in Scenario has it, remove it there, and get a new one. "
                    f"Otherwise: {WRONG_SERVER_HINT}",
                    status=response.status,
                    ambiguous=method != "GET",
                )
            return response
        said = response.body[:_MAX_ERROR_SIZE].decode(errors="surrogateescape")
        body = self._redactor.hide(said)
        return replace(response, body=body.encode(errors="surrogateescape"))

    def _check_credentials(self, response: Response) -> None:
        """Raise CredentialsError if the server rejects the key or the token.

        A wrong key gets 401. An expired token gets 403 with a header of the API gateway.
        """
        credentials = self.server.credentials
        if response.status != HTTPStatus.UNAUTHORIZED and find_refuser(response) != "credential":
            return
        what = "token" if credentials and credentials.is_token else "key"
        where = f" {credentials.variables}" if credentials else ""
        raise CredentialsError(
            f"{self.server.host} does not accept the {what} "
            f"({response.status}: {extract_server_message(response.body)}).",
            hint="The token has expired, or is wrong: tokens live for about a minute. "
            f"Get a new one into{where}, or use an API key and its secret."
            if what == "token"
            else f"Check{where}.",
            status=response.status,
        )

    async def _check_access(
        self, method: str, target: str, *, failure: RequestFailure, permit: Permit | None
    ) -> None:
        """Raise AccessError or AddressError if every request would be refused, not only this one.

        Writes: after five refused writes without an accepted one. Reads: the list of models is
        requested once, when three requests were refused or no other is in progress.
        """
        if method in self._allowed_methods:
            return
        if method == "PUT":
            self._refusal_counts[method] += failure.refuser == "application"
            if self._refusal_counts[method] >= MAX_REFUSALS:
                raise self._make_access_error("write to", failure)
            return
        self._refusal_counts[method] += 1
        if self._refusal_counts[method] < MAX_READ_REFUSALS and self._pending > 1:
            return
        is_list = target.partition("?")[0] == "/models"
        match failure.refuser if is_list else await self._probe_refuser(permit):
            case "application":
                raise self._make_access_error("read", failure)
            case "route":
                raise AddressError(
                    f"{self.server.base_url} is not the address of the Scenario API "
                    f"({failure.message}).",
                    hint="Check base_url, with its path, in config.yaml.",
                    status=failure.status,
                )
            case _:
                return

    def _make_access_error(self, verb: str, failure: RequestFailure) -> AccessError:
        project = self.server.project_id
        return AccessError(
            f"The key may not {verb} {f'project {project}' if project else 'its project'} "
            f"on {self.server.host} ({failure.message}).",
            hint="Check project_id, and the role of the key's owner in that project.",
            status=failure.status,
        )

    async def _probe_refuser(self, permit: Permit | None) -> Refuser | None:
        """Return who refuses the list of the project's models.

        Sends one request at most, or one for each permit in use: a caller with a permit does not
        wait for the others, as they may wait for that permit.
        """
        if permit is not None:
            return await self._probe_list(permit)
        async with self._probe_lock:
            return await self._probe_list(None)

    async def _probe_list(self, permit: Permit | None) -> Refuser | None:
        if "GET" in self._allowed_methods:
            return None
        response = await self._request_list(permit)
        self._check_credentials(response)
        refuser = find_refuser(response)
        if refuser is None:
            self._allowed_methods.add("GET")
        return refuser

    async def _request_list(self, permit: Permit | None = None) -> Response:
        """Request the shortest list of the project's models, which any key may read."""
        target = self.build_target("/models", {"pageSize": "1"})
        return await self._send_throttled("GET", target, permit=permit)
