"""Read the description of one model, with the records that its tags refer to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.decisions.show import ShownDescription, count_fields, remove_urls
from sync.model.remote_text import NoSuchModel
from sync.operations.find_model import choose_model_id, make_missing_model_error
from sync.operations.media import PictureLimits, load_resolved_media
from sync.reports.media import NO_MEDIA
from sync.scenario import find_unresolved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    from sync.operations.events import Events
    from sync.reports.media import Media
    from sync.scenario import Description
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOptions:
    """The options of `show`: files in their original format, and URLs in the answer.

    `pictures` is the limit of pictures to fetch; None if no media is needed at all.
    """

    original_assets: bool = False
    urls: bool = False
    pictures: PictureLimits | None = None


async def show_model(
    target: Target, word: str, *, options: ShowOptions, events: Events
) -> tuple[ShownDescription, Media]:
    """Read the description of a model (an id, a file or a name) in one request.

    The media are those that Scenario resolved. Raises UsageError for a file that names no model,
    MissingModelError, and ScenarioError.
    """
    model = choose_model_id(target, word)
    track = events.add_track(target.name)
    async with target.connect(track.handle_notice) as scenario:
        found = await scenario.find_description(model, original_assets=options.original_assets)
        if isinstance(found, NoSuchModel):
            raise await make_missing_model_error(scenario, model)
        media = NO_MEDIA
        if options.pictures:
            media = await load_resolved_media(found, scenario, allowance=options.pictures)
    return _make_shown_description(target, model, found, options=options), media


def _make_shown_description(
    target: Target, model: str, found: Description, *, options: ShowOptions
) -> ShownDescription:
    sent = (*found.sent_assets, *found.sent_models)
    assets, models = found.sent_assets, found.sent_models
    if not options.urls:
        assets, models = _hide_urls(assets), _hide_urls(models)
    shown = (*assets, *models)
    return ShownDescription(
        target=target.identity,
        model=model,
        value=found.text.value,
        assets=assets,
        models=models,
        unresolved=find_unresolved(found.text),
        original_assets=options.original_assets,
        has_urls=options.urls,
        hidden_urls=sum(map(count_fields, sent)) - sum(map(count_fields, shown)),
        odd_records=found.assets.dropped + found.models.dropped,
    )


def _hide_urls(
    records: Sequence[Mapping[str, JsonValue]],
) -> tuple[Mapping[str, JsonValue], ...]:
    return tuple(map(remove_urls, records))
