"""Reports for programs, and the plan that was saved: JSON documents, written and read back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC
from typing import Literal, Self, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, model_validator

from sync.diff import unified
from sync.errors import RefusedError, UsageError
from sync.model import (
    EMPTY,
    Change,
    Create,
    Delete,
    Deployed,
    Drift,
    DriftCause,
    DriftPolicy,
    Failed,
    InSync,
    Invalid,
    Item,
    Missing,
    Outcome,
    Plan,
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
from sync.reports.inert import defused_json

VERSION: Literal[1] = 1
_AGAIN = "Make it again: description-sync plan --out PLAN.json"


def plan_as_json(plan: Plan) -> str:
    """The plan as one document, which `plan_from_json` reads."""
    content = PlanDocument.of(plan).model_dump(mode="json")
    return _written(content | {"checksum": checksum(content)})


def run_as_json(run: Run) -> str:
    """The run as one document."""
    return _written(RunDocument.of(run).model_dump(mode="json"))


def plan_from_json(text: str) -> Plan:
    """The plan that was saved, without the texts of what is in sync.

    Raises UsageError where the text is no saved plan, RefusedError where it is one of another
    version, or not as it was made.
    """
    content = _parsed(text)
    _check_kind(content)
    _check_whole(content)
    try:
        return PlanDocument.model_validate(content).plan()
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"]) or "the document"
        raise RefusedError(
            f"the saved plan is off at {place}: {fault['msg']}", hint=_AGAIN
        ) from error


def checksum(content: dict[str, object]) -> str:
    """SHA-256, in hex, of all the rest of the content: JSON with sorted keys, no blanks, UTF-8.

    Raises ValueError where a string is no text, RecursionError where it is nested too deep.
    """
    rest = {key: value for key, value in content.items() if key != "checksum"}
    form = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(form.encode()).hexdigest()


def _written(content: dict[str, object]) -> str:
    return defused_json(json.dumps(content, indent=2)) + "\n"


# --- reading what may be anything ----------------------------------------------------------------


def _parsed(text: str) -> dict[str, object]:
    try:
        content = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"this is not a saved plan: {error}", hint=_AGAIN) from error
    if not isinstance(content, dict):
        raise UsageError("this is not a saved plan: it is no JSON object", hint=_AGAIN)
    return content


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return content


def _refused(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _check_kind(content: dict[str, object]) -> None:
    if content.get("kind") != "plan":
        raise UsageError("this is not a saved plan: its kind is another", hint=_AGAIN)
    if content.get("version") != VERSION:
        raise RefusedError(
            f"this is a saved plan of another version: this program reads version {VERSION}",
            hint=_AGAIN,
        )


def _check_whole(content: dict[str, object]) -> None:
    try:
        whole = content.get("checksum") == checksum(content)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"this is not a saved plan: {error}", hint=_AGAIN) from error
    if not whole:
        raise RefusedError("the saved plan was changed after it was made", hint=_AGAIN)


# --- the documents -------------------------------------------------------------------------------


class _Document(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_serialization_defaults_required=True
    )


class References(_Document):
    """The ids that a text refers to, each once, and every tag with its place."""

    assets: list[str]
    models: list[str]
    tags: list[Reference]

    @classmethod
    def of(cls, references: tuple[Reference, ...]) -> Self:
        return cls(
            assets=_ids(references, "asset"), models=_ids(references, "model"), tags=[*references]
        )


class ChangeDocument(_Document):
    """One item of a plan; `diff` is unified, of the canonical texts."""

    model: str
    path: str | None
    state: State
    policy: DriftPolicy | None
    cause: DriftCause | None
    before: str | None
    after: str | None
    before_sha256: str | None
    after_sha256: str | None
    deployed: Deployed | None
    diff: str
    references: References
    notes: list[str]

    @classmethod
    def of(cls, change: Change) -> Self:
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
            diff=_diff(change),
            references=References.of(change.references),
            notes=[*change.notes],
        )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        needed = [getattr(self, name) for name in _NEEDED.get(self.state, ())]
        if None in needed:
            raise ValueError(f"a change of state {self.state} has no text")
        hashes = [(self.before, self.before_sha256), (self.after, self.after_sha256)]
        if self.state != "in_sync" and any(_sha256(text) != sha256 for text, sha256 in hashes):
            raise ValueError("a text is not the one that its hash is of")
        return self

    def change(self) -> Change:
        item = _KINDS[self.state](
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


class PlanDocument(_Document):
    """A plan; `checksum` is that of everything else in it."""

    version: Literal[1] = VERSION
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
    def of(cls, plan: Plan) -> Self:
        return cls(
            target=plan.target,
            source=plan.source,
            created_at=plan.created_at.astimezone(UTC),
            summary=plan.summary,
            changes=[ChangeDocument.of(change) for change in plan.changes],
            notes=[*plan.notes],
            documents=plan.documents,
            offline=plan.offline,
        )

    def plan(self) -> Plan:
        return Plan(
            target=self.target,
            source=self.source,
            created_at=self.created_at,
            changes=tuple(change.change() for change in self.changes),
            notes=tuple(self.notes),
            documents=self.documents,
            offline=self.offline,
        )


class OutcomeDocument(_Document):
    """What became of one change; `remote_sha256` null where it is not known for sure."""

    model: str
    path: str | None
    state: State
    result: Result
    reason: str
    attempts: int
    after_sha256: str | None
    remote_sha256: str | None

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        change = outcome.change
        before = change.before if outcome.result == "unchanged" else None
        remote = outcome.held or before
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


class RunDocument(_Document):
    """A run of apply or rollback."""

    version: Literal[1] = VERSION
    kind: Literal["apply"] = "apply"
    target: TargetIdentity
    source: Source
    snapshot: Snapshot
    interrupted: bool
    refusals: list[str]
    summary: dict[Result, int]
    outcomes: list[OutcomeDocument]

    @classmethod
    def of(cls, run: Run) -> Self:
        return cls(
            target=run.plan.target,
            source=run.plan.source,
            snapshot=run.snapshot,
            interrupted=run.interrupted,
            refusals=[*run.refusals],
            summary=run.summary,
            outcomes=[OutcomeDocument.of(outcome) for outcome in run.outcomes],
        )


_KINDS: dict[State, type[Item]] = {
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
_NEEDED: dict[State, tuple[str, ...]] = {
    "create": ("after",),
    "update": ("before", "after"),
    "drift": ("before", "policy"),
    "delete": ("before",),
}


def _sha256(text: str | None) -> str | None:
    return None if text is None else Text(text).sha256


def _ids(references: tuple[Reference, ...], kind: str) -> list[str]:
    return [*dict.fromkeys(reference.id for reference in references if reference.kind == kind)]


def _diff(change: Change) -> str:
    match change:
        case Create() | Update() | Drift() | Delete() | Protected():
            return unified(change.before or EMPTY, change.after or EMPTY)
        case _:
            return ""
