"""Read a saved plan, and find out which of its items are stale."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.decisions.limits import find_violations
from sync.descriptions.document import read_documents
from sync.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sync.model import Document, Plan, PlannedWrite
    from sync.workspace.workspace import Target, Workspace


def read_saved_plan(path: Path) -> Plan:
    """Read a saved plan. Raises UsageError if it is none, RefusedError if it cannot be applied."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no saved plan: it is not UTF-8") from error
    from sync.reports.documents.saved_plan import parse_plan_json  # noqa: PLC0415 - slow to import

    plan = parse_plan_json(text)
    if plan.offline:
        raise RefusedError(
            f"{path} was made without asking the server, so it is a preview only",
            hint="Make a plan without --offline.",
        )
    return plan


def find_target_of_plan(workspace: Workspace, plan: Plan) -> Target:
    """Return the target that the plan is for.

    Raises RefusedError if another target was named, or if the target is another project by now.
    """
    names = workspace.target_names
    if names and set(names) != {plan.target.name}:
        raise RefusedError(
            f'the plan is for target "{plan.target.name}", not for {", ".join(names)}',
            hint="Make a plan for this target.",
        )
    target = workspace.get_target(plan.target.name)
    check_plan_target(target, plan)
    return target


def check_plan_target(target: Target, plan: Plan) -> None:
    """Raise RefusedError if the plan was made for another project or server than the target's."""
    if target.identity != plan.target:
        raise RefusedError(
            f'target "{plan.target.name}" is another project or server than when the plan was made',
            hint="Make a new plan.",
        )


def update_violations(target: Target, plan: Plan) -> Plan:
    """Return the plan with the limits that it exceeds now, by the folder and config.yaml of now."""
    workspace = target.workspace
    dirty = plan.source.kind == "worktree" and bool(
        workspace.repository.list_modified_files(workspace.folder)
    )
    plan = replace(plan, source=replace(plan.source, dirty=dirty))
    return replace(plan, violations=find_violations(plan, workspace.config.limits))


def find_stale_changes(target: Target, plan: Plan) -> dict[str, str]:
    """Return the models whose change is no longer what the files want, each with the reason."""
    now = _read_documents(target, None)
    planned: Mapping[str, Document] | None
    match plan.source.kind:
        case "worktree":
            planned = now
        case "commit":
            planned = _read_documents(target, plan.source.commit)
        case _:
            planned = None  # the texts did not come from files
    reasons = {
        change.model: _explain_stale_change(change, now, planned, prune=target.config.prune)
        for change in plan.writes
    }
    return {model: reason for model, reason in reasons.items() if reason}


def _read_documents(target: Target, commit: str | None) -> dict[str, Document]:
    """Return the document of each model, from the working tree or from a commit."""
    workspace = target.workspace
    commit = commit and workspace.repository.resolve_commit(commit)
    files = workspace.repository.read_tracked_files(
        workspace.folder, commit, include=workspace.rules.accepts
    )
    documents, _ = read_documents(files.files, target.aliases, folder=workspace.folder)
    return {document.model: document for document in documents}


def _explain_stale_change(
    change: PlannedWrite,
    now: Mapping[str, Document],
    planned: Mapping[str, Document] | None,
    *,
    prune: bool,
) -> str:
    """Return why the change is stale, or "" if it is not."""
    here = now.get(change.model)
    if here and here.protected:
        return "the file says by now that it is protected"
    if change.after is None and not prune:
        return "the target no longer prunes"
    if planned is None:
        return ""
    document = planned.get(change.model)
    if (document and document.text.sha256) != (change.after and change.after.sha256):
        return "the file no longer says what the plan would write; make a new plan"
    return ""
