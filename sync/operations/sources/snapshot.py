"""Read the texts that a recorded run replaced as desired texts, for a rollback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.decisions.desired import DesiredSelection, DesiredState, FormerModel
from sync.decisions.drift import GitKnowledge, Policy
from sync.errors import UsageError
from sync.model.document import Document
from sync.model.known_texts import KnownText
from sync.model.plan import Source
from sync.model.remote_text import RemoteText
from sync.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from sync.decisions.map import RemoteModel
    from sync.git import ReplacedText
    from sync.model.remote_text import RemoteState
    from sync.model.run_record import RunRecord
    from sync.operations.selection import Selection
    from sync.operations.sessions import Session
    from sync.workspace.workspace import Target


@dataclass(frozen=True, slots=True)
class SnapshotSource:
    """The texts that a run replaced, compared with the texts in Scenario.

    A remote text that changed since the run counts as drift.
    """

    session: Session
    selection: Selection
    record: RunRecord
    replaced: Mapping[str, ReplacedText]

    @property
    def target(self) -> Target:
        return self.session.target

    @property
    def policy(self) -> Policy:
        limits = self.target.workspace.config.limits
        return Policy(prune=True, limits=limits, on_drift_option=self.selection.on_drift)

    async def read_desired(self) -> DesiredSelection:
        workspace = self.target.workspace
        files = workspace.read_tracked_files(None)
        documents, _ = self.target.read_documents(files.files)
        protected = {document.model for document in documents if document.protected}
        desired = _make_desired_state(self.replaced, protected)
        if self.selection.models:
            models = [self.target.aliases.get_model_id(name) for name in self.selection.models]
            desired = desired.select_models(models)
        return DesiredSelection(
            Source("snapshot", workspace.repository.find_head(), label=self.record.id),
            desired,
            desired.models,
            documents=max(len(files.files), len(desired.models)),
        )

    async def retrieve_remote(self, desired: DesiredSelection) -> dict[str, RemoteState]:
        return await self.session.retrieve(
            desired.desired.list_models_to_read(prune=True), texts=desired.desired.texts
        )

    async def list_models(self) -> list[RemoteModel]:
        return []

    def look_up_in_git(
        self,
        desired: DesiredState,  # noqa: ARG002 - the record of the run has every text
        remote: Mapping[str, RemoteState],
    ) -> GitKnowledge:
        left = {
            model: replaced.stored_sha256 or replaced.sent_sha256
            for model, replaced in self.replaced.items()
        }
        known = {
            model: KnownText("snapshot")
            for model, state in remote.items()
            if isinstance(state, RemoteText) and state.text.sha256 == left[model]
        }
        return GitKnowledge(
            known,
            self.target.snapshots.find_last_writes(),
            cause_if_unknown="changed",
            unknown_note=f"not the text that run {self.record.id} left",
        )


def read_recorded_run(session: Session, run_id: str | None, selection: Selection) -> SnapshotSource:
    """Read the record of a run; without `run_id`, that of the last run that wrote something.

    Raises UsageError if there is no such run, or if the run wrote nothing.
    """
    record, replaced = session.target.snapshots.read_run(run_id or _find_last_run(session))
    if not replaced:
        raise UsageError(f"run {record.id} wrote nothing", hint="There is nothing to restore.")
    return SnapshotSource(session, selection, record, replaced)


def _find_last_run(session: Session) -> str:
    """Return the id of the last run that wrote a text, or may have written one."""
    for run in session.target.snapshots.list_runs():
        if run.may_have_written:
            return run.id
    raise UsageError(
        f"no run is recorded for {session.name}",
        hint="`description-sync apply` records one whenever it writes. `description-sync history` "
        "names runs of other config files.",
    )


def _make_desired_state(
    replaced: Mapping[str, ReplacedText], protected: Container[str]
) -> DesiredState:
    """Return the replaced texts as desired; a model that had no text counts as removed."""
    texts = {model: Text(each.before or "") for model, each in replaced.items()}
    emptied = {m for m, text in texts.items() if not text.raw and m not in protected}
    return DesiredState(
        [
            Document(model, replaced[model].path, text, protected=model in protected)
            for model, text in texts.items()
            if model not in emptied
        ],
        removed={
            model: FormerModel(replaced[model].path or model) for model in texts if model in emptied
        },
    )
