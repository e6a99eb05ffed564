"""Facts from Scenario about the assets and models that texts refer to, for use in reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sync.descriptions.references import find_references

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.model.document import ReferenceTarget
    from sync.model.text import Text
    from sync.reports.report import Difference


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture to embed; its sizes are in pixels."""

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
    """A model: its name and type as the API names them, and its privacy if known."""

    name: str | None
    type: str
    privacy: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """Facts about assets and models, by id; a missing id was not looked up or not found."""

    assets: Mapping[str, AssetFacts] = field(default_factory=dict)
    models: Mapping[str, ModelFacts] = field(default_factory=dict)

    def find_name(self, target: ReferenceTarget) -> str:
        """Find a short name of the asset or model for people; return "" if nothing is known."""
        if target.kind == "asset":
            asset = self.assets.get(target.id)
            return asset.kind if asset else ""
        model = self.models.get(target.id)
        return (model.name or model.type) if model else ""


NO_MEDIA = Media()


@dataclass(frozen=True, slots=True)
class ReferenceChanges:
    """References that only one of two texts has: the later one added them, or removed them."""

    added: tuple[ReferenceTarget, ...]
    removed: tuple[ReferenceTarget, ...]


def find_reference_changes(difference: Difference) -> ReferenceChanges:
    """Find the references that a difference adds and removes, in order."""
    before = find_reference_targets(difference.before)
    after = find_reference_targets(difference.after)
    return ReferenceChanges(
        tuple(each for each in after if each not in before),
        tuple(each for each in before if each not in after),
    )


def find_reference_targets(text: Text) -> dict[ReferenceTarget, None]:
    """Find the assets and models that a text refers to, each once, in order."""
    return dict.fromkeys(each.target for each in find_references(text.canonical))
