"""GitHub and GitLab as far as comments go, over real HTTP, held to what their documents say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from repositories import Repo
    from starlette.requests import Request

US, SOMEBODY = "github-actions[bot]", "mallory"
TOKEN = "ghs_token_0123456789"


@dataclass
class FakeForge:
    """Comments as (id, author, text); `script` answers the next requests, one each."""

    repository: str
    comments: list[tuple[int, str, str]] = field(default_factory=list)
    longest: int = 65_536
    may_write: bool = True
    script: list[Response] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)

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

    def delete(self, id_: int) -> Response:
        there = [each for each in self.comments if each[0] == id_ and id_ not in self.gone]
        self.comments = [each for each in self.comments if each[0] != id_]
        self.gone.discard(id_)
        return Response(status_code=204) if there else JSONResponse({"message": "Not Found"}, 404)

    @property
    def next_id(self) -> int:
        return 1 + max((id_ for id_, _, _ in self.comments), default=0)


def answering(forge: FakeForge, handle: Callable[..., Response]) -> Callable[..., Any]:
    """Scripted answers first; then nothing for those without the token."""

    async def answer(request: Request) -> Response:
        forge.requests.append(f"{request.method} {request.url.path}")
        body = await request.json() if request.method not in {"GET", "DELETE"} else {}
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
        id_ = request.path_params["id"]
        if id_ in forge.gone or request.method == "DELETE":
            return forge.delete(id_)
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
            Route(
                f"{pulls}/comments/{{id:int}}",
                answering(forge, comment),
                methods=["PATCH", "DELETE"],
            ),
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
        id_ = request.path_params.get("id", forge.next_id)
        if id_ in forge.gone or request.method == "DELETE":
            return forge.delete(id_)
        if answer := refused(forge, body["body"], too_long=too_long()):
            return answer
        forge.write(id_, body["body"])
        return JSONResponse({}, 201)

    def user(_: Request, __: dict[str, Any]) -> Response:
        return JSONResponse({"id": 1, "username": US})

    path = "/v1/projects/42/merge_requests/7/notes"
    return Starlette(
        routes=[
            Route(path, answering(forge, notes), methods=["GET", "POST"]),
            Route(f"{path}/{{id:int}}", answering(forge, notes), methods=["PUT", "DELETE"]),
            Route("/v1/user", answering(forge, user)),
        ]
    )


# --- issues, pull requests and branches ----------------------------------------------------------


@dataclass
class FakeTracker:
    """Issues and pull requests by number, of a repository whose branches are a bare one's.

    `script` answers the next requests, one each; `lost` answers are made after the deed.
    """

    branches: Repo | None = None
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    may_write: bool = True
    script: list[Response] = field(default_factory=list)
    lost: list[Response] = field(default_factory=list)
    commits: dict[str, list[int]] = field(default_factory=dict)

    def of(self, kind: str, *, is_open: bool | None = None) -> list[dict[str, Any]]:
        """The tickets of a kind, `issue` or `pull`, newest first."""
        found = [each for each in self.tickets.values() if each["kind"] == kind]
        if is_open is not None:
            found = [each for each in found if (each["state"] == "open") == is_open]
        return sorted(found, key=lambda each: -each["number"])

    def create(self, kind: str, **said: Any) -> dict[str, Any]:
        number = said.get("number", 1 + max(self.tickets, default=0))
        ticket = {"number": number, "kind": kind, "author": US, "state": "open", **said}
        self.tickets[number] = ticket
        return ticket

    def refuse(self, kind: str, head: str = "") -> Response | None:
        if not self.may_write:
            return JSONResponse({"message": "Resource not accessible by integration"}, 403)
        if kind == "pull" and head:
            there = self.branches.git("branch", "--list", head).strip() if self.branches else ""
            taken = [each for each in self.of("pull", is_open=True) if each["head"] == head]
            if not there or taken:
                return JSONResponse({"message": "Validation Failed", "errors": ["head"]}, 422)
        return None


def tracking(tracker: FakeTracker, handle: Callable[..., Response]) -> Callable[..., Any]:
    async def answer(request: Request) -> Response:
        body = await request.json() if request.method != "GET" else {}
        if tracker.script:
            return tracker.script.pop(0)
        sent = request.headers.get("authorization") or request.headers.get("private-token", "")
        if not sent.endswith(TOKEN):
            return JSONResponse({"message": "Bad credentials"}, 401)
        answered = handle(request, body)
        if request.method != "GET" and tracker.lost:
            return tracker.lost.pop(0)
        return answered

    return answer


def show_github_ticket(each: dict[str, Any]) -> dict[str, Any]:
    pull = {"pull_request": {"url": "…"}} if each["kind"] == "pull" else {}
    return {
        "number": each["number"],
        "html_url": f"https://github.test/{each['number']}",
        "user": {"login": each["author"]},
        "title": each["title"],
        "body": each["text"],
        "state": "open" if each["state"] == "open" else "closed",
        "merged_at": "2026-11-28T00:00:00Z" if each["state"] == "merged" else None,
        **pull,
    }


def github_tickets(tracker: FakeTracker) -> Starlette:
    """The issues and pull requests of studio/descriptions; a list of issues has both."""

    def tickets(request: Request, body: dict[str, Any]) -> Response:
        kind = "pull" if request.url.path.endswith("/pulls") else "issue"
        query = request.query_params
        if request.method == "GET":
            found = tracker.of("pull") + ([] if kind == "pull" else tracker.of("issue"))
            if "head" in query:
                found = [each for each in found if f"studio:{each['head']}" == query["head"]]
            if query["state"] == "open":
                found = [each for each in found if each["state"] == "open"]
            return JSONResponse([show_github_ticket(each) for each in found])
        if answer := tracker.refuse(kind, body.get("head", "")):
            return answer
        said = {"title": body["title"], "text": body["body"], "head": body.get("head", "")}
        return JSONResponse(
            show_github_ticket(tracker.create(kind, base=body.get("base"), **said)), 201
        )

    def ticket(request: Request, body: dict[str, Any]) -> Response:
        if answer := tracker.refuse("any"):
            return answer
        each = tracker.tickets[request.path_params["number"]]
        each |= {{"body": "text"}.get(key, key): value for key, value in body.items()}
        return JSONResponse(show_github_ticket(each))

    def viewer(_: Request, __: dict[str, Any]) -> Response:
        return JSONResponse({"data": {"viewer": {"login": US}}})

    def of_commit(request: Request, _: dict[str, Any]) -> Response:
        numbers = tracker.commits.get(request.path_params["sha"], [])
        return JSONResponse([show_github_ticket(tracker.tickets[number]) for number in numbers])

    repo = "/v1/repos/studio/descriptions"
    commit = Route(f"{repo}/commits/{{sha}}/pulls", tracking(tracker, of_commit))
    both = [
        route
        for kind in ("issues", "pulls")
        for route in (
            Route(f"{repo}/{kind}", tracking(tracker, tickets), methods=["GET", "POST"]),
            Route(f"{repo}/{kind}/{{number:int}}", tracking(tracker, ticket), methods=["PATCH"]),
        )
    ]
    return Starlette(
        routes=[*both, commit, Route("/v1/graphql", tracking(tracker, viewer), methods=["POST"])]
    )


def show_gitlab_ticket(each: dict[str, Any]) -> dict[str, Any]:
    return {
        "iid": each["number"],
        "web_url": f"https://gitlab.test/{each['number']}",
        "author": {"username": each["author"]},
        "title": each["title"],
        "description": each["text"],
        "state": {"open": "opened"}.get(each["state"], each["state"]),
    }


def gitlab_tickets(tracker: FakeTracker) -> Starlette:
    """The issues and merge requests of project 42."""

    def tickets(request: Request, body: dict[str, Any]) -> Response:
        kind = "pull" if request.url.path.endswith("/merge_requests") else "issue"
        query = request.query_params
        if request.method == "GET":
            found = tracker.of(kind)
            if "source_branch" in query:
                found = [each for each in found if each["head"] == query["source_branch"]]
            if query["state"] == "opened":
                found = [each for each in found if each["state"] == "open"]
            return JSONResponse([show_gitlab_ticket(each) for each in found])
        if answer := tracker.refuse(kind, body.get("source_branch", "")):
            return answer
        ticket = tracker.create(
            kind,
            title=body["title"],
            text=body["description"],
            head=body.get("source_branch", ""),
            base=body.get("target_branch"),
        )
        return JSONResponse(show_gitlab_ticket(ticket), 201)

    def ticket(request: Request, body: dict[str, Any]) -> Response:
        if answer := tracker.refuse("any"):
            return answer
        each = tracker.tickets[request.path_params["number"]]
        if body.pop("state_event", "") == "close":
            each["state"] = "closed"
        each |= {{"description": "text"}.get(key, key): value for key, value in body.items()}
        return JSONResponse(show_gitlab_ticket(each))

    def user(_: Request, __: dict[str, Any]) -> Response:
        return JSONResponse({"id": 1, "username": US})

    project = "/v1/projects/42"
    both = [
        route
        for kind in ("issues", "merge_requests")
        for route in (
            Route(f"{project}/{kind}", tracking(tracker, tickets), methods=["GET", "POST"]),
            Route(f"{project}/{kind}/{{number:int}}", tracking(tracker, ticket), methods=["PUT"]),
        )
    ]
    return Starlette(routes=[*both, Route("/v1/user", tracking(tracker, user))])
