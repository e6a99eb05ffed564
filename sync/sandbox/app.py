"""The routes of the simulated Scenario API and their handlers."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import sys
import time
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sync.sandbox.auth import KeyAndSecret, RequireKey
from sync.sandbox.faults import FaultInjector, FaultRule
from sync.sandbox.middleware import (
    TrafficMiddleware,
    build_firewall_response,
)
from sync.sandbox.odd_answers import render_body
from sync.sandbox.picture import draw_picture
from sync.sandbox.requests import (
    build_bad_request,
    find_owner,
    find_readable_model,
    find_writable_model,
    get_fault_injector,
    get_store,
    is_owned,
    is_visible,
    parse_ids,
    read_json_object,
    read_text,
    resolve_project,
)
from sync.sandbox.schema import StoredModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from sync.sandbox.rate import Rate
    from sync.sandbox.schema import JsonObject, StoredAsset, StoredRecord
    from sync.sandbox.store import Store


MAX_PAGE_SIZE = 500
MAX_ASSETS_PER_CALL = 200
MAX_FIREWALL_BODY = 8_192
URL_LIFETIME = 3600

RecordT = TypeVar("RecordT", bound="StoredRecord")

_TAG = re.compile(r"\{(asset|model):([^{}\s]+)\}")


def create_app(  # noqa: PLR0913  # each is one independent setting of a sandbox
    store: Store,
    *,
    credentials: KeyAndSecret | None = None,
    latency: float = 0,
    rate: Rate | None = None,
    faults: Sequence[FaultRule] = (),
    without_key: bool = False,
) -> Starlette:
    """Create the application that serves a store under `/v1`, and the pictures of its assets.

    `latency` is in seconds. If `without_key` is True, requests need no credentials.
    """
    injector = FaultInjector(faults)
    middleware = [
        Middleware(TrafficMiddleware, faults=injector, latency=latency, rate=rate),
        *([] if without_key else [Middleware(RequireKey, credentials=credentials)]),
    ]
    app = Starlette(
        routes=_build_routes(),
        middleware=middleware,
        exception_handlers={HTTPException: _handle_http_error},
    )
    app.router.redirect_slashes = False
    app.state.store, app.state.faults = store, injector
    return app


def _build_routes() -> list[Route]:
    return [
        Route("/v1/models", _list_models),
        Route("/v1/models/get-bulk", _retrieve_models, methods=["POST"]),
        Route("/v1/models/{id}", _retrieve_model),
        Route("/v1/models/{id}/description", _retrieve_description),
        Route("/v1/models/{id}/description", _update_description, methods=["PUT"]),
        Route("/v1/models/{id}/prompt-guide", _retrieve_prompt_guide),
        Route("/v1/models/{id}/prompt-guide", _update_prompt_guide, methods=["PUT"]),
        Route("/v1/assets/get-bulk", _retrieve_assets, methods=["POST"]),
        Route("/v1/assets/{id}", _retrieve_asset),
        Route("/cdn/{form}/{id}", _retrieve_picture),
    ]


# --- descriptions and prompt guides --------------------------------------------------------------


async def _retrieve_description(request: Request) -> Response:
    model = find_readable_model(request)
    return _respond_with_description(request, model, get_store(request).read_text(model.id))


async def _update_description(request: Request) -> Response:
    model, text = find_writable_model(request), await read_text(request, "description")
    injector, store = get_fault_injector(request), get_store(request)
    variants = injector.find_write_variants(request.method, model.id)
    if "picky-firewall" in variants and _is_disliked(await request.body()):
        return build_firewall_response()
    if text is None and "no-null" in variants:
        raise build_bad_request("description must be a string")
    if text is not None:
        if len(text) > (limit := injector.find_text_limit(request.method, model.id)):
            raise build_bad_request(f"description must have at most {limit} characters")
        text = injector.alter_text(text, method=request.method, model=model.id)
    if "keep" in variants:
        return _respond_with_description(request, model, store.read_text(model.id))
    store.write_text(model.id, text)
    if "touch" in variants:
        store.touch_model(model.id, datetime.now(UTC).isoformat(timespec="milliseconds"))
    return _respond_with_description(request, model, text)


def _is_disliked(body: bytes) -> bool:
    """Return True for a request that the core rules of a firewall block."""
    return len(body) > MAX_FIREWALL_BODY or b"<script" in body.lower()


def _respond_with_description(request: Request, model: StoredModel, text: str | None) -> Response:
    form = (
        "set" if text else get_fault_injector(request).find_missing_form(request.method, model.id)
    )
    match form:
        case "404":
            raise HTTPException(HTTPStatus.NOT_FOUND, f"Model {model.id} has no description")
        case "absent":
            return JSONResponse({})
        case "null":
            return JSONResponse({"description": None})
        case "lists":
            return JSONResponse({"description": {"assets": [], "models": []}})
        case _:
            return _respond(request, {"description": _resolve_tags(request, text or "")})


def _respond(request: Request, answer: JsonObject) -> Response:
    """Respond with JSON, in the form that the fault rules ask for."""
    id_ = request.path_params.get("id")
    model = None if id_ is None else unquote(id_)
    names = get_fault_injector(request).find_reshapes(request.method, model)
    return Response(render_body(answer, names), media_type="application/json")


def _resolve_tags(request: Request, text: str) -> JsonObject:
    """Return the text with the assets and models that its tags name; ignore unknown ids."""
    tags = _TAG.findall(text)
    assets = get_store(request).find_assets([id_ for kind, id_ in tags if kind == "asset"])
    models = get_store(request).find_models([id_ for kind, id_ in tags if kind == "model"])
    return {
        "value": text,
        "assets": [
            each.to_reference_json(find_owner(request, each)) | _sign_asset_urls(request, each)
            for each in assets
        ],
        "models": [each.to_reference_json(find_owner(request, each)) for each in models],
    }


async def _retrieve_prompt_guide(request: Request) -> Response:
    return _respond_with_prompt_guide(
        get_store(request).read_text(find_readable_model(request).id, "prompt_guide")
    )


async def _update_prompt_guide(request: Request) -> Response:
    model, text = find_writable_model(request), await read_text(request, "promptGuide")
    get_store(request).write_text(model.id, text, field="prompt_guide")
    return _respond_with_prompt_guide(text)


def _respond_with_prompt_guide(text: str | None) -> Response:
    return JSONResponse({"promptGuide": {"value": text or ""}})


# --- models and assets ---------------------------------------------------------------------------


async def _retrieve_model(request: Request) -> Response:
    model = find_readable_model(request)
    return _respond(request, {"model": model.to_json(find_owner(request, model))})


async def _list_models(request: Request) -> Response:
    size = _parse_page_size(request)
    listed = (
        (position, model)
        for position, model in get_store(request).list_models_after(_parse_page_start(request))
        if _is_listed(request, model)
    )
    page = list(islice(listed, size + 1))
    answer: JsonObject = {
        "models": [model.to_json(find_owner(request, model)) for _, model in page[:size]]
    }
    if len(page) > size:
        last, _ = page[size - 1]
        answer["nextPaginationToken"] = base64.urlsafe_b64encode(b"%d" % last).decode()
    return _respond(request, answer)


def _is_listed(request: Request, model: StoredModel) -> bool:
    """Return True if the query selects the model.

    The list of public models has those of all projects; the other list only the project's own.
    """
    query = request.query_params
    return (
        (model.privacy == "public") == (query.get("privacy", "private") == "public")
        and (model.privacy == "public" or is_owned(request, model))
        and query.get("status", model.status) == model.status
        and ("collectionId" not in query or query["collectionId"] in model.collection_ids)
    )


def _parse_page_size(request: Request) -> int:
    size = request.query_params.get("pageSize", "100")
    if not (size.isdecimal() and 1 <= int(size) <= MAX_PAGE_SIZE):
        raise build_bad_request(f"pageSize must be a number from 1 to {MAX_PAGE_SIZE}")
    return int(size)


def _parse_page_start(request: Request) -> int:
    """Return the position after which the page begins.

    Nothing comes after a token that this API did not give: the official client's tests send one.
    """
    token = request.query_params.get("paginationToken")
    try:
        return int(base64.urlsafe_b64decode(token)) if token else 0
    except (binascii.Error, ValueError):
        return sys.maxsize


async def _retrieve_models(request: Request) -> Response:
    resolve_project(request)
    body = await read_json_object(request)
    ids = parse_ids(body, "modelIds")
    models = [model for model in get_store(request).find_models(ids) if is_visible(request, model)]
    models = _vary_bulk_call(request, models, ids=ids)
    to_json = StoredModel.to_minimal_json if body.get("minimal") is True else StoredModel.to_json
    return _respond(
        request, {"models": [to_json(each, find_owner(request, each)) for each in models]}
    )


async def _retrieve_assets(request: Request) -> Response:
    resolve_project(request)
    ids = parse_ids(await read_json_object(request), "assetIds")
    if len(ids) > MAX_ASSETS_PER_CALL:
        raise build_bad_request(
            f"assetIds must hold at most {MAX_ASSETS_PER_CALL} ids, not {len(ids)}"
        )
    assets = _vary_bulk_call(request, get_store(request).find_assets(ids), ids=ids)
    return _respond(request, {"assets": [_describe_asset(request, each) for each in assets]})


def _vary_bulk_call(
    request: Request, records: list[RecordT], *, ids: Sequence[str]
) -> list[RecordT]:
    """Return the records that the fault rules leave; raise HTTPException if they refuse all."""
    variants = get_fault_injector(request).find_bulk_variants(request.method)
    if "all-or-none" in variants and len(records) < len(set(ids)):
        raise build_bad_request("One or more ids are invalid")
    if "own-only" in variants and "projectId" in request.query_params:
        return [record for record in records if is_owned(request, record)]
    return records


async def _retrieve_asset(request: Request) -> Response:
    id_ = unquote(request.path_params["id"])
    resolve_project(request)
    for asset in get_store(request).find_assets([id_]):
        return _respond(request, {"asset": _describe_asset(request, asset)})
    raise HTTPException(HTTPStatus.NOT_FOUND, f"Asset {id_} not found")


def _describe_asset(request: Request, asset: StoredAsset) -> JsonObject:
    return asset.to_json(find_owner(request, asset)) | _sign_asset_urls(request, asset)


# --- signed URLs ---------------------------------------------------------------------------------


def _sign_asset_urls(request: Request, asset: StoredAsset) -> JsonObject:
    """Sign the URLs of an asset; the service, too, signs them anew for each response."""
    original = request.query_params.get("originalAssets") == "true"
    urls: JsonObject = {"url": _sign_url(request, "original" if original else "asset", asset.id)}
    if asset.original_mime_type:
        urls["originalFileUrl"] = _sign_url(request, "original", asset.id)
    for form, stand_in in (("preview", asset.preview), ("thumbnail", asset.thumbnail)):
        if stand_in:
            id_ = stand_in.asset_id
            urls[form] = {"assetId": id_, "url": _sign_url(request, form, id_)}
    return urls


def _sign_url(request: Request, form: str, asset: str) -> str:
    expires = int(time.time()) + URL_LIFETIME
    path = f"{request.base_url}cdn/{form}/{quote(asset, safe='')}"
    return f"{path}?Expires={expires}&Signature={secrets.token_urlsafe(24)}"


async def _retrieve_picture(request: Request) -> Response:
    """Return a picture of an image asset, or the preview or thumbnail of any asset.

    Files of other kinds are not simulated: they get 404.
    """
    form, id_ = request.path_params["form"], unquote(request.path_params["id"])
    kinds = [asset.kind for asset in get_store(request).find_assets([id_])]
    if form in ("asset", "original") and kinds != ["image"]:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"The sandbox has no file for asset {id_}")
    return Response(draw_picture(id_), media_type="image/png")


async def _handle_http_error(request: Request, error: Exception) -> Response:  # noqa: ARG001  # starlette's signature
    assert isinstance(error, HTTPException)  # noqa: S101  # it is registered for this class only
    return JSONResponse({"reason": error.detail}, error.status_code, error.headers)
