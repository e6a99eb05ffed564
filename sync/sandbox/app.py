"""The simulated Scenario API: its routes, and what each of them answers."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import time
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sync.sandbox.door import Credentials, Door
from sync.sandbox.faults import Fault, Faults
from sync.sandbox.picture import picture
from sync.sandbox.shapes import Model
from sync.sandbox.traffic import Requests, Traffic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue
    from starlette.requests import Request

    from sync.sandbox.rate import Rate
    from sync.sandbox.shapes import Answer, Asset, Shape
    from sync.sandbox.store import Store

NAMELESS_PROJECT = "proj_sandbox"
MAX_PAGE = 500
MAX_ASSETS = 200
URL_LIFETIME = 3600

_TAG = re.compile(r"\{(asset|model):([^{}\s]+)\}")


def create_app(  # noqa: PLR0913  # each is one thing that a sandbox can be told
    store: Store,
    *,
    credentials: Credentials | None = None,
    latency: float = 0,
    rate: Rate | None = None,
    faults: Sequence[Fault] = (),
    open_door: bool = False,
) -> Starlette:
    """The API over a store, under `/v1`, and the pictures of its assets.

    `latency` is in seconds. Behind an open door nobody needs a key. `app.state.requests` counts
    what came in.
    """
    requests, told = Requests(), Faults(faults)
    middleware = [
        Middleware(Traffic, requests=requests, faults=told, latency=latency, rate=rate),
        *([] if open_door else [Middleware(Door, credentials=credentials)]),
    ]
    app = Starlette(
        routes=_routes(), middleware=middleware, exception_handlers={HTTPException: _refused}
    )
    app.router.redirect_slashes = False
    app.state.store, app.state.faults, app.state.requests = store, told, requests
    return app


def _routes() -> list[Route]:
    return [
        Route("/v1/models", _list_models),
        Route("/v1/models/get-bulk", _bulk_models, methods=["POST"]),
        Route("/v1/models/{id}", _model),
        Route("/v1/models/{id}/description", _retrieve_description),
        Route("/v1/models/{id}/description", _update_description, methods=["PUT"]),
        Route("/v1/models/{id}/prompt-guide", _retrieve_guide),
        Route("/v1/models/{id}/prompt-guide", _update_guide, methods=["PUT"]),
        Route("/v1/assets/get-bulk", _bulk_assets, methods=["POST"]),
        Route("/cdn/{form}/{id}", _picture),
    ]


# --- descriptions and prompt guides --------------------------------------------------------------


async def _retrieve_description(request: Request) -> Response:
    model = _readable(request)
    return _description(request, model, _store(request).text(model.id))


async def _update_description(request: Request) -> Response:
    model, text = _writable(request), await _sent_text(request, "description")
    if text is not None:
        text = _faults(request).altered(text, method=request.method, model=model.id)
    _store(request).write(model.id, text)
    return _description(request, model, text)


def _description(request: Request, model: Model, text: str | None) -> Response:
    shape = "set" if text else _faults(request).unset(request.method, model.id)
    match shape:
        case "404":
            raise HTTPException(HTTPStatus.NOT_FOUND, f"Model {model.id} has no description")
        case "absent":
            return JSONResponse({})
        case "null":
            return JSONResponse({"description": None})
        case _:
            return JSONResponse({"description": _resolved(request, text or "")})


def _resolved(request: Request, text: str) -> Answer:
    """The text with the assets and models that its tags name; unknown ids stay mere text."""
    tags = _TAG.findall(text)
    assets = _store(request).assets([id_ for kind, id_ in tags if kind == "asset"])
    models = _store(request).models([id_ for kind, id_ in tags if kind == "model"])
    return {
        "value": text,
        "assets": [
            each.as_reference(_owner(request, each)) | _urls(request, each) for each in assets
        ],
        "models": [each.as_reference(_owner(request, each)) for each in models],
    }


async def _retrieve_guide(request: Request) -> Response:
    return _guide(_store(request).text(_readable(request).id, "prompt_guide"))


async def _update_guide(request: Request) -> Response:
    model, text = _writable(request), await _sent_text(request, "promptGuide")
    _store(request).write(model.id, text, field="prompt_guide")
    return _guide(text)


def _guide(text: str | None) -> Response:
    return JSONResponse({"promptGuide": {"value": text or ""}})


# --- models and assets ---------------------------------------------------------------------------


async def _model(request: Request) -> Response:
    model = _readable(request)
    return JSONResponse({"model": model.as_answer(_owner(request, model))})


async def _list_models(request: Request) -> Response:
    size = _page_size(request)
    listed = (
        (position, model)
        for position, model in _store(request).models_after(_page_start(request))
        if _is_listed(request, model)
    )
    page = list(islice(listed, size + 1))
    answer: Answer = {
        "models": [model.as_answer(_owner(request, model)) for _, model in page[:size]]
    }
    if len(page) > size:
        last, _ = page[size - 1]
        answer["nextPaginationToken"] = base64.urlsafe_b64encode(b"%d" % last).decode()
    return JSONResponse(answer)


def _is_listed(request: Request, model: Model) -> bool:
    """Public models are everybody's and listed apart; the others only for their project."""
    query = request.query_params
    return (
        (model.privacy == "public") == (query.get("privacy", "private") == "public")
        and (model.privacy == "public" or _is_owned(request, model))
        and query.get("status", model.status) == model.status
        and ("collectionId" not in query or query["collectionId"] in model.collection_ids)
    )


def _page_size(request: Request) -> int:
    size = request.query_params.get("pageSize", "100")
    if not (size.isdecimal() and 1 <= int(size) <= MAX_PAGE):
        raise _bad_request(f"pageSize must be a number from 1 to {MAX_PAGE}")
    return int(size)


