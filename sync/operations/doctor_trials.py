"""Send the tests of `doctor --model` to a scratch model, and restore the model's own text."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, assert_never

from sync.decisions.doctor_trials import (
    PLAIN_TEXT,
    ClearingResult,
    TextTrial,
    TrialResult,
    build_trials,
    find_own_text,
    judge_clearing,
    judge_early_end,
    judge_reading_back,
    judge_restored_text,
    judge_trial,
    judge_updated_at,
    judge_writing,
)
from sync.errors import (
    AbortRunError,
    RequestError,
    ScenarioError,
    StaleTextError,
    SyncError,
    UsageError,
    did_you_mean,
    is_key_refused,
)
from sync.git import PendingWrite, RunInfo, WrittenText, make_run_id
from sync.model.remote_text import NoSuchModel, RemoteText, UnreadableModel
from sync.model.text import EMPTY_TEXT, Text
from sync.operations.sessions import open_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.decisions.doctor_verdict import Verdict
    from sync.model.changes import State
    from sync.model.document import ReferenceTarget
    from sync.operations.events import Events, Stop
    from sync.operations.sessions import Session
    from sync.scenario import Description
    from sync.workspace.workspace import Target


LOCK_TIMEOUT = 60.0


@dataclass(slots=True)
class TrialRun:
    """The results of the tests so far, and the reason if they ended early.

    `end_reason` is empty if all tests were made. `key_refused` is True if the key, the
    project or the address was refused meanwhile. `was_edited` is True if somebody else wrote to
    the scratch model meanwhile.
    """

    planned: Sequence[str]
    results: list[TrialResult] = field(default_factory=list)
    clearing: list[ClearingResult] = field(default_factory=list)
    updated_at: Verdict | None = None
    restore_verdict: Verdict | None = None
    end_reason: str = ""
    interrupted: bool = False
    key_refused: bool = False
    was_edited: bool = False

    @property
    def verdicts(self) -> list[Verdict]:
        writing = judge_writing(self.results)
        can_write = writing is not None and writing.level != "fail"
        findings = (
            [
                *map(judge_trial, self.results),
                *judge_clearing(self.clearing),
                judge_reading_back(self.results),
                self.updated_at,
            ]
            if can_write
            else []
        )
        every = (writing, *findings, self._judge_end(), self.restore_verdict)
        return [verdict for verdict in every if verdict]

    def _judge_end(self) -> Verdict | None:
        made = {result.trial.subject for result in self.results}
        made |= {f"PUT {result.sent}" for result in self.clearing}
        untried = [subject for subject in self.planned if subject not in made]
        reason = self.end_reason or "It was interrupted."
        return judge_early_end(untried, reason=reason) if untried else None


@dataclass(frozen=True, slots=True)
class _ScratchModel:
    """A model to test texts on: the text that the server has, and the text to restore."""

    model: str
    remote_text: Text
    original_text: Text


async def try_texts(target: Target, model: str, *, events: Events, stop: Stop) -> TrialRun:
    """Send the tests one by one, and always restore the model's own text.

    The tests are recorded as a run: if the process is killed, `rollback` can restore the text.
    Raises SyncError if nothing could be tried.
    """
    async with open_session(target, events=events, lock_timeout=LOCK_TIMEOUT) as session:
        model = target.aliases.get_model_id(model)
        stored = await _read_remote_text(session, model)
        original = _find_original_text(target, model, stored)
        _refuse_described_model(target, model, original)
        scratch = _ScratchModel(model, stored, original)
        trials = build_trials(model)
        trial_run = TrialRun([*(each.subject for each in trials), *_CLEARINGS])
        with stop.accept_requests():
            await _run_recorded_trials(session, scratch, trial_run=trial_run, stop=stop)
            trial_run.interrupted = stop.is_set()
    return trial_run


async def _read_remote_text(session: Session, model: str) -> Text:
    match await session.scenario.retrieve(model):
        case RemoteText(text=text):
            return text
        case NoSuchModel():
            models = [each.id async for each in session.scenario.list_project_models()]
            near = did_you_mean(model, models)
            raise UsageError(f"{session.name} has no model {model}{near}", hint="Check its id.")
        case UnreadableModel(reason=reason):
            raise RequestError(reason)
        case unknown:
            assert_never(unknown)


def _find_original_text(target: Target, model: str, remote_text: Text) -> Text:
    """Find the model's own text; an interrupted doctor can have replaced it. Raises UsageError."""
    for run in target.snapshots.find_interrupted_runs():
        if run.command != "doctor":
            continue
        _, replaced = target.snapshots.read_run(run.id)
        if model in replaced:
            own = find_own_text(model, remote_text, Text(replaced[model].before or ""))
            if own is None:
                raise UsageError(
                    f"{model} may still have a test text of doctor run {run.id}, which was cut off",
                    hint="Restore the replaced text with "
                    f"`description-sync rollback {run.id} --on-drift overwrite`.",
                )
            return own
    return remote_text


