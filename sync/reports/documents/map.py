"""The document of the map of two targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from sync.decisions.map import UnmatchedReason
from sync.model.document import ReferenceKind
from sync.reports.documents.base import JsonDocument, JsonPart
from sync.reports.map import render_config_lines

if TYPE_CHECKING:
    from sync.decisions.map import (
        MissingCounterpart,
        ModelMap,
        ModelMatch,
        RemoteModel,
        UnmatchedModel,
    )


class ModelDocument(JsonPart):
    """A model of one target; its name is empty if it has none."""

    model: str
    name: str
    type: str

    @classmethod
    def from_model(cls, model: RemoteModel) -> Self:
        return cls(model=model.id, name=model.name, type=model.type)


class MatchDocument(JsonPart):
    """Two models that are the same; `unnamed` are the targets that do not name them yet."""

    name: str
    source: ModelDocument
    target: ModelDocument
    unnamed: list[str]

    @classmethod
    def from_match(cls, match: ModelMatch) -> Self:
        return cls(
            name=match.name,
            source=ModelDocument.from_model(match.source),
            target=ModelDocument.from_model(match.target),
            unnamed=[*match.unnamed],
        )


class UnmatchedModelDocument(JsonPart):
    """A model without a match, and why; `candidates` are the ids of models that may match."""

    target: str
    model: str
    name: str
    type: str
    why: UnmatchedReason
    candidates: list[str]

    @classmethod
    def from_unmatched(cls, unmatched: UnmatchedModel) -> Self:
        return cls(
            target=unmatched.target,
            model=unmatched.model.id,
            name=unmatched.model.name,
            type=unmatched.model.type,
            why=unmatched.why,
            candidates=[model.id for model in unmatched.candidates],
        )


class MissingCounterpartDocument(JsonPart):
    """An asset or a model that only one target has, and the models whose texts refer to it.

    `name` is proposed for both targets. `label`, `type` (a MIME type, or the type of a model) and
    `size` in bytes are what Scenario tells of it. `file` is where it was downloaded to.
    """

    kind: ReferenceKind
    id: str
    models: list[str]
    name: str
    label: str
    type: str
    size: int | None
    file: str | None

    @classmethod
    def from_missing(cls, missing: MissingCounterpart) -> Self:
        kind, id_ = missing.reference_target
        facts = missing.facts
        return cls(
            kind=kind,
            id=id_,
            models=[*missing.models],
            name=missing.name,
            label=facts.name,
            type=facts.mime_type or facts.kind,
            size=facts.size,
            file=missing.file or None,
        )


class TextOriginsDocument(JsonPart):
    """How many texts of the source come from the files, and how many were read from Scenario."""

    files: int
    scenario: int


class MapDocument(JsonDocument):
    """The map of two targets; `config` is the YAML to add to config.yaml.

    `matched` counts the models that both targets have, `names_file` is the table of names that was
    written. `rewritten` are the files that have names in place of ids now, null if that was not
    asked for. `texts` says where the texts were read.
    """

    kind: Literal["map"] = "map"
    source: str
    target: str
    settled: int
    matches: list[MatchDocument]
    singles: list[UnmatchedModelDocument]
    missing: list[MissingCounterpartDocument]
    config: str
    matched: int
    names_file: str | None
    texts: TextOriginsDocument
    rewritten: list[str] | None
    failures: list[str]

    @classmethod
    def from_map(cls, found: ModelMap) -> Self:
        return cls(
            source=found.source,
            target=found.target,
            settled=found.paired_count,
            matches=[*map(MatchDocument.from_match, found.matches)],
            singles=[*map(UnmatchedModelDocument.from_unmatched, found.singles)],
            missing=[*map(MissingCounterpartDocument.from_missing, found.missing)],
            config=render_config_lines(found),
            matched=found.paired_count + len(found.matches),
            names_file=found.names_file or None,
            failures=[*found.failures],
            rewritten=[*found.name_replacement.files] if found.name_replacement else None,
            texts=TextOriginsDocument.from_value(found.origins),
        )
