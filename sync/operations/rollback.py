"""Undo a run: restore the texts that it replaced, and describe what the files still say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.decisions.rollback import restore_files
from sync.git import BranchCommit, check_new_branch, commit_on_branch, normalize_path
from sync.model.changes import Protected
from sync.model.document import Document
from sync.model.known_texts import TextLookup
from sync.model.run import FilesAfterRollback
from sync.model.text import EMPTY_TEXT, Text
from sync.operations.apply import PlannedRun, apply_plans
from sync.operations.log_runs import log_failure, log_runs
from sync.operations.plan import make_plan
from sync.operations.sessions import open_session
from sync.operations.sources.snapshot import read_recorded_run
from sync.reports.rollback import format_restore_message
from sync.workspace.held_texts import find_rollbacks_in_force
from sync.workspace.text_history import TextHistory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.model.run import Run
    from sync.operations.apply import ApplyOptions, RunCallbacks
    from sync.operations.selection import Selection
    from sync.operations.sessions import Failure
    from sync.operations.sources.snapshot import SnapshotSource
    from sync.workspace.workspace import Target


async def roll_back(  # noqa: PLR0913 - what to undo, how, and who watches
    target: Target,
    run_id: str | None,
    selection: Selection,
    *,
    options: ApplyOptions,
    callbacks: RunCallbacks,
    branch: str | None = None,
) -> tuple[list[Run], list[Failure]]:
    """Restore the texts that a run replaced; without `run_id`, those of the last run.

    With `branch`, the restored texts are committed to that new branch, which starts at HEAD. Raises
    UsageError if that branch exists already.
    """
    if branch:
        check_new_branch(target.workspace.repository, branch)
    with log_failure([target], "rollback"):
        async with open_session(
            target, events=callbacks.events, lock_timeout=options.lock_timeout
        ) as session:
            source = read_recorded_run(session, run_id, selection)
            plan = await make_plan(source)
            runs, failures = await apply_plans(
                [PlannedRun(session, plan)], options, callbacks, command="rollback"
            )
            log_runs([target], runs, failures, command="rollback")
            return [
                replace(run, files_after=_describe_files(source, run, branch=branch))
                for run in runs
            ], failures


def _describe_files(
    source: SnapshotSource, run: Run, *, branch: str | None
) -> FilesAfterRollback | None:
    """Describe which files have the rolled back texts; commit the restored texts.

    None if nothing was restored, or if the repository has no commit.
    """
    target = source.target
    restored = _list_restored_texts(source, run)
    head = target.workspace.repository.find_head()
    if run.refusals or not restored or head is None:
        return None
    files = _CommittedFiles.read(target, head)
    lookups = files.find_other_texts(restored)
    held = find_rollbacks_in_force(target, lookups, head, snapshots=target.snapshots)
    paths = {model: lookup.path or model for model, lookup in lookups.items()}
    brought = _find_commits(target, head, {model: lookups[model] for model in held})
    after = FilesAfterRollback(
        held=tuple(sorted(paths[model] for model in held)),
        commits=_order_commits(target, head, set(brought.values())),
        is_revertible=brought.keys() == set(held)
        and _is_revertible(target, brought, {model: restored[model].text for model in held}),
        other=tuple(sorted(paths[model] for model in lookups if model not in held)),
    )
    if branch is None:
        return after
    return _commit_restored_files(
        files, {model: restored[model] for model in held}, after=after, run=run, branch=branch
    )


def _list_restored_texts(source: SnapshotSource, run: Run) -> dict[str, Document]:
    """Return the texts that Scenario has again, by model, with the paths they had in that run."""
    aliases = source.target.aliases
    models = {aliases.get_model_id(name) for name in source.selection.models}
    not_restored = {
        outcome.change.model
        for outcome in run.outcomes
        if outcome.result not in {"applied", "altered", "unchanged"}
        or isinstance(outcome.change, Protected)
    }
    return {
        model: Document(model, each.path, Text(each.before or ""))
        for model, each in source.replaced.items()
        if model not in not_restored and (model in models or not models)
    }


@dataclass(frozen=True, slots=True)
class _CommittedFiles:
    """The files of a commit, and the last version of removed ones, with the target's documents."""

    target: Target
    commit: str
    contents: Mapping[str, bytes]
    removed: Mapping[str, bytes]
    documents: Mapping[str, Document]

    @classmethod
    def read(cls, target: Target, commit: str) -> _CommittedFiles:
        workspace = target.workspace
        repository, folder = workspace.repository, workspace.folder
        listing = repository.list_folder(folder, commit)
        contents = repository.read_listed_files(
            listing, include=workspace.file_filter.accepts
        ).files
        removed = workspace.get_history(commit).read_removed_files(
            repository.list_tracked_paths(listing)
        )
        documents, _ = target.read_documents(contents)
        return cls(target, commit, contents, removed, {each.model: each for each in documents})

    def find_other_texts(self, restored: Mapping[str, Document]) -> dict[str, TextLookup]:
        """Return the models whose file has another text than the restored one."""
        lookups = {}
        for model, back in restored.items():
            document = self.documents.get(model)
            if not (document.text if document else EMPTY_TEXT).is_same_as(back.text):
                path = document.path if document else back.path
                lookups[model] = TextLookup(
                    path, back.text.sha256, document.text.sha256 if document else None
                )
        return lookups


