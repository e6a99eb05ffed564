"""Keep what Scenario resolved from the tags of the texts read and written, for use in reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.scenario.bodies import Description
    from sync.scenario.schema import Asset, Model

# A record takes a few kilobytes; a report shows a few hundred of them.
MAX_RECORDS = 2_000


class ResolvedRecords:
    """The assets and models, by id, that came with the answers so far."""

    def __init__(self) -> None:
        self.assets: dict[str, Asset] = {}
        self.models: dict[str, Model] = {}

    @property
    def is_full(self) -> bool:
        return len(self.assets) + len(self.models) >= MAX_RECORDS

    def add(self, description: Description) -> None:
        """Keep the records of one description."""
        self.assets |= {asset.id: asset for asset in description.assets.records}
        self.models |= {model.id: model for model in description.models.records}
