"""Read a saved plan, and verify its claims: the file is data, not authority."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from sync.decisions.saved_plan import verify_plan
from sync.errors import RefusedError, RepositoryError, UsageError
from sync.model.remote_text import RemoteText
from sync.model.text import EMPTY_TEXT
from sync.operations.plan import make_plan
from sync.operations.sources.another_target import AnotherTargetSource
from sync.operations.sources.files import FileSource, read_files
from sync.operations.sources.snapshot import read_recorded_run
from sync.workspace.commit_workspace import get_targets_at_commit
from sync.workspace.named_file import read_named_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sync.decisions.desired import DesiredSelection, DesiredState
    from sync.decisions.drift import GitKnowledge, Policy
    from sync.decisions.map import RemoteModel
    from sync.model.plan import Plan
    from sync.model.remote_text import RemoteState
    from sync.operations.selection import Selection
    from sync.operations.sessions import Session
    from sync.operations.sources.source import TextSource
    from sync.workspace.workspace import Target, Workspace


def read_saved_plan(path: Path) -> Plan:
    """Read a saved plan.

    Raises UsageError for another kind of file, and RefusedError if the plan cannot be applied.
    """
    text = read_named_text(path, kind="a saved plan")
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

    Raises RefusedError if another target was named, or if the target now is another project.
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


async def verify_saved_plan(
    session: Session, plan: Plan, *, allowed: Selection
) -> tuple[Plan, dict[str, str]]:
    """Return the plan to apply, and by model the false claim of each refused change.

    States, policies and limits are derived again from config.yaml, the texts that the plan names,
    git, and the options in `allowed` that lift a refusal; those in the plan are ignored.
    No request is sent here: each remote text is compared with the plan's immediately before its
    write. Raises RefusedError if the source that the plan names does not exist.
    """
    try:
        if plan.source.commit:
            session.target.workspace.repository.resolve_commit(plan.source.commit)
        derived = await make_plan(SavedPlanSource(_find_source(session, plan, allowed), plan))
    except (UsageError, RepositoryError) as error:
        raise RefusedError(f"the plan does not hold: {error.message}", hint=error.hint) from error
    return verify_plan(plan, derived, session.target.workspace.config.limits)


def _find_source(session: Session, plan: Plan, selection: Selection) -> TextSource:
    """Return the source of desired texts that the plan names. Raises UsageError and GitError."""
    workspace, label = session.target.workspace, plan.source.label
    match plan.source.kind:
        case "worktree":
            return FileSource(session, selection, read_files(workspace, selection))
        case "commit":
            selection = replace(selection, commit=plan.source.commit or "HEAD")
            [target] = get_targets_at_commit([session.target], selection.commit)
            files = read_files(target.workspace, selection)
            return FileSource(replace(session, target=target), selection, files)
        case "target":
            selection = replace(selection, from_target=label or "")
            files = read_files(workspace, selection)
            models = {change.model for change in plan.writes}
            return AnotherTargetSource(session, selection, files, models=models)
        case "snapshot":
            return read_recorded_run(session, label or "", selection)
        case _:
            assert_never(plan.source.kind)


@dataclass(frozen=True, slots=True)
class SavedPlanSource:
    """The source that a saved plan names, narrowed to the models that the plan writes.

    The remote texts are those that the plan says it replaces.
    """

    source: TextSource
    plan: Plan

    @property
    def target(self) -> Target:
        return self.source.target

    @property
    def session(self) -> Session | None:
        return self.source.session

    @property
    def policy(self) -> Policy:
        return self.source.policy

    async def read_desired(self) -> DesiredSelection:
        """Read the desired texts; a model that the present files protect is protected."""
        desired = await self.source.read_desired()
        planned = {change.model for change in self.plan.writes}
        paths = {change.path for change in self.plan.writes}
        narrowed = desired.select_models(planned & desired.desired.models)
        protected = _list_protected_models(self.target)
        documents = [
            replace(document, protected=document.protected or document.model in protected)
            for document in narrowed.desired.documents
        ]
        invalid = [
            file for file in desired.desired.invalid if file.model in planned or file.path in paths
        ]
        state = replace(narrowed.desired, documents=documents, invalid=invalid)
        return replace(narrowed, desired=state)

    async def retrieve_remote(self, desired: DesiredSelection) -> dict[str, RemoteState]:
        replaced = {change.model: change.before for change in self.plan.writes}
        return {
            model: RemoteText(replaced[model] or EMPTY_TEXT)
            for model in desired.desired.list_models_to_read(prune=self.policy.prune)
        }

    async def list_models(self) -> list[RemoteModel]:
        return await self.source.list_models()

    def look_up_in_git(
        self, desired: DesiredState, remote: Mapping[str, RemoteState]
    ) -> GitKnowledge:
        """Look the texts up, and ignore the writes of an earlier attempt to apply the plan.

        The remote texts in the plan are older than that attempt. Times have a precision of 1 s.
        """
        knowledge = self.source.look_up_in_git(desired, remote)
        made_at = self.plan.created_at.replace(microsecond=0)
        sent = {change.model: change.after for change in self.plan.writes}
        last_writes = {
            model: last
            for model, last in knowledge.last_writes.items()
            if last.recorded_at is None
            or last.recorded_at < made_at
            or last.sent_sha256 != (sent.get(model) or EMPTY_TEXT).sha256
        }
        return replace(knowledge, last_writes=last_writes)


def _list_protected_models(target: Target) -> set[str]:
    documents, _ = target.read_documents(target.workspace.read_tracked_files(None).files)
    return {document.model for document in documents if document.protected}
