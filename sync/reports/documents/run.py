"""The document of a run of apply or rollback."""

from __future__ import annotations

from typing import Literal, Self

from sync.model.changes import State
from sync.model.plan import Source
from sync.model.run import Outcome, Result, Run, Snapshot
from sync.model.target_identity import TargetIdentity
from sync.reports.documents.base import JsonDocument, JsonPart


class OutcomeDocument(JsonPart):
    """The outcome of one change; `remote_sha256` is null if it is not known for sure."""

    model: str
    path: str | None
    state: State
    result: Result
    reason: str
    attempts: int
    after_sha256: str | None
    remote_sha256: str | None
    notes: list[str]

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
            notes=[*outcome.notes],
        )


class KeptPart(JsonPart):
    """Where the replaced texts are kept: on `ref` here, and on `remote` if `shared` is true.

    `shared` is false if the snapshots could not be shared, `failure` then says why. It is null if
    no remote is configured, or nothing was ever recorded.
    """

    ref: str
    shared: bool | None
    remote: str | None
    failure: str

    @classmethod
    def from_run(cls, run: Run) -> Self:
        sharing = run.sharing
        return cls(
            ref=run.snapshot.ref,
            shared=sharing.shared,
            remote=sharing.remote,
            failure=sharing.failure,
        )


class FilesPart(JsonPart):
    """What the files say after a rollback; paths are relative to the descriptions folder.

    `held` files still have the texts that were rolled back, which `commits` brought. The next apply
    writes the `other` files. `commit` on `branch` has the `restored` files.
    """

    held: list[str]
    commits: list[str]
    other: list[str]
    branch: str | None
    commit: str | None
    restored: list[str]
    unrestored: dict[str, str]


class RunDocument(JsonDocument):
    """A run of apply or rollback; `files` is null unless it is a rollback that restored a text."""

    kind: Literal["apply"] = "apply"
    target: TargetIdentity
    source: Source
    snapshot: Snapshot
    interrupted: bool
    refusals: list[str]
    summary: dict[Result, int]
    outcomes: list[OutcomeDocument]
    kept: KeptPart
    files: FilesPart | None

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
            kept=KeptPart.from_run(run),
            files=FilesPart.from_value(run.files_after) if run.files_after else None,
        )
