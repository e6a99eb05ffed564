"""`plan --offline`: what a branch changes, told from git alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync.decisions.plan import GitKnowledge, Policy, make_changes
from sync.descriptions.document import read_documents
from sync.errors import UsageError
from sync.model import EMPTY_TEXT, KnownText, Plan, RemoteText
from sync.operations.sources.files import read_files, wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.decisions.desired import DesiredState, SourceFiles
    from sync.operations.selection import Selection
    from sync.workspace.workspace import Target, Workspace


def plan_offline(
    workspace: Workspace, targets: Sequence[Target], selection: Selection
) -> list[Plan]:
    """A plan for each target, as if the server held what the files said at the merge base.

    No server is asked, and no credentials are needed. Raises UsageError without a revision to
    compare with, or for a selection that only a server could answer.
    """
    if not selection.since:
        raise UsageError(
            "--offline compares with an older commit", hint="Name one: --since origin/main."
        )
    if selection.from_target or selection.unmanaged:
        raise UsageError(
            "--offline cannot be used with --from-target or --unmanaged: no server is asked"
        )
    files = read_files(workspace, selection)
    base = workspace.repository.find_merge_base(selection.since, commit=selection.commit)
    return [_plan(chosen, selection, files=files, base=base) for chosen in targets]


def _plan(chosen: Target, selection: Selection, *, files: SourceFiles, base: str) -> Plan:
    intent = wanted(chosen, selection, files)
    actual = _held_at(base, chosen, intent.desired)
    note = f"the server was not asked: this compares with the files at {base[:7]}"
    return Plan(
        chosen.identity,
        intent.source,
        datetime.now(UTC),
        make_changes(
            intent.desired,
            actual,
            knowledge=GitKnowledge(dict.fromkeys(actual, KnownText("commit"))),
            policy=Policy(prune=chosen.config.prune),
        ),
        (note, *intent.notes),
        intent.documents,
        offline=True,
    )


def _held_at(base: str, chosen: Target, desired: DesiredState) -> dict[str, RemoteText]:
    """What the files said at that commit, by model; the empty text where they said nothing."""
    workspace = chosen.workspace
    tracked = workspace.repository.read_tracked_files(
        workspace.folder, base, include=workspace.rules.accepts
    )
    documents, _ = read_documents(tracked.files, chosen.aliases, folder=workspace.folder)
    texts = {document.model: document.text for document in documents}
    models = [document.model for document in desired.documents]
    if chosen.config.prune:
        models += desired.removed
    return {model: RemoteText(texts.get(model, EMPTY_TEXT)) for model in models}