def _refuse_described_model(target: Target, model: str, remote_text: Text) -> None:
    """Raise UsageError if a file describes the model and the server has another text.

    The tests record that text on the snapshot ref, so that it would no longer count as drift.
    """
    workspace = target.workspace
    documents, _ = target.read_documents(workspace.read_tracked_files(None).files)
    for document in documents:
        if document.model == model and not document.text.is_same_as(remote_text):
            raise UsageError(
                f"{document.path} describes {model}, and Scenario has another text",
                hint="Name a scratch model, or bring this one in sync first.",
            )


# --- the run -------------------------------------------------------------------------------------


async def _run_recorded_trials(
    session: Session, scratch: _ScratchModel, *, trial_run: TrialRun, stop: Stop
) -> None:
    """Make the tests between two snapshots."""
    model, original = scratch.model, scratch.original_text
    snapshots, now = session.target.snapshots, datetime.now(UTC)
    head = session.target.workspace.repository.find_head()
    info = RunInfo(make_run_id(now), "doctor", session.name, head, now)
    snapshots.record_before(info, [_make_pending_write(model, original)])
    sharing = await session.push_snapshots()
    if sharing.shared is False and not original.is_empty:
        snapshots.record_after(info, {})
        raise SyncError(f"no test text was sent: {sharing.failure}")
    try:
        with (
            stop.cancel_on_second_request(asyncio.current_task()),
            session.track.start_step(f"{session.name}: trying texts", len(trial_run.planned)),
        ):
            await _Trials(session, scratch, trial_run=trial_run, stop=stop).run()
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
    finally:
        stored = await _restore_text(session, model, original, trial_run=trial_run)
        trial_run.restore_verdict = judge_restored_text(model, original, stored=stored)
        left = WrittenText(
            sent=original.raw, stored=stored.raw if isinstance(stored, Text) else None
        )
        snapshots.record_after(info, {model: left})
        await session.push_snapshots()


def _make_pending_write(model: str, original: Text) -> PendingWrite:
    state: State = "create" if original.is_empty else "update"
    return PendingWrite(
        model, None, state, before=original.raw, sent_sha256=Text(PLAIN_TEXT.text).sha256
    )


_CLEARINGS = ('PUT ""', "PUT null")


