"""Make plans: read the desired and the remote texts, look them up in git, and decide."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.decisions.find_model import explain_missing_models
from sync.decisions.plan import decide_plan
from sync.forge.ci_job import describe_ci_job
from sync.model.changes import Drift, Missing
from sync.operations.log_runs import log_plan_drift
from sync.operations.sessions import open_session, run_side_by_side
from sync.operations.sources.files import FileSource, read_files
from sync.operations.unshared_texts import describe_refused_drift, is_clone_temporary
from sync.workspace.commit_workspace import get_targets_at_commit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TypeAlias

    from sync.decisions.desired import SourceFiles
    from sync.model.plan import Plan
    from sync.operations.events import Events
    from sync.operations.selection import Selection
    from sync.operations.sessions import Failure, Session
    from sync.operations.sources.source import TextSource
    from sync.workspace.workspace import Target

    PlanHandler: TypeAlias = Callable[[Session, Plan], Awaitable[None]]


async def make_plan(source: TextSource) -> Plan:
    """Make the plan for the texts of a source. Raises UsageError, GitError and AbortRunError."""
    desired = await source.read_desired()
    remote = await source.retrieve_remote(desired)
    knowledge = source.look_up_in_git(desired.desired, remote)
    plan = decide_plan(
        source.target.identity,
        desired,
        remote=remote,
        knowledge=knowledge,
        policy=source.policy,
        created_at=datetime.now(UTC),
    )
    if any(isinstance(change, Missing) for change in plan.changes):
        plan = explain_missing_models(plan, await source.list_models(), source.target.aliases)
    plan = replace(plan, made_by=_name_maker(source.target))
    if source.session is None:
        return plan
    notes = (*plan.notes, *describe_refused_drift(source.target, plan))
    return describe_sharing(source.session, replace(plan, notes=notes))


def _name_maker(target: Target) -> str:
    """Name who makes the plan: the CI job and its actor, otherwise the user of git."""
    return describe_ci_job(os.environ) or target.workspace.repository.get_user_name()


def describe_sharing(session: Session, plan: Plan) -> Plan:
    """Add to the plan where replaced texts will be kept, and a note on a failed fetch."""
    sharing = session.sharing
    if any(isinstance(change, Drift) for change in plan.changes):
        sharing = replace(sharing, is_clone_temporary=is_clone_temporary(session.target))
    return replace(plan, notes=(*plan.notes, *note_failed_exchange(session)), sharing=sharing)


def note_failed_exchange(session: Session) -> tuple[str, ...]:
    """Return notes for a failed fetch or push of the snapshots of other machines."""
    sharing = session.sharing
    if not sharing.failure:
        return ()
    note = (
        f"what earlier runs recorded in this clone could not be pushed to {sharing.remote}, so "
        "other machines do not know it."
        if sharing.was_fetched
        else f"what other machines recorded could not be fetched from {sharing.remote}, so a text "
        "that one of them wrote can count as changed outside git, or as an older version."
    )
    return (note,)


def choose_source(
    session: Session, selection: Selection, files: SourceFiles, *, trace_in_sync: bool = False
) -> TextSource:
    """Return the source that the selection names: the files, or another target."""
    if selection.from_target:
        from sync.operations.sources.another_target import AnotherTargetSource  # noqa: PLC0415 - this source only

        return AnotherTargetSource(session, selection, files)
    return FileSource(session, selection, files, trace_in_sync)


async def plan_targets(
    targets: Sequence[Target],
    selection: Selection,
    *,
    events: Events,
    trace_in_sync: bool = False,
    on_plan: PlanHandler | None = None,
) -> tuple[list[Plan], list[Failure]]:
    """Make a plan for each target of one workspace; return the plans and the failed targets.

    `on_plan` is awaited for each complete plan while its session is still open.
    """
    targets = get_targets_at_commit(targets, selection.commit)
    files = read_files(targets[0].workspace, selection)

    async def plan_target(target: Target) -> Plan:
        async with open_session(target, events=events) as session:
            source = choose_source(session, selection, files, trace_in_sync=trace_in_sync)
            plan = await make_plan(source)
            if not selection.from_target:
                log_plan_drift(target, plan, datetime.now(UTC))
            if on_plan:
                await on_plan(session, plan)
            return plan

    return await run_side_by_side(targets, plan_target, name=lambda t: t.name, events=events)


async def plan_offline(targets: Sequence[Target], selection: Selection) -> list[Plan]:
    """Make a plan for each target as if Scenario had the files' texts at the merge base.

    No server is asked, and no credentials are needed. Raises UsageError for a selection that does
    not fit.
    """
    from sync.operations.sources.branch import BranchSource, check_branch_selection  # noqa: PLC0415 - this source only

    check_branch_selection(selection)
    targets = get_targets_at_commit(targets, selection.commit)
    files = read_files(targets[0].workspace, selection)
    return [await make_plan(BranchSource(target, selection, files)) for target in targets]
