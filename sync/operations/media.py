"""Look up the models and assets that a plan or a run refers to, with small pictures."""

from __future__ import annotations

import asyncio
import io
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.errors import ScenarioError
from sync.reports.media import AssetFacts, Media, ModelFacts, Picture, find_reference_targets
from sync.scenario import run_concurrently

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.model.text import Text
    from sync.scenario import Asset, Description, Model, Scenario


_MAX_CONCURRENT_FETCHES = 8
_MAX_SIDE = 480  # pixels: a card is 320 wide, and screens may have a high resolution
_MAX_PIXELS = 40_000_000  # a larger picture is not decoded
_FORMATS = ("GIF", "JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """The limits for pictures: `embedded` (all) and `largest` (one download) are bytes.

    The pictures of the first changes come first. With `pictures` 0 nothing is fetched.
    """

    max_pictures: int = 200
    max_total_bytes: int = 8_000_000
    max_download_bytes: int = 10_000_000
    max_seconds: float = 30


async def load_media(
    texts: Iterable[Text],
    scenario: Scenario,
    *,
    subjects: Iterable[str] = (),
    limits: PictureLimits | None = None,
    may_ask: bool = True,
) -> Media:
    """Load the models and assets that texts refer to, and the names of the models `subjects`.

    Pictures of assets are within limits. Records that came with the descriptions are not requested
    again; the others are requested in bulk calls, unless `may_ask` is false. Never raises for
    missing facts: a report is correct without them.
    """
    found = dict.fromkeys(each for text in texts for each in find_reference_targets(text))
    referred = [each.id for each in found if each.kind == "model"]
    assets = await _read_assets(
        [each.id for each in found if each.kind == "asset"], scenario, may_ask=may_ask
    )
    pictures = await _fetch_pictures(assets, scenario, limits or PictureLimits())
    return Media(
        _describe_assets(assets, pictures),
        (await _read_model_names([*subjects], scenario) if may_ask else {})
        | await _read_models(referred, scenario, may_ask=may_ask),
    )


async def load_resolved_media(
    description: Description, scenario: Scenario, *, allowance: PictureLimits
) -> Media:
    """Load the models and assets in the answer, with pictures within limits.

    Sends no request to the API. Never raises.
    """
    assets = {asset.id: asset for asset in description.assets.records}
    pictures = await _fetch_pictures(assets, scenario, allowance)
    models = {model.id: model for model in description.models.records}
    return Media(_describe_assets(assets, pictures), _describe_models(models))


def _describe_assets(
    assets: Mapping[str, Asset], pictures: Mapping[str, Picture]
) -> dict[str, AssetFacts]:
    return {
        id_: AssetFacts(asset.kind or "", asset.mime_type or "", pictures.get(id_))
        for id_, asset in assets.items()
    }


def _describe_models(models: Mapping[str, Model]) -> dict[str, ModelFacts]:
    return {
        id_: ModelFacts(model.name, model.type or "", model.privacy)
        for id_, model in models.items()
    }


async def _read_assets(
    ids: Sequence[str], scenario: Scenario, *, may_ask: bool
) -> dict[str, Asset]:
    resolved = scenario.resolved.assets
    known = {id_: asset for id_ in ids if (asset := resolved.get(id_)) and asset.kind}
    missing = [id_ for id_ in ids if id_ not in known] if may_ask else []
    try:
        return {**known, **(await scenario.find_assets(missing)).records}
    except ScenarioError:
        return known


async def _read_model_names(ids: Sequence[str], scenario: Scenario) -> dict[str, ModelFacts]:
    """Read names only: all fields of a model can be tens of kilobytes."""
    try:
        models = (await scenario.find_model_summaries(ids)).records
    except ScenarioError:
        return {}
    return {id_: ModelFacts(model.name, model.type or "") for id_, model in models.items()}


async def _read_models(
    ids: Sequence[str], scenario: Scenario, *, may_ask: bool
) -> dict[str, ModelFacts]:
    """Read models with their privacy: a reader of a text is not always allowed to see them."""
    resolved = scenario.resolved.models
    known = {
        id_: model for id_ in ids if (model := resolved.get(id_)) and model.name and model.privacy
    }
    missing = [id_ for id_ in ids if id_ not in known] if may_ask else []
    try:
        return _describe_models({**known, **(await scenario.find_models(missing)).records})
    except ScenarioError:
        return _describe_models(known)


# --- pictures ------------------------------------------------------------------------------------


async def _fetch_pictures(
    assets: Mapping[str, Asset], scenario: Scenario, limits: PictureLimits
) -> dict[str, Picture]:
    """Fetch as many pictures as the limits allow."""
    urls = {id_: url for id_, asset in assets.items() if (url := _find_picture_url(asset))}
    wanted = list(urls)[: limits.max_pictures]
    pictures: dict[str, Picture] = {}
    room = limits.max_total_bytes
    async with scenario.open_downloader(
        max_bytes=limits.max_download_bytes, seconds=limits.max_seconds
    ) as files:

        async def fetch(id_: str) -> Picture | None:
            content = await files.fetch(urls[id_])
            return await asyncio.to_thread(shrink_picture, content) if content else None

        with suppress(TimeoutError):
            async with asyncio.timeout(limits.max_seconds):
                async for id_, picture in run_concurrently(
                    fetch, wanted, limit=_MAX_CONCURRENT_FETCHES
                ):
                    if picture and len(picture.content) <= room:
                        pictures[id_] = picture
                        room -= len(picture.content)
    return pictures


def _find_picture_url(asset: Asset) -> str | None:
    """Return the signed URL of a picture of the asset; never show this URL to anyone."""
    if asset.thumbnail and asset.thumbnail.url:
        return asset.thumbnail.url
    return asset.url if (asset.mime_type or "").startswith("image/") else None


def shrink_picture(content: bytes) -> Picture | None:
    """Convert the picture to a small WebP without metadata."""
    from PIL import Image  # noqa: PLC0415 - for reports with pictures only

    try:
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(io.BytesIO(content), formats=_FORMATS) as image,
        ):
            if image.width * image.height > _MAX_PIXELS:
                return None
            image.draft("RGB", (_MAX_SIDE, _MAX_SIDE))
            drawn = image.convert("RGBA" if image.has_transparency_data else "RGB")
        drawn.thumbnail((_MAX_SIDE, _MAX_SIDE))
        file = io.BytesIO()
        drawn.save(file, "WEBP", quality=75, method=4)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return None
    except (OSError, ValueError, SyntaxError, EOFError):
        return None
    return Picture("image/webp", drawn.width, drawn.height, file.getvalue())
