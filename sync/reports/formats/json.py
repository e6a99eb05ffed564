"""Plans and runs as JSON documents; a saved plan is one that can be read back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC
from typing import Literal, Self, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, model_validator

from sync.diff.lines_and_words import render_unified_diff
from sync.errors import RefusedError, UsageError
from sync.model import (
    EMPTY_TEXT,
    Change,
    Create,
    Delete,
    DeployedCommit,
    Drift,
    DriftCause,
    DriftPolicy,
    Failed,
    InSync,
    Invalid,
    Missing,
    Outcome,
    Plan,
    PlanItem,
    Protected,
    Reference,
    Result,
    Retired,
    Run,
    Snapshot,
    Source,
    State,
    TargetIdentity,
    Text,
    Unmanaged,
    Update,
)
from sync.reports.formats.sanitize import neutralize_json_commands

FORMAT_VERSION: Literal[1] = 1
_REMAKE_HINT = "Make it again: description-sync plan --out PLAN.json"


def render_plan_json(plan: Plan) -> str:
    """Render the plan as one JSON document, which `parse_plan_json` reads."""
    content = PlanDocument.from_plan(plan).model_dump(mode="json")
    return _dump_document(content | {"checksum": compute_checksum(content)})


def render_run_json(run: Run) -> str:
    """Render the run as one JSON document."""
    return _dump_document(RunDocument.from_run(run).model_dump(mode="json"))


def parse_plan_json(text: str) -> Plan:
    """Parse a saved plan, which does not include the texts of items in sync.

    Raises UsageError if the text is not a saved plan, and RefusedError if the plan has another
    version or was changed after it was made.
    """
    content = _parse_object(text)
    _check_kind(content)
    _verify_checksum(content)
    try:
        return PlanDocument.model_validate(content).to_plan()
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"]) or "the document"
        raise RefusedError(
            f"the saved plan is off at {place}: {fault['msg']}", hint=_REMAKE_HINT
        ) from error


def compute_checksum(content: dict[str, object]) -> str:
    """Compute the SHA-256, in hex, of the content without its checksum.

    The hashed form is JSON with sorted keys and no blanks, in UTF-8. Raises ValueError if a string
    cannot be encoded, and RecursionError if the content is nested too deeply.
    """
    rest = {key: value for key, value in content.items() if key != "checksum"}
    form = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(form.encode()).hexdigest()


def _dump_document(content: dict[str, object]) -> str:
    return neutralize_json_commands(json.dumps(content, indent=2)) + "\n"


# --- reading untrusted JSON ----------------------------------------------------------------------


def _parse_object(text: str) -> dict[str, object]:
    try:
        content = json.loads(
            text, object_pairs_hook=_reject_duplicate_keys, parse_constant=_reject_constant
        )
    except (ValueError, RecursionError) as error:
        raise UsageError(f"this is not a saved plan: {error}", hint=_REMAKE_HINT) from error
    if not isinstance(content, dict):
        raise UsageError("this is not a saved plan: it is no JSON object", hint=_REMAKE_HINT)
    return content


def _reject_duplicate_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return content


def _reject_constant(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _check_kind(content: dict[str, object]) -> None:
    if content.get("kind") != "plan":
        raise UsageError("this is not a saved plan: its kind is another", hint=_REMAKE_HINT)
    if content.get("version") != FORMAT_VERSION:
        raise RefusedError(
            f"this is a saved plan of another version: this program reads version {FORMAT_VERSION}",
            hint=_REMAKE_HINT,
        )


def _verify_checksum(content: dict[str, object]) -> None:
    try:
        is_intact = content.get("checksum") == compute_checksum(content)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"this is not a saved plan: {error}", hint=_REMAKE_HINT) from error
    if not is_intact:
        raise RefusedError("the saved plan was changed after it was made", hint=_REMAKE_HINT)


# --- the documents -------------------------------------------------------------------------------


class _JsonDocument(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_serialization_defaults_required=True
    )


class References(_JsonDocument):
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


class ChangeDocument(_JsonDocument):
    """One item of a plan; `diff` is a unified diff of the canonical texts."""

    model: str
    path: str | None
    state: State
    policy: DriftPolicy | None
    cause: DriftCause | None
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
            cause=change.cause if isinstance(change, Drift) else None,
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
            item = replace(item, policy=self.policy, cause=self.cause or "edited")
        return cast("Change", item)


class PlanDocument(_JsonDocument):
    """A plan; `checksum` is the SHA-256 of everything else in it."""

    version: Literal[1] = FORMAT_VERSION
    kind: Literal["plan"] = "plan"
    target: TargetIdentity
    source: Source
    created_at: AwareDatetime
    summary: dict[State, int]
    changes: list[ChangeDocument]
    notes: list[str]
    documents: int
    offline: bool
    checksum: str = ""

    @classmethod
    def from_plan(cls, plan: Plan) -> Self:
        return cls(
            target=plan.target,
            source=plan.source,
            created_at=plan.created_at.astimezone(UTC),
            summary=plan.summary,
            changes=[ChangeDocument.from_change(change) for change in plan.changes],
            notes=[*plan.notes],
            documents=plan.documents,
            offline=plan.offline,
        )

    def to_plan(self) -> Plan:
        return Plan(
            target=self.target,
            source=self.source,
            created_at=self.created_at,
            changes=tuple(change.to_change() for change in self.changes),
            notes=tuple(self.notes),
            documents=self.documents,
            offline=self.offline,
        )


class OutcomeDocument(_JsonDocument):
    """The outcome of one change; `remote_sha256` is null if it is not known for sure."""

    model: str
    path: str | None
    state: State
    result: Result
    reason: str
    attempts: int
    after_sha256: str | None
    remote_sha256: str | None

    @classmethod
    def from_outcome(cls, outcome: Outcome) -> Self:
        change = outcome.change
        before = change.before if outcome.result == "unchanged" else None
        remote = outcome.remote_text or before
        return cls(
            model=change.model,
            path=change.path,
            state=change.state,
            result=outcome.result,
            reason=outcome.reason,
            attempts=outcome.attempts,
            after_sha256=change.after.sha256 if change.after else None,
            remote_sha256=remote.sha256 if remote else None,
        )


class RunDocument(_JsonDocument):
    """A run of apply or rollback."""

    version: Literal[1] = FORMAT_VERSION
    kind: Literal["apply"] = "apply"
    target: TargetIdentity
    source: Source
    snapshot: Snapshot
    interrupted: bool
    refusals: list[str]
    summary: dict[Result, int]
    outcomes: list[OutcomeDocument]

    @classmethod
    def from_run(cls, run: Run) -> Self:
        return cls(
            target=run.plan.target,
            source=run.plan.source,
            snapshot=run.snapshot,
            interrupted=run.interrupted,
            refusals=[*run.refusals],
            summary=run.summary,
            outcomes=[OutcomeDocument.from_outcome(outcome) for outcome in run.outcomes],
        )


_CLASSES_BY_STATE: dict[State, type[PlanItem]] = {
    kind.state: kind
    for kind in (
        InSync,
        Create,
        Update,
        Drift,
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
        case Create() | Update() | Drift() | Delete() | Protected():
            return render_unified_diff(change.before or EMPTY_TEXT, change.after or EMPTY_TEXT)
        case _:
            return ""
