"""What the tags of texts stand for, as far as the server told: what a report may show of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sync.references import references

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.model import Text, Thing
    from sync.reports.rows import Row


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture to be embedded; its sizes are pixels."""

    mime_type: Literal["image/jpeg", "image/png", "image/webp"]
    width: int
    height: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """An asset: its kind and MIME type as the API names them, and a picture of it, if any."""

    kind: str
    mime_type: str
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model as the API names it; its privacy where that is known."""

    name: str | None
    type: str
    privacy: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """What is known of assets and models, by id; what is not in it was not asked or not found."""

    assets: Mapping[str, AssetFacts] = field(default_factory=dict)
    models: Mapping[str, ModelFacts] = field(default_factory=dict)

    def name(self, thing: Thing) -> str:
        """What a person would call it, in a word or a few; nothing where nothing is known."""
        if thing.kind == "asset":
            asset = self.assets.get(thing.id)
            return asset.kind if asset else ""
        model = self.models.get(thing.id)
        return (model.name or model.type) if model else ""


NO_MEDIA = Media()


@dataclass(frozen=True, slots=True)
class Exchange:
    """What only one of two texts refers to."""

    added: tuple[Thing, ...]
    removed: tuple[Thing, ...]


def exchange(row: Row) -> Exchange:
    """What the text after the row's change refers to anew, and no longer, in order."""
    before, after = things(row.before), things(row.after)
    return Exchange(
        tuple(thing for thing in after if thing not in before),
        tuple(thing for thing in before if thing not in after),
    )


def things(text: Text) -> dict[Thing, None]:
    """What a text refers to, each once, in order."""
    return dict.fromkeys(each.thing for each in references(text.canonical))
