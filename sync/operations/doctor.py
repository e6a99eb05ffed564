"""Check targets: git, the server, and how it treats texts that are sent to a scratch model."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, assert_never

from sync.decisions.doctor import (
    NOT_TRIED,
    TRIALS,
    Checkup,
    ServerFacts,
    TrialResult,
    Verdict,
    find_own_text,
    judge_git,
    judge_refusal,
    judge_restored_text,
    judge_server,
    judge_trial,
    judge_writing,
)
from sync.descriptions.document import read_documents
from sync.errors import (
    AbortRunError,
    RequestError,
    ScenarioError,
    SyncError,
    UsageError,
    did_you_mean,
    is_key_refused,
)
from sync.git import PendingWrite, RunInfo, WrittenText, make_run_id
from sync.git.facts import collect_git_facts
from sync.model import NoSuchModel, RemoteText, Text, UnreadableModel
from sync.operations.doctor_runs import check_last_run, check_next_apply
from sync.operations.sessions import open_session
from sync.workspace.lock import is_locked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.model import State
    from sync.operations.events import Events, Stop
    from sync.operations.sessions import Session
    from sync.scenario import Notice
    from sync.workspace.workspace import Target


LOCK_TIMEOUT = 60.0


@dataclass(slots=True)
class TrialRun:
    """The results of the trials so far, and whether somebody stopped them.

    `key_refused` is True if the key, the project or the address was refused meanwhile.
    """

    results: list[TrialResult] = field(default_factory=list)
    restore_verdict: Verdict | None = None
    interrupted: bool = False
    key_refused: bool = False

    @property
    def verdicts(self) -> list[Verdict]:
        writing = judge_writing(self.results)
        can_write = writing is not None and writing.level != "fail"
        trials = map(judge_trial, self.results) if can_write else ()
        return [verdict for verdict in (writing, *trials, self.restore_verdict) if verdict]


@dataclass(frozen=True, slots=True)
class _ScratchModel:
    """A model to try texts on: the text that the server has, and the text to restore."""

    model: str
    remote_text: Text
    original_text: Text


async def try_texts(target: Target, model: str, *, events: Events, stop: Stop) -> TrialRun:
    """Send the trials one by one, and restore the model's own text whatever happens.

    The trials are recorded as a run: if the process is killed, `rollback` can restore the text.
    Raises SyncError if nothing could be tried.
    """
    async with open_session(target, events=events, lock_timeout=LOCK_TIMEOUT) as session:
        model = target.aliases.get_model_id(model)
        held = await _read_remote_text(session, model)
        original = _find_original_text(target, model, held)
        _refuse_described_model(target, model, original)
        tries, scratch = TrialRun(), _ScratchModel(model, held, original)
        with stop.accept_requests():
            await _run_recorded_trials(session, scratch, trial_run=tries, stop=stop)
            tries.interrupted = stop.is_set()
    return tries


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
            own = find_own_text(remote_text, Text(replaced[model].before or ""))
            if own is None:
                raise UsageError(
                    f"{model} may still hold a text of {run.id}, a doctor that was cut off",
                    hint="What it replaced is put back by "
                    f"`description-sync rollback {run.id} --on-drift overwrite`.",
                )
            return own
    return remote_text


def _refuse_described_model(target: Target, model: str, remote_text: Text) -> None:
    """Raise UsageError if a file describes the model and the server has another text.

    The trials record that text on the snapshot ref, so that it would no longer count as drift.
    """
    workspace = target.workspace
    tracked = workspace.repository.read_tracked_files(
        workspace.folder, None, include=workspace.rules.accepts
    )
    documents, _ = read_documents(tracked.files, target.aliases, folder=workspace.folder)
    for document in documents:
        if document.model == model and not document.text.is_same_as(remote_text):
            raise UsageError(
                f"{document.path} describes {model}, and the server holds another text",
                hint="Name a scratch model, or bring this one in sync first.",
            )


async def _run_recorded_trials(
    session: Session, scratch: _ScratchModel, *, trial_run: TrialRun, stop: Stop
) -> None:
    """Send the trials between two snapshots."""
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
            stop.may_cancel(asyncio.current_task()),
            session.track.start_step(f"{session.name}: trying texts", len(TRIALS)),
        ):
            await _send_trials(session, scratch, trial_run=trial_run, stop=stop)
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
    finally:
        held = await _restore_text(session, model, original)
        trial_run.restore_verdict = judge_restored_text(model, original, held=held)
        left = WrittenText(sent=original.raw, held=held.raw if isinstance(held, Text) else None)
        snapshots.record_after(info, {model: left})
        await session.push_snapshots()


def _make_pending_write(model: str, original: Text) -> PendingWrite:
    state: State = "create" if original.is_empty else "update"
    return PendingWrite(
        model, None, state, before=original.raw, sent_sha256=Text(TRIALS[0].text).sha256
    )


async def _send_trials(
    session: Session, scratch: _ScratchModel, *, trial_run: TrialRun, stop: Stop
) -> None:
    """Send the trials; end early if the run must abort, writing is forbidden, or on a stop."""
    held = scratch.remote_text
    for trial in TRIALS:
        if stop.is_set():
            return
        try:
            written = await session.scenario.update(scratch.model, trial.text, replacing=held)
        except ScenarioError as error:
            trial_run.results.append(TrialResult(trial, None, error.message))
            trial_run.key_refused = is_key_refused(error)
            if isinstance(error, AbortRunError) or error.status == HTTPStatus.FORBIDDEN:
                return
        else:
            held = written.text
            trial_run.results.append(TrialResult(trial, held))
        session.track.advance()


async def _restore_text(session: Session, model: str, original: Text) -> Text | str:
    """Restore the model's own text; return what Scenario has now, or why that is not known."""
    try:
        now = await _read_remote_text(session, model)
        if now.raw == original.raw:
            return now
        if original.is_empty:
            return (await session.scenario.delete(model, replacing=now)).text
        return (await session.scenario.update(model, original.raw, replacing=now)).text
    except (ScenarioError, UsageError) as error:
        return error.message