def _page_start(request: Request) -> int:
    token = request.query_params.get("paginationToken")
    try:
        return int(base64.urlsafe_b64decode(token)) if token else 0
    except (binascii.Error, ValueError) as error:
        raise _bad_request("paginationToken is not one that this API gave") from error


async def _bulk_models(request: Request) -> Response:
    _project(request)
    body = await _sent(request)
    models = [
        model
        for model in _store(request).models(_ids(body, "modelIds"))
        if _is_visible(request, model)
    ]
    as_answer = Model.as_minimal if body.get("minimal") is True else Model.as_answer
    return JSONResponse({"models": [as_answer(each, _owner(request, each)) for each in models]})


async def _bulk_assets(request: Request) -> Response:
    _project(request)
    ids = _ids(await _sent(request), "assetIds")
    if len(ids) > MAX_ASSETS:
        raise _bad_request(f"assetIds must hold at most {MAX_ASSETS} ids, not {len(ids)}")
    assets = _store(request).assets(ids)
    return JSONResponse(
        {
            "assets": [
                each.as_answer(_owner(request, each)) | _urls(request, each) for each in assets
            ]
        }
    )


# --- signed URLs ---------------------------------------------------------------------------------


def _urls(request: Request, asset: Asset) -> Answer:
    """The URLs of an asset, signed anew for each answer, as those of the service are."""
    original = request.query_params.get("originalAssets") == "true"
    urls: Answer = {"url": _signed(request, "original" if original else "asset", asset.id)}
    if asset.original_mime_type:
        urls["originalFileUrl"] = _signed(request, "original", asset.id)
    for form, stand_in in (("preview", asset.preview), ("thumbnail", asset.thumbnail)):
        if stand_in:
            id_ = stand_in.asset_id
            urls[form] = {"assetId": id_, "url": _signed(request, form, id_)}
    return urls


def _signed(request: Request, form: str, asset: str) -> str:
    expires = int(time.time()) + URL_LIFETIME
    path = f"{request.base_url}cdn/{form}/{quote(asset, safe='')}"
    return f"{path}?Expires={expires}&Signature={secrets.token_urlsafe(24)}"


async def _picture(request: Request) -> Response:
    """Only pictures are simulated: of images, and whatever stands for another kind of asset."""
    form, id_ = request.path_params["form"], unquote(request.path_params["id"])
    kinds = [asset.kind for asset in _store(request).assets([id_])]
    if form in ("asset", "original") and kinds != ["image"]:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"The sandbox has no file for asset {id_}")
    return Response(picture(id_), media_type="image/png")


# --- what a request may touch --------------------------------------------------------------------


def _store(request: Request) -> Store:
    return request.app.state.store  # type: ignore[no-any-return]  # starlette's state is untyped


def _faults(request: Request) -> Faults:
    return request.app.state.faults  # type: ignore[no-any-return]  # starlette's state is untyped


def _project(request: Request) -> str | None:
    """The project that asks; None where neither the store nor the request names one."""
    mine, asserted = _store(request).project, request.query_params.get("projectId")
    if mine and asserted and asserted != mine:
        raise HTTPException(HTTPStatus.FORBIDDEN, f"Project {asserted} is not accessible")
    return mine or asserted


def _is_owned(request: Request, shape: Shape) -> bool:
    project = _project(request)
    return shape.owner_id is None or project is None or shape.owner_id == project


def _owner(request: Request, shape: Shape) -> str:
    return shape.owner_id or _project(request) or NAMELESS_PROJECT


def _is_visible(request: Request, model: Model) -> bool:
    return model.privacy != "private" or _is_owned(request, model)


def _readable(request: Request) -> Model:
    """The model that the path names; 404 where there is none for this project."""
    id_ = unquote(request.path_params["id"])
    _project(request)
    for model in _store(request).models([id_]):
        if _is_visible(request, model):
            return model
    raise HTTPException(HTTPStatus.NOT_FOUND, f"Model {id_} not found")


def _writable(request: Request) -> Model:
    model = _readable(request)
    if not _is_owned(request, model):
        raise HTTPException(HTTPStatus.FORBIDDEN, f"Model {model.id} belongs to another project")
    return model


# --- what a request says -------------------------------------------------------------------------


async def _sent(request: Request) -> dict[str, JsonValue]:
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise _bad_request("The body is not valid JSON") from error
    if not isinstance(body, dict):
        raise _bad_request("The body must be a JSON object")
    return body


async def _sent_text(request: Request, key: str) -> str | None:
    body = await _sent(request)
    match body.get(key, ...):
        case None:
            return None
        case str(text) if _is_unicode(text):
            return text
        case _ if key in body:
            raise _bad_request(f"{key} must be a string of valid Unicode, or null")
        case _:
            raise _bad_request(f"{key} is required")


def _is_unicode(text: str) -> bool:
    """Whether the text is free of lone surrogates, which JSON can spell and UTF-8 cannot."""
    return text.encode(errors="replace").decode() == text


def _ids(body: dict[str, JsonValue], key: str) -> list[str]:
    ids = body.get(key)
    if not isinstance(ids, list):
        raise _bad_request(f"{key} must be a list of ids")
    return [id_ for id_ in ids if isinstance(id_, str)]


def _bad_request(reason: str) -> HTTPException:
    return HTTPException(HTTPStatus.BAD_REQUEST, reason)


async def _refused(request: Request, error: Exception) -> Response:  # noqa: ARG001  # starlette's signature
    assert isinstance(error, HTTPException)  # noqa: S101  # it is registered for nothing else
    return JSONResponse({"reason": error.detail}, error.status_code, error.headers)
