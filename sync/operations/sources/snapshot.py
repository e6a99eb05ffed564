"""Desired texts from a recorded run, for a rollback."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.decisions.desired import DesiredState
from sync.decisions.plan import GitKnowledge, Policy, make_changes
from sync.descriptions.document import read_documents
from sync.errors import UsageError
from sync.model import Document, KnownText, Plan, RemoteText, Source, Text

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from sync.git import ReplacedText
    from sync.operations.selection import Selection
    from sync.operations.sessions import Session
from sync.operations.plan import _texts


async def plan_rollback(session: Session, run: str | None, selection: Selection) -> Plan:
    """A plan that puts back what a run replaced, where the remote text is still what it left.

    Without `run` it is the last one that wrote. Raises UsageError where there is none, or where the
    run wrote nothing.
    """
    chosen = session.target
    workspace = chosen.workspace
    record, replaced = chosen.snapshots.read_run(run or _last_run(session))
    if not replaced:
        raise UsageError(f"run {record.id} wrote nothing", hint="There is nothing to put back.")
    files = workspace.repository.read_tracked_files(
        workspace.folder, None, include=workspace.rules.accepts
    )
    documents, _ = read_documents(files.files, chosen.aliases, folder=workspace.folder)
    desired = _replaced_by(replaced, {each.model for each in documents if each.protected})
    if selection.models:
        desired = desired.select_models(
            [chosen.aliases.get_model_id(name) for name in selection.models]
        )
    actual = await session.retrieve(sorted(desired.models), texts=_texts(desired))
    left = {
        model: replacement.held_sha256 or replacement.sent_sha256
        for model, replacement in replaced.items()
    }
    known = {
        model: KnownText("snapshot")
        for model, retrieved in actual.items()
        if isinstance(retrieved, RemoteText) and retrieved.text.sha256 == left[model]
    }
    policy = Policy(selection.on_drift or "block", prune=True)
    knowledge = GitKnowledge(known, unknown_note=f"changed since run {record.id}")
    return Plan(
        chosen.identity,
        Source("snapshot", workspace.repository.find_head(), label=record.id),
        datetime.now(UTC),
        make_changes(desired, actual, knowledge=knowledge, policy=policy),
        documents=max(len(files.files), len(desired.models)),
    )


def _last_run(session: Session) -> str:
    """The id of the last run that wrote anything, as far as anybody can tell."""
    for run in session.target.snapshots.list_runs():
        if run.may_have_written:
            return run.id
    raise UsageError(
        f"no run is recorded for {session.name}",
        hint="`description-sync apply` records one whenever it writes.",
    )


def _replaced_by(replaced: Mapping[str, ReplacedText], protected: Container[str]) -> DesiredState:
    """What a run replaced as what is desired; the models it gave a first text, as to be emptied."""
    texts = {model: Text(each.before or "") for model, each in replaced.items()}
    gone = {m for m, text in texts.items() if not text.raw and m not in protected}
    return DesiredState(
        [
            Document(model, replaced[model].path, text, protected=model in protected)
            for model, text in texts.items()
            if model not in gone
        ],
        removed={model: replaced[model].path or model for model in texts if model in gone},
    )
