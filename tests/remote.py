"""An API at the wire that holds texts and answers as a test scripts it."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httpx

from sync.scenario import Clock, Credentials, Scenario, Server

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = Credentials(key="the-key", secret="the-secret")
TOKEN = Credentials(jwt="the.token")


def answer(text):
    return {"description": {"value": text, "assets": [], "models": []}}


class Waits(Clock):
    """A clock on which a wait is over at once; it remembers each."""

    def __init__(self):
        self.waited = []
        self._time = 1000.0

    def monotonic(self):
        return self._time

    def now(self):
        return self._time

    async def sleep(self, seconds):
        self.waited.append(seconds)
        self._time += seconds


@dataclass
class Remote:
    """Texts by model id; None is a model without a description.

    `script` answers the next requests, one each: a response, an exception to raise, or a function
    of the request that returns either, or None for the usual answer.
    """

    texts: dict[str, str | None]
    script: deque[httpx.Response | Exception | Callable] = field(default_factory=deque)
    requests: list[str] = field(default_factory=list)
    clock: Waits = field(default_factory=Waits)
    notices: list = field(default_factory=list)

    def client(self, *, credentials=KEY, **settings):
        server = Server(base_url="https://api.test/v1", credentials=credentials, **settings)
        return Scenario(
            server,
            transport=httpx.MockTransport(self.handle),
            observe=self.notices.append,
            clock=self.clock,
            random=lambda: 1.0,
        )

    def handle(self, request):
        self.requests.append(f"{request.method} {request.url.raw_path.decode()}")
        reply = self.script.popleft() if self.script else None
        if callable(reply) and not isinstance(reply, httpx.Response):
            reply = reply(request)
        if isinstance(reply, Exception):
            raise reply
        return self.usual(request) if reply is None else reply

    def usual(self, request):
        if request.url.path == "/v1/models":
            return httpx.Response(200, json={"models": []})
        _, _, _, model, *rest = request.url.raw_path.decode().partition("?")[0].split("/")
        model = unquote(model)
        if model not in self.texts:
            return httpx.Response(404, json={"reason": f"Model {model} not found"})
        if not rest:
            return httpx.Response(200, json={"model": {"id": model}})
        if request.method == "PUT":
            self.texts[model] = json.loads(request.content)["description"]
        text = self.texts[model]
        return httpx.Response(200, json={"description": None} if text is None else answer(text))

    def then(self, reply):
        """Carry the request out, but answer like this."""

        def carry_out(request):
            self.usual(request)
            return reply

        return carry_out

    def edited(self, model, text, reply):
        """Answer like this, and let somebody edit the text at the same moment."""

        def edit(_):
            self.texts[model] = text
            return reply

        return edit
