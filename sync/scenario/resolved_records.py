"""Keep the records that Scenario resolved from the tags of texts, for use in reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.scenario.description_bodies import select_resolved
from sync.scenario.record_lists import parse_records
from sync.scenario.schema import Asset, Model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

# A record takes a few kilobytes; a report shows a few hundred of them.
MAX_RECORDS = 2_000


class ResolvedRecords:
    """The assets and models, by id, that came with the answers so far.

    They are parsed later, because most runs write no report that shows them.
    """

    def __init__(self) -> None:
        self._assets: dict[str, Mapping[str, JsonValue]] = {}
        self._models: dict[str, Mapping[str, JsonValue]] = {}

    @property
    def assets(self) -> dict[str, Asset]:
        return {each.id: each for each in parse_records(Asset, [*self._assets.values()]).records}

    @property
    def models(self) -> dict[str, Model]:
        return {each.id: each for each in parse_records(Model, [*self._models.values()]).records}

    @property
    def is_full(self) -> bool:
        return len(self._assets) + len(self._models) >= MAX_RECORDS

    def add(self, body: bytes) -> None:
        """Keep the records in a response with a description."""
        assets, models = select_resolved(body)
        for known, came in ((self._assets, assets), (self._models, models)):
            known.update((id_, each) for each in came if isinstance(id_ := each.get("id"), str))
