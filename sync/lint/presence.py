"""Rules about models and references that do not exist in Scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.lint.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from sync.config.rules import RuleLevels
    from sync.model.document import Document, Reference, ReferenceKind


@dataclass(frozen=True, slots=True)
class RemoteItems:
    """The models and assets that files name, as Scenario showed them.

    `assets` maps ids to privacy; `public_models` are the models that everybody can see.
    `unknown_models` and `unknown_assets` could not be looked up: Scenario refused the calls.
    """

    target: str
    models: Container[str]
    assets: Mapping[str, str]
    public_models: Container[str] = ()
    unknown_models: Container[str] = ()
    unknown_assets: Container[str] = ()


def list_named_models(documents: Iterable[Document]) -> list[str]:
    """List the models that the files are for or refer to."""
    return [model for each in documents for model in (each.model, *_list_references(each, "model"))]


def list_named_assets(documents: Iterable[Document]) -> list[str]:
    """List the assets that the texts refer to."""
    return [asset for each in documents for asset in _list_references(each, "asset")]


def find_models_with_private_assets(
    documents: Iterable[Document], assets: Mapping[str, str]
) -> list[str]:
    """Find the models whose texts refer to a private asset; `assets` maps ids to privacy."""
    return [each.model for each in documents if any(_find_private_assets(each, assets))]


def check_presence(
    documents: Iterable[Document], remote: RemoteItems, *, folder: str, levels: RuleLevels
) -> Iterator[Finding]:
    """Yield the findings about models and references, by the items that exist in Scenario."""
    for document in documents:
        for rule, (line, column), message in _describe_problems(document, remote):
            if (level := levels.get_level(rule)) != "off":
                yield Finding(f"{folder}/{document.path}", line, column, rule, level, message)
        for rule, (line, column), message in _describe_unknown_items(document, remote):
            if levels.get_level(rule) != "off":
                yield Finding(f"{folder}/{document.path}", line, column, rule, "warning", message)


def _describe_problems(
    document: Document, remote: RemoteItems
) -> Iterator[tuple[str, tuple[int, int], str]]:
    """Yield rule, place and message of each problem."""
    unseen = f'"{remote.target}" does not have it or does not show it to this key; check the id'
    if document.model not in remote.models and document.model not in remote.unknown_models:
        yield "missing-model", (1, 1), f"there is no model {document.model}: {unseen}"
    for each in document.references:
        known, unknown = _get_known(remote, each.kind)
        if each.id not in known and each.id not in unknown:
            place = each.line, each.column
            yield "missing-reference", place, f"there is no {each.kind} {each.id}: {unseen}"
    if document.model in remote.public_models:
        for each in _find_private_assets(document, remote.assets):
            message = (
                f"{each.id} is private and {document.model} is public: others will not see the "
                "asset; publish it, or refer to another one"
            )
            yield "private-asset", (each.line, each.column), message


def _describe_unknown_items(
    document: Document, remote: RemoteItems
) -> Iterator[tuple[str, tuple[int, int], str]]:
    """Yield rule, place and message for each model or reference that could not be looked up."""
    reason = f'"{remote.target}" refused too many calls for many ids; check this one alone'
    if document.model in remote.unknown_models:
        yield "missing-model", (1, 1), f"not known whether {document.model} exists: {reason}"
    for each in document.references:
        if each.id in _get_known(remote, each.kind)[1]:
            place = each.line, each.column
            yield "missing-reference", place, f"not known whether {each.id} exists: {reason}"


def _get_known(remote: RemoteItems, kind: ReferenceKind) -> tuple[Container[str], Container[str]]:
    """Return the ids of this kind that exist, and those that could not be looked up."""
    if kind == "asset":
        return remote.assets, remote.unknown_assets
    return remote.models, remote.unknown_models


def _list_references(document: Document, kind: ReferenceKind) -> Iterator[str]:
    return (each.id for each in document.references if each.kind == kind)


def _find_private_assets(document: Document, assets: Mapping[str, str]) -> Iterator[Reference]:
    return (
        each
        for each in document.references
        if each.kind == "asset" and assets.get(each.id) == "private"
    )