def _find_commits(target: Target, head: str, held: Mapping[str, TextLookup]) -> dict[str, str]:
    """Find by model the commit that brought the rolled back text."""
    wanted = {
        model: TextLookup(lookup.path, lookup.desired_sha256, lookup.desired_sha256)
        for model, lookup in held.items()
        if lookup.desired_sha256
    }
    found = TextHistory(target, head).find_texts(wanted).texts if wanted else {}
    brought = {model: known.deployed.commit for model, known in found.items() if known.deployed}
    removed = {lookup.path: model for model, lookup in held.items() if not lookup.desired_sha256}
    for event in target.workspace.get_history(head).events or ():
        if event.path in removed and event.new is None:
            brought[removed.pop(event.path)] = event.commit
    return brought


def _order_commits(target: Target, head: str, commits: set[str]) -> tuple[str, ...]:
    """Return the commits, newest first."""
    events = target.workspace.get_history(head).events or ()
    order = dict.fromkeys(event.commit for event in events)
    return (*(commit for commit in order if commit in commits), *sorted(commits - order.keys()))


def _is_revertible(
    target: Target, brought: Mapping[str, str], restored: Mapping[str, Text]
) -> bool:
    """Return True if `git revert` of the commits gives the restored texts, and nothing else."""
    repository, workspace = target.workspace.repository, target.workspace
    for commit in set(brought.values()):
        parent = repository.find_commit(f"{commit}^")
        if parent is None or repository.find_commit(f"{commit}^2"):
            return False
        models = [model for model, each in brought.items() if each == commit]
        files = workspace.read_tracked_files(parent).files
        documents, _ = target.read_documents(files)
        texts = {each.model: each.text for each in documents}
        if any(not texts.get(each, EMPTY_TEXT).is_same_as(restored[each]) for each in models):
            return False
        if len(repository.list_changed_paths(commit)) != len(models):
            return False
    return True


def _commit_restored_files(
    files: _CommittedFiles,
    held: Mapping[str, Document],
    *,
    after: FilesAfterRollback,
    run: Run,
    branch: str,
) -> FilesAfterRollback:
    """Commit the restored texts of the held models to a new branch."""
    target = files.target
    restored, unrestored = restore_files(
        held,
        files.documents,
        contents={**files.removed, **files.contents},
        aliases=target.aliases,
        folder=target.workspace.folder,
    )
    after = replace(after, branch=branch, unrestored=unrestored)
    if not restored:
        return after
    folder = target.workspace.folder
    step = BranchCommit(
        format_restore_message(run.plan, list(restored)),
        {normalize_path(folder, path): data for path, data in restored.items()},
    )
    commit = commit_on_branch(
        target.workspace.repository, branch, start=files.commit, commits=[step]
    )
    return replace(after, commit=commit, restored=tuple(restored))