async def check_targets(
    targets: Sequence[Target], model: str | None, *, events: Events, stop: Stop
) -> list[Checkup]:
    """Check targets side by side; texts are sent only if `model` names a scratch model.

    `stop` ends the trials in order: the model's own text is restored.
    """
    return await asyncio.gather(
        *(_check_target(each, model, events=events, stop=stop) for each in targets)
    )


async def _check_target(
    target: Target, model: str | None, *, events: Events, stop: Stop
) -> Checkup:
    verdicts = [*_check_git(target), *check_last_run(target)]
    try:
        verdicts += await _check_server(target)
    except SyncError as error:
        key = target.config.credentials.api_key_env
        verdicts.append(judge_refusal(error, target.identity, key=key))
        untried = [NOT_TRIED] if model else []
        return Checkup(target.identity, [*verdicts, *untried], key_refused=is_key_refused(error))
    has_failed = any(verdict.level == "fail" for verdict in verdicts)
    verdicts += [] if has_failed else await check_next_apply(target, events=events)
    if model is None:
        return Checkup(target.identity, verdicts)
    if has_failed:
        return Checkup(target.identity, [*verdicts, NOT_TRIED])
    try:
        tries = await try_texts(target, model, events=events, stop=stop)
    except SyncError as error:
        verdicts.append(Verdict("scratch model", "fail", error.message, error.hint))
        return Checkup(target.identity, verdicts, key_refused=is_key_refused(error))
    return Checkup(
        target.identity,
        [*verdicts, *tries.verdicts],
        interrupted=tries.interrupted,
        key_refused=tries.key_refused,
    )


def _check_git(chosen: Target) -> list[Verdict]:
    workspace, target = chosen.workspace, chosen.config
    unfit = []
    try:
        locked = is_locked(workspace.repository, chosen.identity)
    except SyncError as error:
        locked = False
        unfit = [Verdict("lock", "fail", error.message, error.hint)]
    facts = collect_git_facts(
        workspace.repository,
        chosen.identity,
        deploy_branch=target.deploy_branch,
        remote=workspace.config.get_push_remote(target),
        locked=locked,
    )
    return [*judge_git(facts), *unfit]


async def _check_server(target: Target) -> list[Verdict]:
    """Check the server by a probe of the project and one read; a failed request is retried once.

    Raises SyncError if the project does not answer the probe.
    """
    impatient = replace(target, config=target.config.model_copy(update={"retries": 1}))
    notices: list[Notice] = []
    async with impatient.connect(notices.append) as scenario:
        seen = await scenario.probe()
        missing = Counter(seen.missing_fields)
        read = None
        if seen.model:
            state, lacking = await scenario.inspect(seen.model)
            read = (seen.model, state)
            missing.update(lacking)
    facts = ServerFacts(
        seconds=seen.seconds,
        skew=seen.skew,
        limits=seen.limits,
        rejections=sum(notice.kind == "rejected" for notice in notices),
        requests_per_minute=scenario.server.requests_per_minute,
        needs_key=scenario.server.credentials is not None,
        read=read,
        missing_fields=missing,
    )
    return list(judge_server(facts, target.identity))
