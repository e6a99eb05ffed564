"""Count the requests that an application is sent."""

from collections import Counter
from dataclasses import dataclass, field

from starlette.types import ASGIApp


@dataclass(slots=True)
class RequestCounter:
    """The number of requests of the API per method, and of those at once; no pictures."""

    by_method: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0


class CountRequests:
    def __init__(self, app: ASGIApp, requests: RequestCounter) -> None:
        self.app, self.requests = app, requests

    async def __call__(self, scope, receive, send) -> None:
        if not scope["path"].startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        self.requests.by_method[scope["method"]] += 1
        self.requests.in_flight += 1
        self.requests.most_in_flight = max(self.requests.most_in_flight, self.requests.in_flight)
        try:
            await self.app(scope, receive, send)
        finally:
            self.requests.in_flight -= 1


def counted(app):
    """Count from here on, in `app.state.requests`, what the application is sent."""
    app.state.requests = RequestCounter()
    app.add_middleware(CountRequests, requests=app.state.requests)
    return app
