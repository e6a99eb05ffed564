"""Read what a request to the simulated API says and what it may touch."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from pydantic import JsonValue
    from starlette.requests import Request

    from sync.sandbox.faults import FaultInjector
    from sync.sandbox.schema import StoredModel, StoredRecord
    from sync.sandbox.store import Store

DEFAULT_PROJECT = "proj_sandbox"


def get_store(request: Request) -> Store:
    """Return the store of the app that serves the request."""
    return request.app.state.store  # type: ignore[no-any-return]  # starlette's state is untyped


def get_fault_injector(request: Request) -> FaultInjector:
    """Return the fault rules of the app that serves the request."""
    return request.app.state.faults  # type: ignore[no-any-return]  # starlette's state is untyped


def resolve_project(request: Request) -> str | None:
    """Return the project id of the store or the request; None if neither has one.

    Raises HTTPException 403 if they differ.
    """
    own, requested = get_store(request).project, request.query_params.get("projectId")
    if own and requested and requested != own:
        raise HTTPException(HTTPStatus.FORBIDDEN, f"Project {requested} is not accessible")
    return own or requested


def is_owned(request: Request, record: StoredRecord) -> bool:
    """Return True if a record belongs to the project of the request."""
    project = resolve_project(request)
    return record.owner_id is None or project is None or record.owner_id == project


def find_owner(request: Request, record: StoredRecord) -> str:
    """Return the id of the project that a record belongs to."""
    return record.owner_id or resolve_project(request) or DEFAULT_PROJECT


def is_visible(request: Request, model: StoredModel) -> bool:
    """Return True if the project of the request can see a model."""
    return model.privacy != "private" or is_owned(request, model)


def find_readable_model(request: Request) -> StoredModel:
    """Return the model in the path; raise HTTPException 404 if this project cannot see it."""
    id_ = unquote(request.path_params["id"])
    resolve_project(request)
    for model in get_store(request).find_models([id_]):
        if is_visible(request, model):
            return model
    raise HTTPException(HTTPStatus.NOT_FOUND, f"Model {id_} not found")


def find_writable_model(request: Request) -> StoredModel:
    """Return the model in the path; raise HTTPException 404 or 403 if it cannot be written."""
    model = find_readable_model(request)
    if not is_owned(request, model):
        raise HTTPException(HTTPStatus.FORBIDDEN, f"Model {model.id} belongs to another project")
    return model


async def read_json_object(request: Request) -> dict[str, JsonValue]:
    """Read the body; raise HTTPException 400 if it is not a JSON object."""
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise build_bad_request("The body is not valid JSON") from error
    if not isinstance(body, dict):
        raise build_bad_request("The body must be a JSON object")
    return body


async def read_text(request: Request, key: str) -> str | None:
    """Read one text of the body, None for null; raise HTTPException 400 if it has none."""
    body = await read_json_object(request)
    match body.get(key, ...):
        case None:
            return None
        case str(text) if _is_unicode(text):
            return text
        case _ if key in body:
            raise build_bad_request(f"{key} must be a string of valid Unicode, or null")
        case _:
            raise build_bad_request(f"{key} is required")


def _is_unicode(text: str) -> bool:
    """Return True if the text has no lone surrogate, which JSON can express and UTF-8 cannot."""
    return text.encode(errors="replace").decode() == text


def parse_ids(body: dict[str, JsonValue], key: str) -> list[str]:
    """Return the ids in a list of the body; raise HTTPException 400 if it is not a list."""
    ids = body.get(key, [])
    if not isinstance(ids, list):
        raise build_bad_request(f"{key} must be a list of ids")
    return [id_ for id_ in ids if isinstance(id_, str)]


def build_bad_request(reason: str) -> HTTPException:
    """Build the HTTPException 400 that gives this reason."""
    return HTTPException(HTTPStatus.BAD_REQUEST, reason)
