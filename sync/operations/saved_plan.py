"""A saved plan: whether it is for this target, and which of its items are stale."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.descriptions.document import read_documents
from sync.errors import RefusedError, UsageError
from sync.reports.documents.saved_plan import parse_plan_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sync.model import Document, Plan, PlannedWrite
    from sync.workspace.workspace import Target, Workspace


def read_plan(path: Path) -> Plan:
    """Read a saved plan. Raises UsageError where it is none, RefusedError where it was altered."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no saved plan: it is not UTF-8") from error
    plan = parse_plan_json(text)
    if plan.offline:
        raise RefusedError(
            f"{path} was made without asking the server, so it is a preview only",
            hint="Make a plan without --offline.",
        )
    return plan


def target_of(workspace: Workspace, plan: Plan) -> Target:
    """The target that the plan is for. Raises RefusedError where that is another one by now."""
    names = workspace.target_names
    if names and set(names) != {plan.target.name}:
        raise RefusedError(
            f'the plan is for target "{plan.target.name}", not for {", ".join(names)}',
            hint="Make a plan for this target.",
        )
    chosen = workspace.get_target(plan.target.name)
    if chosen.identity != plan.target:
        raise RefusedError(
            f'target "{plan.target.name}" is another project or server than when the plan was made',
            hint="Make a new plan.",
        )
    return chosen


def as_of_now(chosen: Target, plan: Plan) -> Plan:
    """The plan, with what can be told of the folder today."""
    workspace = chosen.workspace
    dirty = plan.source.kind == "worktree" and bool(
        workspace.repository.list_modified_files(workspace.folder)
    )
    return replace(plan, source=replace(plan.source, dirty=dirty))


def stale(chosen: Target, plan: Plan) -> dict[str, str]:
    """The models whose change is withheld, and why: it is no longer what their owner wants."""
    now = _documents(chosen, None)
    approved = _approved(chosen, plan, now)
    reasons = {
        change.model: _why_stale(change, now, approved, prune=chosen.config.prune)
        for change in plan.writes
    }
    return {model: reason for model, reason in reasons.items() if reason}


def _approved(
    chosen: Target, plan: Plan, now: Mapping[str, Document]
) -> Mapping[str, Document] | None:
    """What the files say where the plan took its texts from; None where that was no file."""
    match plan.source.kind:
        case "worktree":
            return now
        case "commit":
            return _documents(chosen, plan.source.commit)
        case _:
            return None


def _documents(chosen: Target, commit: str | None) -> dict[str, Document]:
    """What the files say, by model: those of the working tree, or of a commit."""
    workspace = chosen.workspace
    commit = commit and workspace.repository.resolve_commit(commit)
    files = workspace.repository.read_tracked_files(
        workspace.folder, commit, include=workspace.rules.accepts
    )
    documents, _ = read_documents(files.files, chosen.aliases, folder=workspace.folder)
    return {document.model: document for document in documents}


def _why_stale(
    change: PlannedWrite,
    now: Mapping[str, Document],
    approved: Mapping[str, Document] | None,
    *,
    prune: bool,
) -> str:
    """Why the change is withheld; empty where it is not."""
    here = now.get(change.model)
    if here and here.protected:
        return "the file says by now that it is protected"
    if change.after is None and not prune:
        return "the target no longer prunes"
    if approved is None:
        return ""
    document = approved.get(change.model)
    if (document and document.text.sha256) != (change.after and change.after.sha256):
        return "the file no longer says what the plan would write; make a new plan"
    return ""
