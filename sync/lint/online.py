"""Rules that need to know what the server has: models, and what the texts refer to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.lint.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from sync.config.rules import Levels
    from sync.model import Document, Reference


@dataclass(frozen=True, slots=True)
class Present:
    """What a target has of all that its files name: models, assets with their privacy.

    `public` are those models that everybody may see.
    """

    target: str
    models: Container[str]
    assets: Mapping[str, str]
    public: Container[str] = ()


def named_models(documents: Iterable[Document]) -> list[str]:
    """The models that the files are for, or refer to."""
    return [model for each in documents for model in (each.model, *_ids(each, "model"))]


def named_assets(documents: Iterable[Document]) -> list[str]:
    """The assets that the texts refer to."""
    return [asset for each in documents for asset in _ids(each, "asset")]


def with_private_assets(documents: Iterable[Document], assets: Mapping[str, str]) -> list[str]:
    """The models whose texts refer to assets that only their owners may see."""
    return [each.model for each in documents if any(_private(each, assets))]


def check_presence(
    documents: Iterable[Document], present: Present, *, folder: str, levels: Levels
) -> Iterator[Finding]:
    """What is to be said of the documents, given what the target has."""
    for document in documents:
        for rule, (line, column), message in _complaints(document, present):
            if (level := levels.level(rule)) != "off":
                yield Finding(f"{folder}/{document.path}", line, column, rule, level, message)


def _complaints(document: Document, present: Present) -> Iterator[tuple[str, tuple[int, int], str]]:
    """Rule, place and message."""
    unseen = f'"{present.target}" has none, or does not show it to this key; check the id'
    if document.model not in present.models:
        yield "missing-model", (1, 1), f"no model {document.model}: {unseen}"
    for each in document.references:
        there = present.assets if each.kind == "asset" else present.models
        if each.id not in there:
            yield "missing-reference", _place(each), f"no {each.kind} {each.id}: {unseen}"
    if document.model in present.public:
        for each in _private(document, present.assets):
            message = (
                f"{each.id} is private and {document.model} public: others will not see it; "
                "publish the asset, or refer to another one"
            )
            yield "private-asset", _place(each), message


def _ids(document: Document, kind: str) -> Iterator[str]:
    return (each.id for each in document.references if each.kind == kind)


def _private(document: Document, assets: Mapping[str, str]) -> Iterator[Reference]:
    return (
        each
        for each in document.references
        if each.kind == "asset" and assets.get(each.id) == "private"
    )


def _place(reference: Reference) -> tuple[int, int]:
    return reference.line, reference.column
