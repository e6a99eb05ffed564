"""Read the files of a branch as desired texts, and compare them with git alone (`--offline`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.decisions.plan import GitKnowledge, Policy
from sync.descriptions.document import read_documents
from sync.errors import UsageError
from sync.model import EMPTY_TEXT, KnownText, RemoteText
from sync.operations.sources.files import select_desired_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.decisions.desired import DesiredSelection, DesiredState, SourceFiles
    from sync.decisions.map import RemoteModel
    from sync.model import RemoteState
    from sync.operations.selection import Selection
    from sync.workspace.workspace import Target, Workspace


@dataclass(frozen=True, slots=True)
class BranchSource:
    """The files of a branch, compared with those of its merge base `base`.

    No server is asked: the plan is made as if Scenario had the texts of the files at `base`.
    """

    target: Target
    selection: Selection
    files: SourceFiles
    base: str

    @property
    def session(self) -> None:
        """Return None: no server is asked."""

    @property
    def policy(self) -> Policy:
        return Policy(prune=self.target.config.prune, limits=self.target.workspace.config.limits)

    async def read_desired(self) -> DesiredSelection:
        desired = select_desired_texts(self.target, self.selection, self.files)
        note = f"the server was not asked: this compares with the files at {self.base[:7]}"
        return replace(desired, notes=(note, *desired.notes), offline=True)

    async def retrieve_remote(self, desired: DesiredSelection) -> dict[str, RemoteState]:
        """Return the text of each model's file at the merge base, or the empty text."""
        workspace = self.target.workspace
        tracked = workspace.repository.read_tracked_files(
            workspace.folder, self.base, include=workspace.rules.accepts
        )
        documents, _ = read_documents(tracked.files, self.target.aliases, folder=workspace.folder)
        texts = {document.model: document.text for document in documents}
        models = desired.desired.list_models_to_read(prune=self.policy.prune)
        return {model: RemoteText(texts.get(model, EMPTY_TEXT)) for model in models}

    async def list_models(self) -> list[RemoteModel]:
        return []

    def look_up_in_git(
        self,
        desired: DesiredState,  # noqa: ARG002 - every text at the merge base is in git
        remote: Mapping[str, RemoteState],
    ) -> GitKnowledge:
        return GitKnowledge(dict.fromkeys(remote, KnownText("commit")))


def find_branch_base(workspace: Workspace, selection: Selection) -> str:
    """Return the merge base with `selection.since`.

    Raises UsageError without such a revision, or for a selection that only a server can answer.
    """
    if not selection.since:
        raise UsageError(
            "--offline compares with an older commit", hint="Name one: --since origin/main."
        )
    if selection.from_target or selection.unmanaged:
        raise UsageError(
            "--offline cannot be used with --from-target or --unmanaged: no server is asked"
        )
    return workspace.repository.find_merge_base(selection.since, commit=selection.commit)
