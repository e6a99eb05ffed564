"""GitHub and GitLab as far as comments go, over real HTTP, held to what their documents say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

US, SOMEBODY = "github-actions[bot]", "mallory"
TOKEN = "ghs_token"


@dataclass
class FakeForge:
    """Comments as (id, author, text); `script` answers the next requests, one each."""

    repository: str
    comments: list[tuple[int, str, str]] = field(default_factory=list)
    longest: int = 65_536
    may_write: bool = True
    script: list[Response] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [text for _, _, text in self.comments]

    @property
    def writes(self) -> int:
        return sum(not each.startswith("GET") and "graphql" not in each for each in self.requests)

    def page(self, request: Request, shown: Callable[..., dict[str, Any]]) -> Response:
        """A page of the list; the next one is named in a header, as both forges do."""
        number, size = int(request.query_params["page"]), int(request.query_params["per_page"])
        items = [shown(*each) for each in self.comments[(number - 1) * size : number * size]]
        more = number * size < len(self.comments)
        link = f'<{request.url.include_query_params(page=number + 1)}>; rel="next"'
        return JSONResponse(items, headers={"Link": link} if more else {})

    def write(self, id_: int, text: str) -> None:
        others = [each for each in self.comments if each[0] != id_]
        author = next((each[1] for each in self.comments if each[0] == id_), US)
        self.comments = sorted([*others, (id_, author, text)])

    @property
    def next_id(self) -> int:
        return 1 + max((id_ for id_, _, _ in self.comments), default=0)


def answering(forge: FakeForge, handle: Callable[..., Response]) -> Callable[..., Any]:
    """Scripted answers first; then nothing for those without the token."""

    async def answer(request: Request) -> Response:
        forge.requests.append(f"{request.method} {request.url.path}")
        body = await request.json() if request.method != "GET" else {}
        if forge.script:
            return forge.script.pop(0)
        sent = request.headers.get("authorization") or request.headers.get("private-token", "")
        if not sent.endswith(TOKEN):
            return JSONResponse({"message": "Bad credentials"}, 401)
        return handle(request, body)

    return answer


def refused(forge: FakeForge, text: str, *, too_long: Response) -> Response | None:
    if not forge.may_write:
        return JSONResponse({"message": "Resource not accessible by integration"}, 403)
    units = len(text.encode("utf-16-le")) // 2
    return too_long if units > forge.longest else None


def github(forge: FakeForge) -> Starlette:
    """Pull request 7 of studio/descriptions, below /v1 for want of /api/v3."""

    def shown(id_: int, author: str, text: str) -> dict[str, Any]:
        return {"id": id_, "user": {"login": author} if author else None, "body": text}

    def too_long() -> Response:
        error = {
            "code": "unprocessable",
            "message": "body is too long (maximum is 65536 characters)",
        }
        return JSONResponse({"message": "Validation Failed", "errors": [error]}, 422)

    def comments(request: Request, body: dict[str, Any]) -> Response:
        if request.method == "GET":
            return forge.page(request, shown)
        if answer := refused(forge, body["body"], too_long=too_long()):
            return answer
        forge.write(forge.next_id, body["body"])
        return JSONResponse({}, 201)

    def comment(request: Request, body: dict[str, Any]) -> Response:
        if answer := refused(forge, body["body"], too_long=too_long()):
            return answer
        forge.write(request.path_params["id"], body["body"])
        return JSONResponse({})

    def viewer(_: Request, __: dict[str, Any]) -> Response:
        return JSONResponse({"data": {"viewer": {"login": US}}})

    pulls = "/v1/repos/studio/descriptions/issues"
    return Starlette(
        routes=[
            Route(f"{pulls}/7/comments", answering(forge, comments), methods=["GET", "POST"]),
            Route(f"{pulls}/comments/{{id:int}}", answering(forge, comment), methods=["PATCH"]),
            Route("/v1/graphql", answering(forge, viewer), methods=["POST"]),
        ]
    )


def gitlab(forge: FakeForge) -> Starlette:
    """Merge request 7 of project 42."""

    def shown(id_: int, author: str, text: str) -> dict[str, Any]:
        return {"id": id_, "author": {"username": author}, "body": text, "system": False}

    def too_long() -> Response:
        return JSONResponse(
            {"message": {"note": ["is too long (maximum is 1000000 characters)"]}}, 400
        )

    def notes(request: Request, body: dict[str, Any]) -> Response:
        if request.method == "GET":
            return forge.page(request, shown)
        if answer := refused(forge, body["body"], too_long=too_long()):
            return answer
        forge.write(request.path_params.get("id", forge.next_id), body["body"])
        return JSONResponse({}, 201)

    def user(_: Request, __: dict[str, Any]) -> Response:
        return JSONResponse({"id": 1, "username": US})

    path = "/v1/projects/42/merge_requests/7/notes"
    return Starlette(
        routes=[
            Route(path, answering(forge, notes), methods=["GET", "POST"]),
            Route(f"{path}/{{id:int}}", answering(forge, notes), methods=["PUT"]),
            Route("/v1/user", answering(forge, user)),
        ]
    )
