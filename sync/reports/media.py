"""What the tags of texts stand for, as far as the server told: what a report may show of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from sync.documents import references

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.model import ReferenceKind, Text
    from sync.reports.rows import Row


class Tag(NamedTuple):
    """A reference, wherever in a text it stands."""

    kind: ReferenceKind
    id: str


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

    def name(self, tag: Tag) -> str:
        """What a person would call it, in a word or a few; nothing where nothing is known."""
        if tag.kind == "asset":
            asset = self.assets.get(tag.id)
            return asset.kind if asset else ""
        model = self.models.get(tag.id)
        return (model.name or model.type) if model else ""


NO_MEDIA = Media()


@dataclass(frozen=True, slots=True)
class Exchange:
    """The tags that only one of two texts has."""

    added: tuple[Tag, ...]
    removed: tuple[Tag, ...]


def exchange(row: Row) -> Exchange:
    """What the text after the row's change refers to anew, and no longer, in order."""
    before, after = tags(row.before), tags(row.after)
    return Exchange(
        tuple(tag for tag in after if tag not in before),
        tuple(tag for tag in before if tag not in after),
    )


def tags(text: Text) -> tuple[Tag, ...]:
    """What a text refers to, each once, in order."""
    return tuple(dict.fromkeys(Tag(each.kind, each.id) for each in references(text.canonical)))
