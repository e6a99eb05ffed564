"""List the models of a project, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from sync.errors import RequestError
from sync.scenario.clock import Observer, Remark
from sync.scenario.record_lists import ModelPage, remark_on_dropped
from sync.scenario.responses import ResponseTooLongError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sync.scenario.schema import Model

# The largest page that the API returns. A model takes one kilobyte, or tens of kilobytes with its
# training images. If a page is larger than MAX_BODY_SIZE, request one of a fifth of the size.
PAGE_SIZE = 500
PAGE_SIZE_DIVISOR = 5
# A list may have an empty page. After this many in a row, the list is treated as endless.
MAX_EMPTY_PAGES = 3
# So is one of more pages than this, whatever they name: no project has 100,000 models.
MAX_PAGES = 1_000
_OWNER_UNKNOWN = (
    "GET /models: the project's public models are left out, because its private models do not "
    "tell which are its own; set project_id in config.yaml"
)
FetchPage: TypeAlias = "Callable[[dict[str, str]], Awaitable[ModelPage]]"


async def list_project_models(
    fetch_page: FetchPage, project: str | None, *, observe: Observer
) -> AsyncIterator[Model]:
    """Yield the private models, then the public ones that have the same owner."""
    seen: set[str] = set()
    owners: set[str] = set()
    async for model in list_models(fetch_page, "private", observe=observe):
        seen.add(model.id)
        owners |= {model.owner_id} if model.owner_id else set()
        yield model
    if project:
        owners = {project}
    if len(owners) != 1:
        observe(Remark(_OWNER_UNKNOWN))
        return
    async for model in list_models(fetch_page, "public", observe=observe):
        if model.owner_id in owners and model.id not in seen:
            yield model


async def list_models(
    fetch_page: FetchPage, privacy: Literal["private", "public"], *, observe: Observer
) -> AsyncIterator[Model]:
    """Yield the models of all pages, each once; raise RequestError if the list has no end."""
    query = {"pageSize": str(PAGE_SIZE), "privacy": privacy}
    models: set[str] = set()
    empty_pages = 0
    for _ in range(MAX_PAGES):
        page = await _fetch_shorter(fetch_page, query)
        found = remark_on_dropped("GET /models", page.models, observe=observe)
        new = {model.id: model for model in found if model.id not in models}
        models |= new.keys()
        for model in new.values():
            yield model
        if page.has_odd_token:
            observe(Remark("GET /models: the rest of the list could not be asked for"))
        if not page.next_token:
            return
        empty_pages = 0 if new else empty_pages + 1
        if empty_pages == MAX_EMPTY_PAGES:
            raise RequestError(
                f"GET /models: the list has no end: {empty_pages} pages in a row named "
                "no new model",
                hint="What was listed so far may not be all.",
            )
        query["paginationToken"] = page.next_token
    raise RequestError(
        f"GET /models: the list has no end: it has more than {MAX_PAGES:,} pages",
        hint="What was listed so far may not be all.",
    )


async def _fetch_shorter(fetch_page: FetchPage, query: dict[str, str]) -> ModelPage:
    """Read one page of models; lower `pageSize` in `query` while the response is too long."""
    while True:
        try:
            return await fetch_page(query)
        except RequestError as error:
            smaller = int(query["pageSize"]) // PAGE_SIZE_DIVISOR
            if not (isinstance(error.__cause__, ResponseTooLongError) and smaller):
                raise
            query["pageSize"] = str(smaller)
