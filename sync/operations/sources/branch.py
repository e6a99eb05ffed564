"""Read the files of a branch as desired texts, and compare them with git alone (`--offline`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.counts import shorten_commit
from sync.decisions.changed_since import is_same_project
from sync.decisions.drift import GitKnowledge, Policy
from sync.errors import UsageError
from sync.model.known_texts import KnownText
from sync.model.remote_text import RemoteText
from sync.model.text import EMPTY_TEXT
from sync.operations.sources.base import get_target_settings, read_base_state
from sync.operations.sources.files import select_desired_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.decisions.changed_since import BaseState
    from sync.decisions.desired import DesiredSelection, DesiredState, SourceFiles
    from sync.decisions.map import RemoteModel
    from sync.model.remote_text import RemoteState
    from sync.operations.selection import Selection
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class BranchSource:
    """The files of a branch, compared with those of its merge base, `files.base`.

    No request is sent: the plan is made as if Scenario had the texts of the files at `base`.
    """

    target: Target
    selection: Selection
    files: SourceFiles

    @property
    def session(self) -> None:
        """Return None: no request is sent."""

    @property
    def policy(self) -> Policy:
        return Policy(prune=self.target.config.prune, limits=self.target.workspace.config.limits)

    async def read_desired(self) -> DesiredSelection:
        desired = select_desired_texts(self.target, self.selection, self.files)
        base = shorten_commit(self._base_state.commit)
        note = f"the server was not asked: this compares with the files at {base}"
        return replace(desired, notes=(note, *desired.notes), offline=True)

    async def retrieve_remote(self, desired: DesiredSelection) -> dict[str, RemoteState]:
        """Return the text of each model at the merge base, or the empty text.

        A model that was removed before has the last text in git. If the merge base has another
        project, its texts are unknown, and all are empty.
        """
        base, now = self._base_state, get_target_settings(self.target)
        before = base.settings
        is_known = before is not None and is_same_project(before.section, now.section)
        texts = {m: each.text for m, each in desired.desired.removed.items() if each.text}
        texts |= {model: document.text for model, document in base.documents.items()}
        return {
            model: RemoteText(texts.get(model, EMPTY_TEXT) if is_known else EMPTY_TEXT)
            for model in desired.desired.list_models_to_read(prune=self.policy.prune)
        }

    @property
    def _base_state(self) -> BaseState:
        return read_base_state(self.target, self.files.base or "")

    async def list_models(self) -> list[RemoteModel]:
        return []

    def look_up_in_git(
        self,
        desired: DesiredState,  # noqa: ARG002 - every text at the merge base is in git
        remote: Mapping[str, RemoteState],
    ) -> GitKnowledge:
        return GitKnowledge(dict.fromkeys(remote, KnownText("commit")))


def check_branch_selection(selection: Selection) -> None:
    """Raise UsageError without `--since`, or for a selection that only a server can answer."""
    if not selection.since:
        raise UsageError(
            "--offline compares with an older commit", hint="Name one: --since origin/main."
        )
    if selection.from_target or selection.unmanaged:
        raise UsageError(
            "--offline cannot be used with --from-target or --unmanaged: no server is asked"
        )