class _Trials:
    """The tests of one scratch model, in order; `stored` is the text that Scenario has now."""

    def __init__(
        self, session: Session, scratch: _ScratchModel, *, trial_run: TrialRun, stop: Stop
    ) -> None:
        self._session = session
        self._scenario = session.scenario
        self._model = scratch.model
        self._stored = scratch.remote_text
        self._run = trial_run
        self._stop = stop

    async def run(self) -> None:
        """Make all tests; end early on a stop, or if the remaining tests cannot succeed."""
        try:
            before = await self._read_updated_at()
            for trial in build_trials(self._model):
                if self._stop.is_set():
                    return
                await self._try_text(trial)
                self._session.track.advance()
            after = await self._read_updated_at()
            if self._was_written:
                self._run.updated_at = judge_updated_at(before, after)
            await self._try_clearing('""', "")
            await self._try_clearing("null", None)
        except ScenarioError as error:
            self._run.end_reason = error.message
            self._run.key_refused = is_key_refused(error)
            self._run.was_edited = isinstance(error, StaleTextError)

    @property
    def _was_written(self) -> bool:
        return any(result.stored for result in self._run.results)

    async def _try_text(self, trial: TextTrial) -> None:
        """Send one text and read it again. Raises ScenarioError if no other text can be sent."""
        try:
            written = await self._scenario.update(self._model, trial.text, replacing=self._stored)
        except ScenarioError as error:
            if not isinstance(error, StaleTextError):
                self._run.results.append(TrialResult(trial, None, error.message))
            if self._ends_all(error):
                raise
            return
        self._stored = written.text
        found = await self._find_description()
        self._run.results.append(
            TrialResult(
                trial,
                written.text,
                read_back=Text(found.text.value or "") if found else None,
                is_resolved=_find_resolution(found, trial.tag),
            )
        )

    def _ends_all(self, error: ScenarioError) -> bool:
        """Return True if a failed write means that the next ones will fail, too.

        A 403 after an accepted text concerns one text only: a firewall may refuse that text.
        """
        may_not_write = error.status == HTTPStatus.FORBIDDEN and not self._was_written
        return may_not_write or isinstance(error, AbortRunError | StaleTextError)

    async def _read_updated_at(self) -> str | None:
        try:
            return await self._scenario.read_updated_at(self._model)
        except RequestError:
            return None

    async def _find_description(self) -> Description | None:
        try:
            found = await self._scenario.find_description(self._model)
        except RequestError:
            return None
        return None if isinstance(found, NoSuchModel) else found

    async def _try_clearing(self, name: Literal["null", '""'], sent: str | None) -> None:
        """Clear the description in one of two ways; write a text first if there is none."""
        if self._stop.is_set() or not self._was_written:
            return
        if self._stored.is_empty:
            text = PLAIN_TEXT.text
            self._stored = (
                await self._scenario.update(self._model, text, replacing=self._stored)
            ).text
        await self._check_unmoved()
        try:
            probe = await self._scenario.probe_clearing(self._model, sent=sent)
        except RequestError as error:
            self._run.clearing.append(ClearingResult(name, refused=error.message))
        else:
            self._run.clearing.append(ClearingResult(name, probe.answer, probe.unset))
        self._stored = await _read_remote_text(self._session, self._model)
        self._session.track.advance()

    async def _check_unmoved(self) -> None:
        stored = await _read_remote_text(self._session, self._model)
        if stored.raw != self._stored.raw:
            raise StaleTextError("somebody else wrote to the model meanwhile")


def _find_resolution(found: Description | None, tag: ReferenceTarget | None) -> bool | None:
    """Return True if Scenario resolved the tag; None if the answer does not list tags."""
    if found is None or tag is None:
        return None
    ids = found.text.assets if tag.kind == "asset" else found.text.models
    return None if ids is None else tag.id in ids


async def _restore_text(
    session: Session, model: str, original: Text, *, trial_run: TrialRun
) -> Text | str:
    """Restore the model's own text; return the text that Scenario has now, or the error."""
    try:
        now = await _read_remote_text(session, model)
        if now.raw == original.raw:
            return now
        if trial_run.was_edited and not _is_of_trials(now, trial_run):
            return "somebody else wrote to it meanwhile, and that text was left alone"
        if original.is_empty:
            return (await session.scenario.delete(model, replacing=now)).text
        return (await session.scenario.update(model, original.raw, replacing=now)).text
    except (ScenarioError, UsageError) as error:
        return error.message


def _is_of_trials(text: Text, trial_run: TrialRun) -> bool:
    known = [EMPTY_TEXT, *(each.stored for each in trial_run.results if each.stored)]
    return any(text.is_same_as(each) for each in known)
