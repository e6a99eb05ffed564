"""The document of a plan, which `sync.reports.documents.saved_plan` reads back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC
from typing import Literal, Self, cast

from pydantic import AwareDatetime, model_validator

from sync.diff.unified import render_unified_diff
from sync.model.changes import (
    Change,
    Create,
    Delete,
    Drift,
    DriftCause,
    DriftPolicy,
    Failed,
    Held,
    InSync,
    Invalid,
    Missing,
    PlanItem,
    Protected,
    Retired,
    State,
    Unmanaged,
    Update,
)
from sync.model.document import Reference
from sync.model.known_texts import DeployedCommit
from sync.model.plan import Plan, Source, Violation
from sync.model.target_identity import TargetIdentity
from sync.model.text import EMPTY_TEXT, Text
from sync.reports.documents.base import JsonDocument, JsonPart


class References(JsonPart):
    """The ids that a text refers to, each listed once, and every tag with its position."""

    assets: list[str]
    models: list[str]
    tags: list[Reference]

    @classmethod
    def from_references(cls, references: tuple[Reference, ...]) -> Self:
        return cls(
            assets=_collect_ids(references, "asset"),
            models=_collect_ids(references, "model"),
            tags=[*references],
        )


class ChangeDocument(JsonPart):
    """One item of a plan; `diff` is a unified diff of the canonical texts."""

    model: str
    path: str | None
    state: State
    policy: DriftPolicy | None
    cause: DriftCause | Literal["untranslatable"] | None
    before: str | None
    after: str | None
    before_sha256: str | None
    after_sha256: str | None
    deployed: DeployedCommit | None
    diff: str
    references: References
    notes: list[str]

    @classmethod
    def from_change(cls, change: Change) -> Self:
        in_sync = isinstance(change, InSync)
        return cls(
            model=change.model,
            path=change.path,
            state=change.state,
            policy=change.policy if isinstance(change, Drift) else None,
            cause=_get_cause(change),
            before=change.before.raw if change.before and not in_sync else None,
            after=change.after.raw if change.after and not in_sync else None,
            before_sha256=change.before.sha256 if change.before else None,
            after_sha256=change.after.sha256 if change.after else None,
            deployed=change.deployed,
            diff=_render_diff(change),
            references=References.from_references(change.references),
            notes=[*change.notes],
        )

    @model_validator(mode="after")
    def _check_texts(self) -> Self:
        needed = [getattr(self, name) for name in _REQUIRED_FIELDS.get(self.state, ())]
        if None in needed:
            raise ValueError(f"a change of state {self.state} has no text")
        hashes = [(self.before, self.before_sha256), (self.after, self.after_sha256)]
        if self.state != "in_sync" and any(_hash_text(text) != sha256 for text, sha256 in hashes):
            raise ValueError("a text is not the one that its hash is of")
        return self

    def to_change(self) -> Change:
        item = _CLASSES_BY_STATE[self.state](
            model=self.model,
            path=self.path,
            before=None if self.before is None else Text(self.before),
            after=None if self.after is None else Text(self.after),
            deployed=self.deployed,
            references=tuple(self.references.tags),
            notes=tuple(self.notes),
        )
        if isinstance(item, Drift) and self.policy:
            cause = "edited" if self.cause in {None, "untranslatable"} else self.cause
            item = replace(item, policy=self.policy, cause=cast("DriftCause", cause))
        if isinstance(item, Invalid) and self.cause == "untranslatable":
            item = replace(item, cause="untranslatable")
        return cast("Change", item)


def _get_cause(change: Change) -> DriftCause | Literal["untranslatable"] | None:
    match change:
        case Drift(cause=cause):
            return cause
        case Invalid(cause="untranslatable"):
            return "untranslatable"
        case _:
            return None


class PlanDocument(JsonDocument):
    """A plan; `checksum` is the SHA-256 of everything else in it."""

    kind: Literal["plan"] = "plan"
    target: TargetIdentity
    source: Source
    created_at: AwareDatetime
    summary: dict[State, int]
    changes: list[ChangeDocument]
    notes: list[str]
    documents: int
    offline: bool
    violations: tuple[Violation, ...] = ()
    on_drift: DriftPolicy | None = None
    allow_older: bool = False
    resume: bool = False
    made_by: str = ""
    checksum: str = ""

    @classmethod
    def from_plan(cls, plan: Plan) -> Self:
        document = cls(
            target=plan.target,
            source=plan.source,
            created_at=plan.created_at.astimezone(UTC),
            summary=plan.summary,
            changes=[ChangeDocument.from_change(change) for change in plan.changes],
            notes=[*plan.notes],
            documents=plan.documents,
            offline=plan.offline,
            violations=plan.violations,
            on_drift=plan.on_drift,
            allow_older=plan.allow_older,
            resume=plan.resume,
            made_by=plan.made_by,
        )
        checksum = compute_checksum(document.model_dump(mode="json"))
        return document.model_copy(update={"checksum": checksum})

    def to_plan(self) -> Plan:
        return Plan(
            target=self.target,
            source=self.source,
            created_at=self.created_at,
            changes=tuple(change.to_change() for change in self.changes),
            notes=tuple(self.notes),
            documents=self.documents,
            offline=self.offline,
            violations=self.violations,
            on_drift=self.on_drift,
            allow_older=self.allow_older,
            resume=self.resume,
            made_by=self.made_by,
        )


def compute_checksum(content: dict[str, object]) -> str:
    """Compute the SHA-256, in hex, of the content without its checksum.

    The hashed form is JSON with sorted keys and no blanks, in UTF-8. Raises ValueError if a string
    cannot be encoded, and RecursionError if the content is nested too deeply.
    """
    rest = {key: value for key, value in content.items() if key != "checksum"}
    form = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(form.encode()).hexdigest()


_CLASSES_BY_STATE: dict[State, type[PlanItem]] = {
    kind.state: kind
    for kind in (
        InSync,
        Create,
        Update,
        Drift,
        Held,
        Delete,
        Retired,
        Protected,
        Missing,
        Invalid,
        Failed,
        Unmanaged,
    )
}
_REQUIRED_FIELDS: dict[State, tuple[str, ...]] = {
    "create": ("after",),
    "update": ("before", "after"),
    "drift": ("before", "policy"),
    "delete": ("before",),
}


def _hash_text(text: str | None) -> str | None:
    return None if text is None else Text(text).sha256


def _collect_ids(references: tuple[Reference, ...], kind: str) -> list[str]:
    return [*dict.fromkeys(reference.id for reference in references if reference.kind == kind)]


def _render_diff(change: Change) -> str:
    match change:
        case Create() | Update() | Drift() | Held() | Delete() | Protected():
            return render_unified_diff(change.before or EMPTY_TEXT, change.after or EMPTY_TEXT)
        case _:
            return ""
